/** What is open stays open only while its consent is known to stand (SPEC S5.12): asked for anew in time, else it ends. */
import { MOST_AGE_MS, notCurrent } from './authority'
import { toFailure } from './failure'
import type { Failure } from './session'
import { isPassing } from './transport'

const LOOK_MS = 1_000
const RENEW_AFTER_MS = 4 * 60_000
const RETRY_AFTER_MS = 10_000

export interface Watched {
  /** Milliseconds, by the device's own running clock. */
  now(): number
  /** Throws when this device, by what it knows, would not open it now. */
  require(): void
  /** Asks for a fresh status; the instant from which it counts. Rejects when there is none, or when it permits nothing. */
  confirm(): Promise<number>
}

/**
 * `since`: from when the status counts under which it was opened. `ended` is called once, with the reason, at the latest five
 * minutes after the last status; an answer that comes after that, or after the returned function was called, changes nothing.
 */
export function watch({ now, require, confirm }: Watched, since: number, ended: (failure: Failure) => void): () => void {
  let renewAt = since + RENEW_AFTER_MS
  let asking = false
  const timer = setInterval(look, LOOK_MS)
  let over = false

  function stop(): void {
    over = true
    clearInterval(timer)
  }
  function end(error: unknown): void {
    if (over) return
    stop()
    ended(toFailure(error))
  }
  async function renew(): Promise<void> {
    asking = true
    try {
      since = await confirm()
      renewAt = since + RENEW_AFTER_MS
    } catch (error) {
      if (!isPassing(error)) end(error)
      renewAt = now() + RETRY_AFTER_MS
    }
    asking = false
  }
  function look(): void {
    const age = now() - since
    if (age < 0 || age >= MOST_AGE_MS) return end(notCurrent())
    try {
      require()
    } catch (error) {
      return end(error)
    }
    if (!asking && now() >= renewAt) void renew()
  }

  look()
  return stop
}
