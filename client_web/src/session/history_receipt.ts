/** Earlier messages that a member shared with this device: each verified as its author's own, and written down among the others (SPEC S6.9). */
import { equalBytes, fromBase64url, toBase64url } from '../protocol/encoding'
import { ProtocolError } from '../protocol/failures'
import { readShared, type Author, type Joined, type Shared } from '../protocol/history'
import { statementHash } from '../protocol/statements'
import type { Content, HistoryItem, SharedMessage } from '../protocol/types'
import type { DeviceContext } from './device_context'
import type { MessageEntry } from './entries'
import { authorship, beside } from './history_items'
import { isReader } from './history_readers'
import { arePairs } from './previews'
import type { Disclosure, Edit, StoredMessage, Thread } from './records'
import { proof, storedBody } from './stored_message'

/** `code`: of the first item that did not verify, or null. */
interface HistoryReceipt { edits: Edit[]; code: string | null }

/** Nothing where no history was shared, or with others, or where this device did not note when it joined. Throws what fails in passing: whose devices the authors' are is asked for first. */
export async function receiveHistory(context: DeviceContext, thread: Thread, entry: MessageEntry, { body, person }: Content): Promise<HistoryReceipt> {
  if (body.kind !== 'history' || !isReader(context.account, body.to) || thread.joined === undefined) return { edits: [], code: null }
  await context.people.ensure([], [...new Set(body.items.flatMap((item) => (item.kind === 'message' ? [item.content.device] : [])))])
  const reading = new Reading(context, { thread: thread.thread, purpose: thread.purpose, ...thread.joined }, entry, person)
  body.items.forEach((item, i) => reading.take(item, i))
  return { edits: reading.edits, code: reading.code }
}

class Reading {
  readonly edits: Edit[] = []
  code: string | null = null
  private readonly taken = new Map<string, StoredMessage>()
  private readonly disclosures = new Map<string, Disclosure>()

  constructor(private readonly context: DeviceContext, private readonly joined: Joined, private readonly entry: MessageEntry, private readonly sharer: string) {}

  take(item: HistoryItem, n: number): void {
    // Of what is said to be from after this device joined, it has what there was.
    if (item.seq >= this.joined.seq) return
    try {
      this.takeEither(item)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.code ??= error.code
      this.put({ message: `${this.entry.thread}:${this.entry.seq}:${n}`, seq: item.seq, at: item.at, person: this.sharer, device: this.entry.device, state: 'unverifiable', body: { kind: 'unverifiable', code: error.code } })
    }
  }

  /** Shown once, and as it was first known; a message that was withheld, or forgotten, makes room for itself. */
  private takeEither(item: HistoryItem): void {
    const { message, person } = authorship(item)
    const place = this.placeOf(message, person)
    const known = this.known(place)
    const isFalse = known !== null && (known.thread !== this.joined.thread || known.person !== person)
    if (isFalse || message === this.entry.message) throw new ProtocolError('malformed', 'framing', 'the id of another message')
    if (known !== null && (item.kind === 'withheld' || !this.isIncomplete(known))) return
    if (item.kind === 'message') this.takeMessage(item, place, known)
    else this.takeWithheld(item, place)
  }

  /** Whoever signs can name any message: what is shared by that name does not stand in the way of another author's. */
  private placeOf(message: string, person: string): string {
    const known = this.known(message)
    return known?.sharedBy !== undefined && known.person !== person ? beside(message, person) : message
  }

  private known(place: string): StoredMessage | null {
    return this.taken.get(place) ?? this.context.records.get('message', place)
  }

  /** What stands in the place of a message that was not shared, and what this device forgot of one when it was taken out of the thread (S7.9). */
  private isIncomplete({ body, forgotten }: StoredMessage): boolean {
    if (body.kind === 'images') return forgotten !== undefined && body.disclosures.every((one) => this.context.records.get('disclosure', one)?.closedCode === 'removed')
    return body.kind === 'withheld' || forgotten !== undefined
  }

