import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { SessionFailure, unreachable } from '../../src/session/failure'
import { watch, type Watched } from '../../src/session/viewing'

const MINUTE = 60_000
const denied = () => new SessionFailure('denied', 'The consent does not cover this.', 'see_reasons', [{ code: 'consent_withdrawn', who: null, remedy: 'respect_refusal' }])

let ends: string[] = []
let asked: number[] = []

/** An image opened now; `confirm` answers as told, at the instant it is asked. */
function open(confirm: Watched['confirm'] = async () => Date.now(), require: Watched['require'] = () => {}): () => void {
  return watch({ now: () => Date.now(), require, confirm: () => { asked.push(Date.now()); return confirm() } }, Date.now(), ({ code }) => ends.push(code))
}

beforeEach(() => { vi.useFakeTimers({ now: 1_000_000 }); ends = []; asked = [] })
afterEach(() => { vi.useRealTimers() })

test('asks anew before five minutes are over, and stays open as long as the answer is yes', async () => {
  open()
  await vi.advanceTimersByTimeAsync(21 * MINUTE)
  expect(ends).toEqual([])
  expect(asked.length).toBe(5)
  expect(Math.max(...asked.map((at, i) => at - (asked[i - 1] ?? 1_000_000)))).toBeLessThan(5 * MINUTE)
})

test('ends at five minutes when nobody answers, having tried again and again', async () => {
  open(() => Promise.reject(unreachable()))
  await vi.advanceTimersByTimeAsync(5 * MINUTE - 1_000)
  expect(ends).toEqual([])
  expect(asked.length).toBeGreaterThan(3)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(ends).toEqual(['consent_not_current'])
  await vi.advanceTimersByTimeAsync(10 * MINUTE)
  expect(ends).toEqual(['consent_not_current'])
})

test('ends at five minutes when an answer hangs, and what comes later changes nothing', async () => {
  let answer = (_: number) => {}
  open(() => new Promise((resolve) => { answer = resolve }))
  await vi.advanceTimersByTimeAsync(5 * MINUTE)
  expect([ends, asked.length]).toEqual([['consent_not_current'], 1])
  answer(Date.now())
  await vi.advanceTimersByTimeAsync(10 * MINUTE)
  expect([ends.length, asked.length]).toEqual([1, 1])
})

test('a line that comes back in time keeps it open', async () => {
  const back = Date.now() + 4.6 * MINUTE
  open(async () => { if (Date.now() < back) throw unreachable(); return Date.now() })
  await vi.advanceTimersByTimeAsync(8 * MINUTE)
  expect(ends).toEqual([])
})

test('ends at once when the answer is no', async () => {
  open(() => Promise.reject(denied()))
  await vi.advanceTimersByTimeAsync(4 * MINUTE)
  expect(ends).toEqual(['denied'])
})

test('ends within a second when this device itself would not open it any more', async () => {
  const until = Date.now() + MINUTE
  open(undefined, () => { if (Date.now() >= until) throw denied() })
  await vi.advanceTimersByTimeAsync(MINUTE - 1_000)
  expect(ends).toEqual([])
  await vi.advanceTimersByTimeAsync(1_000)
  expect([ends, asked]).toEqual([['denied'], []])
})

test('ends when the clock has slept past the time, or was set back', async () => {
  open()
  vi.setSystemTime(Date.now() + 6 * MINUTE)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(ends).toEqual(['consent_not_current'])
  open()
  vi.setSystemTime(Date.now() - MINUTE)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(ends.length).toBe(2)
})

test('what is too old when it has come at last is never shown', () => {
  watch({ now: () => Date.now(), require: () => {}, confirm: async () => Date.now() }, Date.now() - 5 * MINUTE, ({ code }) => ends.push(code))
  expect(ends).toEqual(['consent_not_current'])
})

test('a watch that was stopped says nothing', async () => {
  open(() => Promise.reject(unreachable()))()
  await vi.advanceTimersByTimeAsync(10 * MINUTE)
  expect([ends, asked]).toEqual([[], []])
})
