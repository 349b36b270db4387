/**
 * Wrong passphrases are answered more and more slowly (SPEC S2.1). What is counted outlives a reload, and a try counts before it is tried. It
 * slows down who guesses at this screen; who has copied the database does not ask, and there Argon2id and the passphrase are the defence.
 */
import { fromJson, toJson } from '../protocol/encoding'
import type { Storage } from './platform'

export const UNLOCK_TRIES_RECORD = 'unlock-tries'
const FREE = 3
const FIRST_MS = 5_000
const MOST_MS = 15 * 60_000

/** `at`: the last wrong one, by the device's clock. */
export interface Tries { wrong: number; at: number }
const NONE: Tries = { wrong: 0, at: 0 }

/** Milliseconds to wait after so many wrong ones: none after three, then 5 s, tripled each time, at most a quarter of an hour. */
export function delayAfter(wrong: number): number {
  return wrong <= FREE ? 0 : Math.min(FIRST_MS * 3 ** (wrong - FREE - 1), MOST_MS)
}

/** When the next is looked at; 0 where it does not wait. */
export function waitsUntil({ wrong, at }: Tries, now: number): number {
  const delay = delayAfter(wrong)
  return delay === 0 ? 0 : Math.min(at, now) + delay
}

/** Where the clock was set back meanwhile, the wait begins anew: nobody gains, and nobody is shut out until it is that late again. */
export async function readTries(storage: Storage, now: number): Promise<Tries> {
  const stored = await storage.get(UNLOCK_TRIES_RECORD)
  if (stored === null) return NONE
  const { wrong, at } = fromJson(stored) as Tries
  return Number.isSafeInteger(wrong) && Number.isSafeInteger(at) ? { wrong, at: Math.min(at, now) } : NONE
}

export async function writeTries(storage: Storage, tries: Tries): Promise<void> {
  await storage.transact([tries.wrong === 0 ? { remove: UNLOCK_TRIES_RECORD } : { put: UNLOCK_TRIES_RECORD, value: toJson(tries) }])
}