  private put(message: Omit<StoredMessage, 'thread' | 'error'>): void {
    const put = { ...message, thread: this.joined.thread, error: null }
    this.taken.set(message.message, put)
    this.edits.push({ kind: 'message', put })
  }

  private takeWithheld({ seq, at, person, images, code }: Extract<HistoryItem, { kind: 'withheld' }>, place: string): void {
    this.put({ message: place, seq, at, person, device: '', state: 'sent', body: { kind: 'withheld', images, code }, sharedBy: this.sharer })
  }

  private takeMessage(item: SharedMessage, place: string, known: StoredMessage | null): void {
    const shared = readShared(item, this.author(item.content.device), this.joined)
    const { content: { at, person, device, body }, signed } = shared
    const { forgotten, ...kept } = known ?? {}
    if (forgotten !== undefined && forgotten !== toBase64url(statementHash(signed))) throw new ProtocolError('malformed', 'framing', 'another content than the one that was forgotten')
    if (body.kind === 'annotation' && !this.isHere(body.disclosure)) return
    const declared = this.declared(shared, place)
    const gone = declared.some(({ manifest }) => manifest === null)
    const first = forgotten === undefined ? { seq: item.seq, at, sharedBy: this.sharer } : (kept as StoredMessage)
    this.put({ ...first, message: place, person, device, state: 'sent', body: storedBody(body), ...(gone ? {} : proof(body, signed)) })
    for (const one of declared) {
      this.disclosures.set(one.disclosure, one)
      this.edits.push({ kind: 'disclosure', put: one })
    }
  }

  private author(device: string): Author {
    const known = this.context.people.device(device)
    if (known === null) throw new ProtocolError('wrong_signer', 'framing', 'a device that nobody certified')
    const { certificate: { person, device_key, valid_until }, revokedAt } = known
    return { device, person, key: fromBase64url(device_key), until: Math.min(valid_until, revokedAt ?? Infinity) }
  }

  private isHere(disclosure: string): boolean {
    const drawnOn = this.disclosures.get(disclosure) ?? this.context.records.get('disclosure', disclosure)
    return drawnOn !== null && drawnOn.thread === this.joined.thread && drawnOn.state !== 'destroyed'
  }

  /** A shared image is a disclosure like any other; what is known of another message stays what it is. */
  private declared({ content: { body, thread }, statements }: Shared, message: string): Disclosure[] {
    if (body.kind !== 'images') return []
    const declared = body.images.map((manifest, i) => {
      const { statement, envelope } = statements[i]!
      const told = this.told(statement.preview_of ?? statement.disclosure)
      return { disclosure: manifest.disclosure, thread, message, statement, envelope, manifest: told.state === 'destroyed' ? null : manifest, ...told }
    })
    const isNew = declared.every((one) => !this.disclosures.has(one.disclosure) && this.isFree(one))
    const differ = new Set(declared.map(({ disclosure }) => disclosure)).size === declared.length
    if (!isNew || !differ || !arePairs(declared)) throw new ProtocolError('not_as_declared', 'framing')
    return declared
  }

  /** Nothing is known of it, or just this was, until this device was taken out of the thread. */
  private isFree({ disclosure, message, envelope }: Disclosure): boolean {
    const held = this.context.records.get('disclosure', disclosure)
    return held === null || (held.closedCode === 'removed' && held.message === message && equalBytes(statementHash(held.envelope), statementHash(envelope)))
  }

  /** By the newest tombstone that this device has seen of an image that it did not know then (S7.9). */
  private told(picture: string): Pick<Disclosure, 'state' | 'closedCode'> {
    const tombstones = this.context.records.messagesOf(this.joined.thread).flatMap(({ seq, body }) => (body.kind === 'tombstone' && body.disclosure === picture ? [{ seq: seq ?? 0, ...body }] : []))
    const destroyed = tombstones.find(({ state }) => state === 'destroyed')
    const last = destroyed ?? tombstones.sort((a, b) => a.seq - b.seq).at(-1)
    return last === undefined || last.state === 'live' ? { state: 'live', closedCode: null } : { state: last.state, closedCode: last.code }
  }
}
