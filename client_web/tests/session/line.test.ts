import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Line } from '../../src/session/line'
import type { Socket } from '../../src/session/platform'

/** A socket whose other end is the test. */
class Wire implements Socket {
  connected = false
  closed = false
  private readonly listeners = new Map<string, (...args: unknown[]) => void>()
  on(event: string, listener: (...args: unknown[]) => void) { this.listeners.set(event, listener) }
  hear(event: string, news?: unknown) { this.listeners.get(event)?.(news) }
  async request() { return null }
  connect() { if (answers) queueMicrotask(() => this.hear('connect')) }
  close() { this.closed = true }
}

let answers = true
let wires: Wire[] = []
let states: string[] = []
let openings = 0
let longest = 30_000
let prepare = async () => {}

function newLine(): Line {
  return new Line(() => { const wire = new Wire(); wires.push(wire); return wire }, {
    prepare: () => prepare(), opened: async () => { openings += 1 }, entry: () => {}, welcome: () => {}, changed: () => {}, longestWait: () => longest, state: (state) => states.push(state),
  })
}
const wire = () => wires.at(-1)!

beforeEach(() => { vi.useFakeTimers(); answers = true; wires = []; states = []; openings = 0; longest = 30_000; prepare = async () => {} })
afterEach(() => { vi.useRealTimers() })

test('a line on which the server is heard stays', async () => {
  const line = newLine()
  await line.open()
  for (let second = 0; second < 60; second += 5) { await vi.advanceTimersByTimeAsync(5_000); wire().hear('ping') }
  expect([line.current, wires.length]).toEqual(['online', 1])
})

test('a line that died without a word shows within ten seconds, and is opened anew', async () => {
  const line = newLine()
  await line.open()
  answers = false
  await vi.advanceTimersByTimeAsync(9_900)
  expect(line.current).toBe('online')
  await vi.advanceTimersByTimeAsync(200)
  expect([line.current, wires[0]!.closed]).toEqual(['offline', true])
  answers = true
  await vi.advanceTimersByTimeAsync(1_000)
  expect([line.current, openings]).toEqual(['online', 2])
})

test('the network that goes shows at once, and its return is used at once', async () => {
  const line = newLine()
  await line.open()
  prepare = async () => { throw new Error('no network') }
  line.network(false)
  expect(line.current).toBe('offline')
  await vi.advanceTimersByTimeAsync(120_000)  // By now the next attempt is half a minute away.
  expect(line.current).toBe('offline')
  prepare = async () => {}
  line.network(true)
  await vi.advanceTimersByTimeAsync(0)
  expect([line.current, openings]).toEqual(['online', 2])
  await vi.advanceTimersByTimeAsync(5_000)
  expect(openings).toBe(2)
})

test('an attempt that hung while the network was away does not disturb the one after it', async () => {
  const line = newLine()
  let go = () => {}
  prepare = () => new Promise((resolve) => { go = resolve })
  void line.open()
  prepare = async () => {}
  line.network(true)
  await vi.advanceTimersByTimeAsync(0)
  go()
  await vi.advanceTimersByTimeAsync(0)
  expect([line.current, wires.length, wire().closed]).toEqual(['online', 1, false])
})

test('a line that nobody wants is not opened by the network', async () => {
  const line = newLine()
  line.network(true)
  await line.open()
  line.close()
  line.network(true)
  await vi.advanceTimersByTimeAsync(60_000)
  expect([line.current, wires.length]).toEqual(['offline', 1])
})

test.each(['not_signed_in', 'not_attested'])('why it was dismissed is found out at once: %s', async (code) => {
  const line = newLine()
  await line.open()
  wire().hear('goodbye', { code })
  expect([line.current, wires[0]!.closed]).toEqual(['connecting', true])
  await vi.advanceTimersByTimeAsync(0)
  expect([line.current, openings, wires.length]).toEqual(['online', 2, 2])
})

test('one of many connections that gives way to a newer one does not push it out in turn', async () => {
  const line = newLine()
  await line.open()
  wire().hear('goodbye', { code: 'replaced' })
  wire().hear('disconnect')
  expect(line.current).toBe('offline')
})

test('it is asked again as often as it should be', async () => {
  let asked = 0
  prepare = async () => { asked += 1; throw new Error('not attested') }
  longest = 1_000
  await newLine().open()
  await vi.advanceTimersByTimeAsync(20_000)
  expect(asked).toBeGreaterThan(18)
})
