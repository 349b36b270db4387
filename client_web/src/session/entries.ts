/** Entries of a thread's log, as the server tells them (API.md, Threads). */
import type { Envelope } from '../protocol/statements'
import { SessionFailure } from './failure'
import type { FiledStatements } from './filed_proof'
import type { DisclosureState } from './session'

interface Common { thread: string; seq: number; at: number }
export type MessageEntry = Common & { kind: 'message'; device: string; epoch: number; message: string; mls: string; disclosures: { disclosure: string; statement: Envelope }[] }
export type CommitEntry = Common & { kind: 'commit'; device: string; epoch: number; mls: string; adds: string[]; removes: string[] }
export type TombstoneEntry = Common & { kind: 'tombstone'; disclosure: string; image: string; state: DisclosureState; code: string; filed?: FiledStatements }
/** The server was set back to a backup; `last` is the newest entry that it had of this thread (S6.6). */
export type RestoredEntry = Common & { kind: 'restored'; epoch: number; last: number }
export type Entry = MessageEntry | CommitEntry | TombstoneEntry | RestoredEntry

const KINDS = ['message', 'commit', 'tombstone', 'restored']

/** The frame of an entry; what it carries is verified where it is used. */
export function readEntry(value: unknown): Entry {
  const entry = value as Partial<Entry> | null
  const framed = typeof entry === 'object' && entry !== null && typeof entry.thread === 'string' && Number.isSafeInteger(entry.seq)
    && Number.isSafeInteger(entry.at) && KINDS.includes(entry.kind ?? '')
  if (!framed) throw new SessionFailure('server_fault', 'The server did not answer as agreed.', 'try_again')
  return entry as Entry
}
