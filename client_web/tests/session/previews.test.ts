import { describe, expect, it } from 'vitest'
import { sealedSize } from '../../src/protocol/sealing'
import type { DisclosureStatement } from '../../src/protocol/types'
import { Pace } from '../../src/session/pace'
import { arePairs, goesDirectly, SMALL } from '../../src/session/previews'
import type { Disclosure } from '../../src/session/records'

const image = { image: 'img_1', subject: 'sub_1', kind: 'radiograph', deidentified: false, sensitive: [] }
function declared(disclosure: string, preview_of: string | null = null, changes: object = {}): Disclosure {
  const statement = { disclosure, preview_of, image, consent: 'con_1', version: 1, origin: null, ...changes } as unknown as DisclosureStatement
  return { disclosure, statement } as Disclosure
}

describe('a preview stands beside its picture', () => {
  it.each<[string, boolean, Disclosure[]]>([
    ['a picture alone', true, [declared('dis_1')]],
    ['a pair', true, [declared('dis_1'), declared('dis_2', 'dis_1')]],
    ['a pair, the preview first', true, [declared('dis_2', 'dis_1'), declared('dis_1')]],
    ['a preview alone', false, [declared('dis_2', 'dis_1')]],
    ['two previews of one', false, [declared('dis_1'), declared('dis_2', 'dis_1'), declared('dis_3', 'dis_1')]],
    ['a preview of a preview', false, [declared('dis_1'), declared('dis_2', 'dis_1'), declared('dis_3', 'dis_2')]],
    ['a preview of itself', false, [declared('dis_1', 'dis_1')]],
    ['another image', false, [declared('dis_1'), declared('dis_2', 'dis_1', { image: { ...image, image: 'img_2' } })]],
    ['other flags', false, [declared('dis_1'), declared('dis_2', 'dis_1', { image: { ...image, deidentified: true } })]],
    ['another consent', false, [declared('dis_1'), declared('dis_2', 'dis_1', { consent: 'con_2' })]],
    ['another version', false, [declared('dis_1'), declared('dis_2', 'dis_1', { version: 2 })]],
    ['another origin', false, [declared('dis_1'), declared('dis_2', 'dis_1', { origin: 'dis_0' })]],
  ])('%s: %j', (_, right, all) => { expect(arePairs(all)).toBe(right) })
})

it('opens the picture at once where it has no preview, is small, or comes within seconds', () => {
  const large = { preview: 'dis_2', sealedSize: sealedSize(1_200_000) }
  expect(goesDirectly(large, null)).toBe(false)
  expect(goesDirectly(large, 30_000)).toBe(false)
  expect(goesDirectly(large, 1_000_000)).toBe(true)
  expect(goesDirectly({ ...large, preview: null }, null)).toBe(true)
  expect(goesDirectly({ ...large, sealedSize: SMALL }, 1_000)).toBe(true)
  expect(goesDirectly({ ...large, sealedSize: sealedSize(128 * 1024) }, 1_000)).toBe(false)
})

it('knows the pace of the last transfer for five minutes', async () => {
  let now = 1_000_000
  const pace = new Pace(() => now)
  const transfer = (bytes: number, took: number) => pace.of(bytes, async () => { now += took })
  expect(pace.current).toBeNull()
  await transfer(60_000, 2_000)
  expect(pace.current).toBe(30_000)
  await transfer(60_000, 60)
  expect(pace.current).toBe(1_000_000)
  await expect(pace.of(60_000, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  expect(pace.current).toBe(1_000_000)
  now += 5 * 60_000
  expect(pace.current).toBeNull()
  await transfer(60_000, 2_000)
  pace.forget()
  expect(pace.current).toBeNull()
})
