/**
 * The server's log as this device knows it (SPEC S10): its pinned key, the newest head that was verified, the heads that
 * messages carry, and the alarm. A head is kept only when it continues the one before; what fails in passing is tried again.
 */
import { fromBase64url } from '../protocol/encoding'
import { ProtocolError } from '../protocol/failures'
import { leafHash, verifyConsistency, verifyInclusion, type Tree } from '../protocol/merkle'
import { bytes, identifier, object, type Of } from '../protocol/shape'
import { parseEnvelope, verify } from '../protocol/statements'
import type { Content, LogHead } from '../protocol/types'
import type { DeviceContext } from './device_context'
import { SessionFailure } from './failure'
import type { Edit, LogAlarm, LogRecord, Records, ToldHead } from './records'

const identity = object({ log: identifier('log'), key: bytes(32) })
/** A log and its public key (base64url), as a session tells them (S10.3). */
export type LogIdentity = Of<typeof identity>

const NOTHING: LogRecord = { id: 'self', head: null, signed: null, alarm: null }

function kept(records: Records): LogRecord {
  return records.get('log', 'self') ?? NOTHING
}

/** What a message carries (S6.5): the newest verified head, or null. */
export function carriedHead(records: Records): LogHead | null {
  const { head } = kept(records)
  return head === null ? null : { size: head.size, root: head.root }
}

/** Keeps the head that a message carried until it has been compared; of several from one device the newest, which continues the others. */
export function toldHead(records: Records, { device, person, thread, message, log_head: head }: Content): Edit[] {
  if (head === null) return []
  const own = kept(records).head
  const waiting = records.get('told-head', device)
  const known = (own?.size === head.size && own.root === head.root) || (waiting !== null && waiting.size >= head.size)
  return known ? [] : [{ kind: 'told-head', put: { device, person, thread, message, ...head } }]
}

function tree({ size, root }: LogHead): Tree {
  return { size, root: fromBase64url(root) }
}

function readProof({ proof }: { proof?: unknown }): Uint8Array[] {
  if (!Array.isArray(proof) || !proof.every((each) => typeof each === 'string')) throw new SessionFailure('server_fault', 'The server did not answer as agreed.', 'try_again')
  return proof.map(fromBase64url)
}

export class LogHeads {
  private comparing: Promise<void> | null = null

  /** `savePin` stores the account once its log is pinned. */
  constructor(private readonly context: DeviceContext, private readonly savePin: () => Promise<void>) {}

  /** The newest verified head, or null. */
  get head(): LogRecord['head'] {
    return kept(this.context.records).head
  }

  /** The same as it was signed. */
  get signed(): LogRecord['signed'] {
    return kept(this.context.records).signed
  }

  get alarm(): LogAlarm | null {
    return kept(this.context.records).alarm
  }

  /** S10.3: pins the log at the first session, and compares it at every later one. */
  async meet(told: unknown): Promise<void> {
    const { account } = this.context
    const log = readIdentity(told)
    if (log === null) return
    if (account.log === undefined) {
      account.log = log
      await this.savePin()
    } else if (log.log !== account.log.log || log.key !== account.log.key) await this.raise('log_key_changed', null)
  }

  /** Whatever was not done while the line was down. */
  async catchUp(): Promise<void> {
    await this.refresh().catch(() => undefined)
    await this.compareTold().catch(() => undefined)
    await this.report()
  }

  /** S10.5: fetches the head, and keeps it when it continues the one held. Rejects when that could not be found out now. */
  async refresh(): Promise<void> {
    await this.context.mutex.run('log', async () => {
      const { account, transport } = this.context
      if (account.log === undefined) return
      const { head: told } = await transport.get<{ head: unknown }>('/api/log/head')
      const signed = parseEnvelope(told)
      const head = this.verified(signed, account.log)
      if (head === null) return this.raise('log_key_changed', null)
      const held = this.head
      if (held !== null && head.size < held.size) return this.raise('log_shortened', null)
      if (held !== null && !(await this.continues(held, head))) return this.raise('log_rewritten', null)
      if (held?.size === head.size) return
      await this.keep({ head, signed })
    })
  }

  /** Null when it is not signed by the pinned key. */
  private verified(signed: unknown, { log, key }: LogIdentity): LogRecord['head'] {
    try {
      const head = verify(signed, 'tree-head', log, fromBase64url(key))
      return head.log === log ? head : null
    } catch (error) {
      if (error instanceof ProtocolError && (error.code === 'wrong_signer' || error.code === 'bad_signature')) return null
      throw error
    }
  }

  /** Whether the newer tree begins with the older one (S10.2). */
  private async continues(older: LogHead, newer: LogHead): Promise<boolean> {
    if (older.size > newer.size) return false
    const needed = older.size > 0 && older.size < newer.size
    const proof = needed ? readProof(await this.context.transport.get(`/api/log/consistency?from=${older.size}&to=${newer.size}`)) : []
    return verifyConsistency(tree(older), tree(newer), proof)
  }

  /** Whether these bytes are the entry at `index` under the newest verified head (S10.4). Rejects when that could not be found out now. */
  async includes(index: number, entry: Uint8Array): Promise<boolean> {
    const held = this.head
    if (held === null || !Number.isSafeInteger(index) || index < 0 || index >= held.size) return false
    const proof = readProof(await this.context.transport.get(`/api/log/inclusion?index=${index}&size=${held.size}`))
    return verifyInclusion(leafHash(entry), index, held.size, proof, fromBase64url(held.root))
  }

  /** S10.6: compares every head that messages carried; one comparison at a time, however many ask. */
  compareTold(): Promise<void> {
    this.comparing ??= this.compareEach().finally(() => { this.comparing = null })
    return this.comparing
  }

  private async compareEach(): Promise<void> {
    for (let told = this.waiting(); told !== undefined; told = this.waiting()) {
      if (this.head === null || told.size > this.head.size) await this.refresh()
      if (this.head === null) return
      const holds = await this.continues(told, this.head)
      if (!holds) await this.raise('log_split', told)
      if (this.context.records.get('told-head', told.device) === told) await this.context.records.write([{ kind: 'told-head', remove: told.device }])
    }
  }

  private waiting(): ToldHead | undefined {
    return this.context.records.all('told-head')[0]
  }

  /** The first alarm stays, with the head that is held: nothing that comes later is believed more. */
  private async raise(code: LogAlarm['code'], told: ToldHead | null): Promise<void> {
    if (this.alarm !== null) return
    await this.keep({ alarm: { code, at: this.context.clock.now(), told, reported: false } })
    await this.report().catch(() => undefined)
  }

  /** Tells the server's operator, once. */
  private async report(): Promise<void> {
    const { alarm } = this
    if (alarm === null || alarm.reported) return
    const about = { thread: alarm.told?.thread ?? null, message: alarm.told?.message ?? null, code: alarm.code }
    await this.context.transport.post('/api/reports', about).catch((error: unknown) => { if (!isGone(error)) throw error })
    await this.keep({ alarm: { ...alarm, reported: true } })
  }

  private async keep(changes: Partial<LogRecord>): Promise<void> {
    const { mutex, records, changed } = this.context
    await mutex.run('log record', () => records.write([{ kind: 'log', put: { ...kept(records), ...changes } }]))
    changed('log', null)
  }
}

/** Out of the thread meanwhile, this device has nobody to report to. */
function isGone(error: unknown): boolean {
  return error instanceof SessionFailure && error.code === 'not_found'
}

function readIdentity(told: unknown): LogIdentity | null {
  try {
    return identity(told)
  } catch {
    return null
  }
}
