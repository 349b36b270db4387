import { beforeAll, expect, it } from 'vitest'
import { toIdentifier } from '../../src/protocol/identifiers'
import { ready } from '../../src/protocol/sodium'
import { MemoryStorage } from '../../src/node/memory_storage'
import type { Disclosure, Edit } from '../../src/session/records'
import { LONGEST_SEEN_MS, MOST_SEEN, SeenImages } from '../../src/session/seen_images'
import { deviceOver, NOW, random } from './device'
import { newThread } from './members'
import { cropped, drawn, flat } from './drawn_pictures'

beforeAll(ready)

/** A device that knows `count` disclosures, each of an image and a consent of its own. */
async function deviceWith(count: number) {
  const { devices, groups } = await newThread(3, 1)
  const storage = new MemoryStorage()
  const context = await deviceOver(storage, devices[0]!, groups[0]!)
  const ids = Array.from({ length: count }, () => toIdentifier('disclosure', random(16)))
  await context.records.write(ids.map((disclosure): Edit => {
    const statement = { preview_of: null, consent: toIdentifier('consent', random(16)), image: { image: toIdentifier('image', random(16)), subject: toIdentifier('subject', random(16)) } }
    return { kind: 'disclosure', put: { disclosure, thread: 'thr_', message: '', statement, state: 'live' } as unknown as Disclosure }
  }))
  return { context, storage, ids, seen: new SeenImages(context), again: () => deviceOver(storage, devices[0]!, groups[0]!) }
}

it('recognises a part of what it showed, after unlocking again, and says whose it is', async () => {
  const { seen, ids: [first, second], context, again } = await deviceWith(2)
  await seen.remember(first!, drawn(1))
  await seen.remember(second!, drawn(2))
  const { statement: { consent, image } } = context.records.get('disclosure', first!)!
  const found = await new SeenImages(await again()).recognise(cropped(drawn(1), 0.6))
  expect(found).toMatchObject({ disclosure: first, thread: 'thr_', consent, ...image, at: NOW, open: false })
  expect(await seen.recognise(drawn(3))).toBeNull()
})

it('keeps nothing of what has nothing in it, or of a disclosure that it does not know', async () => {
  const { seen, ids: [first], context } = await deviceWith(1)
  await seen.remember(first!, flat())
  await seen.remember('dis_unknown', drawn(1))
  expect(context.records.all('seen-image')).toEqual([])
  expect(await seen.recognise(flat())).toBeNull()
})

it('has one record an image, of a few kilobytes, sealed', async () => {
  const { seen, ids: [first], context, storage } = await deviceWith(1)
  const before = (await storage.list('')).length
  await seen.remember(first!, drawn(1))
  await seen.remember(first!, drawn(1))
  const entries = await storage.list('')
  expect(entries.length).toBe(before + 1)
  const { hash } = context.records.all('seen-image')[0]!
  expect(hash.length).toBeLessThan(12_000)
  for (const [key, value] of entries) expect(key + new TextDecoder('latin1').decode(value)).not.toContain(hash.slice(40, 60))
})

it('forgets the oldest beyond the bound, and what is older than a year', async () => {
  const { seen, ids: [first], context } = await deviceWith(1)
  const old = (n: number, at: number): Edit => ({ kind: 'seen-image', put: { image: `img_${n}`, fromPreview: false, disclosure: '', thread: '', consent: '', subject: '', at, hash: '' } })
  await context.records.write([...Array.from({ length: MOST_SEEN }, (_, n) => old(n, NOW - 1000 + n)), old(-1, NOW - LONGEST_SEEN_MS - 1)])
  await seen.remember(first!, drawn(1))
  const kept = context.records.all('seen-image').map(({ image }) => image)
  expect(kept).toHaveLength(MOST_SEEN)
  expect(kept).not.toContain('img_0')
  expect(kept).not.toContain('img_-1')
  expect(kept).toContain('img_1')
})

it('remembers an image once, by its preview only until it was shown itself', async () => {
  const { seen, ids: [first, second], context } = await deviceWith(2)
  const [picture, other] = [first!, second!].map((id) => context.records.get('disclosure', id)!) as [Disclosure, Disclosure]
  const statement = { ...picture.statement, disclosure: other.disclosure, preview_of: picture.disclosure }
  await context.records.write([{ kind: 'disclosure', put: { ...other, statement } }])
  const hashes = []
  for (const [id, grey] of [[second!, drawn(1)], [first!, drawn(2)], [second!, drawn(3)]] as const) {
    await seen.remember(id, grey)
    hashes.push(context.records.all('seen-image')[0]!.hash)
  }
  expect(context.records.all('seen-image')).toMatchObject([{ disclosure: first, image: picture.statement.image.image }])
  expect(hashes[1]).not.toBe(hashes[0])
  expect(hashes[2]).toBe(hashes[1])
})
