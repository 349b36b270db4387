import { beforeAll, beforeEach, expect, it } from 'vitest'
import { ready, sodium } from '../../src/protocol/sodium'
import { MemoryStorage } from '../../src/node/memory_storage'
import { SealedStorage } from '../../src/session/sealed_storage'

beforeAll(ready)
const random = (length: number) => sodium().randombytes_buf(length)
let store: MemoryStorage
let sealed: SealedStorage
beforeEach(() => {
  store = new MemoryStorage()
  sealed = new SealedStorage(store, new Uint8Array(32).fill(7), random)
})

it('returns what was put, lists a table and removes', async () => {
  await sealed.transact([{ table: 'consent', id: 'a', value: { text: 'ä' } }, { table: 'consent', id: 'b', value: 2 }, { table: 'thread', id: 'a', value: 3 }])
  expect(await sealed.get('consent', 'a')).toEqual({ text: 'ä' })
  expect((await sealed.list('consent')).sort()).toEqual([['a', { text: 'ä' }], ['b', 2]])
  await sealed.transact([{ table: 'consent', id: 'a', value: null }])
  expect(await sealed.get('consent', 'a')).toBeNull()
  expect(await sealed.list('consent')).toEqual([['b', 2]])
})

it('shows neither tables, ids nor values', async () => {
  await sealed.transact([{ table: 'consent', id: 'con_secret', value: 'Patient Name' }])
  const [[key, value]] = (await store.list('')) as [[string, Uint8Array]]
  const shown = key + new TextDecoder('latin1').decode(value)
  for (const word of ['consent', 'con_secret', 'Patient']) expect(shown).not.toContain(word)
})

it('refuses a record that was moved, changed or sealed under another key', async () => {
  await sealed.transact([{ table: 'thread', id: 'a', value: 1 }, { table: 'thread', id: 'b', value: 2 }])
  const [[first, one], [second, two]] = (await store.list('')) as [[string, Uint8Array], [string, Uint8Array]]
  await store.transact([{ put: first, value: two }, { put: second, value: one }])
  await expect(sealed.get('thread', 'a')).rejects.toThrow()
  await expect(sealed.list('thread')).rejects.toThrow()
  const other = new SealedStorage(store, new Uint8Array(32).fill(8), random)
  expect(await other.get('thread', 'a')).toBeNull()
})

it('writes and reads nothing once it is closed', async () => {
  await sealed.transact([{ table: 'thread', id: 'a', value: 1 }])
  sealed.close()
  await expect(sealed.transact([{ table: 'thread', id: 'b', value: 2 }])).rejects.toMatchObject({ code: 'locked' })
  await expect(sealed.get('thread', 'a')).rejects.toMatchObject({ code: 'locked' })
  expect(await store.list('')).toHaveLength(1)
})
