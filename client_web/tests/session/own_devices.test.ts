import { beforeEach, expect, test, vi } from 'vitest'
import type { DeviceContext } from '../../src/session/device_context'
import { SessionFailure } from '../../src/session/failure'
import { OwnDevices } from '../../src/session/own_devices'
import type { Edit, OwnDeviceAct, Thread } from '../../src/session/records'
import type { Threads } from '../../src/session/threads'

vi.mock('../../src/session/group_crypto', () => ({ roster: (group: Set<string>) => [...group].map((device) => ({ device })) }))

const failing = (code: string) => new SessionFailure(code, '', '')

/** `threads`: who is in each. `meets`: what the next settlings meet, one after another, in place of success. */
function world(threads: Record<string, string[]>, meets: (Error | null)[] = [], ended: string[] = []) {
  const rosters = new Map(Object.entries(threads).map(([thread, devices]) => [thread, new Set(devices)]))
  const acts = new Map<string, OwnDeviceAct>()
  const settled: string[] = []
  const context = {
    account: { person: 'me' }, changed: () => undefined, clock: { now: () => 0 },
    people: { refresh: async () => undefined, hasEnded: (device: string) => ended.includes(device), isAttested: (device: string) => !ended.includes(device) },
    records: {
      all: (kind: string) => (kind === 'thread' ? [...rosters].map(([thread, group]) => ({ thread, group, trouble: null }) as unknown as Thread) : [...acts.values()]),
      get: (_: string, device: string) => acts.get(device) ?? null,
      write: async (edits: Edit[]) => { for (const edit of edits) if ('remove' in edit) acts.delete(edit.remove); else acts.set((edit.put as OwnDeviceAct).device, edit.put as OwnDeviceAct) },
    },
  } as unknown as DeviceContext
  const own = new OwnDevices(context, {
    settleOwn: async (thread: string) => {
      const met = meets.shift() ?? null
      if (met !== null) throw met
      settled.push(thread)
      for (const { device, act } of acts.values()) if (act === 'add') rosters.get(thread)!.add(device); else rosters.get(thread)!.delete(device)
    },
  } as unknown as Threads)
  return { own, acts, settled }
}

beforeEach(() => { vi.useFakeTimers() })

test('a device comes into each thread, once, and then nothing is left to do', async () => {
  const { own, acts, settled } = world({ a: ['phone'], b: ['phone', 'desk'], c: ['phone'] })
  await own.decide('desk', 'add')
  await vi.advanceTimersByTimeAsync(0)
  expect(settled).toEqual(['a', 'c'])
  expect(own.threadsOf('desk')).toEqual({ here: 3, all: 3, underWay: false })
  expect(acts.size).toBe(0)
})

test('what is decided while another is brought in is carried out too', async () => {
  const { own, acts, settled } = world({ a: ['phone', 'old'], b: ['phone'] }, [], ['old'])
  await own.decide('desk', 'add')
  await own.decide('old', 'remove')
  await vi.advanceTimersByTimeAsync(0)
  expect([new Set(settled), acts.size]).toEqual([new Set(['a', 'b']), 0])
})

test.each(['rate_limited', 'unreachable', 'no_key_packages', 'server_busy'])('what time puts right, such as %s, is waited for, and it goes on where it was', async (code) => {
  const { own, settled } = world({ a: ['phone'], b: ['phone'] }, [null, failing(code), failing(code)])
  await own.decide('desk', 'add')
  await vi.advanceTimersByTimeAsync(0)
  expect(settled).toEqual(['a'])
  await vi.advanceTimersByTimeAsync(2_000)
  expect(settled).toEqual(['a'])
  await vi.advanceTimersByTimeAsync(4_000)
  expect(settled).toEqual(['a', 'b'])
})

test('a thread that refuses keeps no other from it, and is asked again when the line opens next', async () => {
  const { own, settled } = world({ a: ['phone'], b: ['phone'] }, [failing('too_large')])
  await own.decide('desk', 'add')
  await vi.advanceTimersByTimeAsync(60_000)
  expect(settled).toEqual(['b'])
  expect(own.threadsOf('desk')).toEqual({ here: 1, all: 2, underWay: true })
  own.resume()
  await vi.advanceTimersByTimeAsync(0)
  expect(settled).toEqual(['b', 'a'])
})

test('one that has ended is taken out, and does not come in', async () => {
  const { own, settled, acts } = world({ a: ['phone', 'old'], b: ['phone'] }, [], ['old', 'lost'])
  await own.decide('old', 'remove')
  await vi.advanceTimersByTimeAsync(0)
  expect(settled).toEqual(['a'])
  await own.decide('lost', 'add')
  await vi.advanceTimersByTimeAsync(0)
  expect([settled, acts.size]).toEqual([['a'], 0])
})

test('nothing is done any more once it is closed', async () => {
  const { own, settled } = world({ a: ['phone'] }, [failing('rate_limited')])
  await own.decide('desk', 'add')
  await vi.advanceTimersByTimeAsync(0)
  own.close()
  await vi.advanceTimersByTimeAsync(120_000)
  expect(settled).toEqual([])
})
