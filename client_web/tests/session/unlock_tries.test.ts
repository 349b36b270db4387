import { expect, it } from 'vitest'
import { MemoryStorage } from '../../src/node/memory_storage'
import { delayAfter, readTries, waitsUntil, writeTries } from '../../src/session/unlock_tries'
import { waitWords } from '../../src/ui/entry/wait_words'

it('waits after the fourth wrong one, three times as long each time, at most a quarter of an hour', () => {
  expect([0, 1, 3, 4, 5, 6, 7, 8, 9, 50].map((wrong) => delayAfter(wrong) / 1000)).toEqual([0, 0, 0, 5, 15, 45, 135, 405, 900, 900])
})

it('begins anew where the clock was set back, and shuts nobody out until it is that late again', async () => {
  const storage = new MemoryStorage()
  await writeTries(storage, { wrong: 4, at: 1_000_000 })
  expect(waitsUntil(await readTries(storage, 1_004_000), 1_004_000)).toBe(1_005_000)
  expect(waitsUntil(await readTries(storage, 500_000), 500_000)).toBe(505_000)
})

it('does not wait at all after three, whatever second it is', () => {
  expect(waitsUntil({ wrong: 3, at: 1_000 }, 1_000)).toBe(0)
})

it('keeps nothing once it was right', async () => {
  const storage = new MemoryStorage()
  await writeTries(storage, { wrong: 2, at: 1 })
  await writeTries(storage, { wrong: 0, at: 0 })
  expect(await storage.list('')).toEqual([])
})

it('rounds up in words', () => {
  expect([1, 1_000, 44_001, 90_000, 91_000, 900_000].map(waitWords)).toEqual(['1 second', '1 second', '45 seconds', '90 seconds', '2 minutes', '15 minutes'])
})
