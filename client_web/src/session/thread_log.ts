/**
 * Applies a thread's log in the order of `seq`, one entry and one storage transaction at a time. An entry that can never be applied
 * stops the thread with a `trouble`, which the screens show (SPEC S9); what fails in passing is thrown, and tried again later.
 */
import { fromBase64url } from '../protocol/encoding'
import { withoutMarks } from './annotations'
import type { DeviceContext } from './device_context'
import { readEntry, type CommitEntry, type Entry, type MessageEntry, type RestoredEntry, type TombstoneEntry } from './entries'
import { provenFiled } from './filed_proof'
import { decodeState, epochOf, forgetEpoch, roster, type AppliedCommit, type GroupState } from './group_crypto'
import { leaversOf } from './leavers'
import { receiveMessage } from './message_receipt'
import { previewOf } from './previews'
import type { Disclosure, Edit, Filed, StoredBody, Thread } from './records'
import { recallable, withoutSignedImages } from './stored_message'
import { isPassing } from './transport'

const PAGE = 200
type Ending = Pick<TombstoneEntry, 'state' | 'code'>

export interface LogListeners {
  /** An own message was seen in the log. */
  delivered(message: string): void
  /** There may be a new version of a consent: a message or a tombstone told of it. */
  consentTold(consent: string): void
  /** Somebody said that they leave (S6.10). */
  leaving(thread: string): void
  /** A message carried a head of the log (S10.6). */
  headTold(): void
  /** A message was not what it should be; told to the server (API.md, reports). */
  mismatch(thread: string, message: string, code: string): void
}

export class ThreadLog {
  constructor(private readonly context: DeviceContext, private readonly listeners: LogListeners) {}

  /** An entry that the line brought. */
  async receive(value: unknown): Promise<void> {
    const entry = readEntry(value)
    await this.context.mutex.run(entry.thread, async () => {
      const head = this.context.records.get('thread', entry.thread)?.head
      if (head === undefined || entry.seq <= head) return
      if (entry.seq === head + 1) await this.apply(entry.thread, entry)
      else await this.readOn(entry.thread)
    })
  }

  async catchUp(thread: string): Promise<void> {
    await this.context.mutex.run(thread, () => this.readOn(thread))
  }

  /** As `catchUp`, for a caller that holds the thread's mutex. */
  async readOn(id: string): Promise<void> {
    for (let after = this.followed(id)?.head; after !== undefined;) {
      const { entries, head } = await this.context.transport.get<{ entries: unknown[]; head: number }>(`/api/threads/${id}/log?after=${after}&limit=${PAGE}`)
      for (const entry of entries.map(readEntry)) await this.apply(id, entry)
      const reached = this.followed(id)?.head
      after = reached !== undefined && reached > after && reached < head ? reached : undefined
    }
  }

  /** A thread of which this device still has news. */
  private followed(id: string): Thread | null {
    const thread = this.context.records.get('thread', id)
    return thread === null || thread.trouble === 'removed' || (thread.trouble === null && thread.group === null) ? null : thread
  }

  private async apply(id: string, entry: Entry): Promise<void> {
    const thread = this.followed(id)
    if (thread === null || entry.thread !== id || !follows(entry, thread.head)) return
    if (entry.kind === 'tombstone') await this.applyTombstone(thread, entry)
    else if (thread.trouble !== null || thread.group === null) await this.pass(thread, entry)
    else if (entry.kind === 'message') await this.applyMessage(thread, thread.group, entry)
    else if (entry.kind === 'commit') await this.applyCommit(thread, thread.group, entry)
    else await this.applyRestored(thread, thread.group, entry)
    this.told(id)
  }

  private told(id: string): void {
    this.context.changed('messages', id)
    this.context.changed('threads', id)
  }

  /** Images end in a thread that has stopped too, so that it is read on; nothing else of it can be understood any more. */
  private async pass(thread: Thread, entry: Entry): Promise<void> {
    await this.context.records.write([{ kind: 'thread', put: { ...thread, head: entry.seq } }])
  }

  /** This device was taken out of the thread while it was away, says the server. */
  async wasRemoved(id: string): Promise<void> {
    await this.context.mutex.run(id, async () => {
      const thread = this.followed(id)
      if (thread === null) return
      await this.leave(thread)
      this.told(id)
    })
  }

  /** What was read stays; images end, and what was drawn on them with them: nobody would tell this device when they do. */
  private async leave(thread: Thread): Promise<void> {
    const held = this.context.records.all('disclosure').filter((one) => one.thread === thread.thread && one.state !== 'destroyed')
    const ended = held.flatMap((one): Edit[] => [
      { kind: 'disclosure', put: { ...one, state: 'destroyed', closedCode: 'removed', manifest: null } }, ...recallable(this.context, [...withoutMarks(this.context, one), ...withoutSignedImages(this.context, one)]),
    ])
    await this.context.records.write([{ kind: 'thread', put: { ...thread, group: null, trouble: 'removed', pending: null } }, ...ended])
  }

  /** At an opening the server said that an image has ended; if no entry of the log tells this device, it came before that joined the thread, and the code is all it hears. */
  async hasEnded(id: string, disclosure: string, code: string): Promise<void> {
    await this.context.mutex.run(id, async () => {
      await this.readOn(id)
      const opened = this.context.records.get('disclosure', disclosure)
      if (opened === null || opened.thread !== id || opened.state === 'destroyed') return
      const picture = this.context.records.get('disclosure', opened.statement.preview_of ?? disclosure) ?? opened
      await this.context.records.write(this.closing(picture, { state: 'destroyed', code: code === 'filed' ? 'filed_unproven' : code }, null))
      this.told(id)
    })
  }

  private async stop(thread: Thread, trouble: string): Promise<void> {
    await this.context.records.write([{ kind: 'thread', put: { ...thread, trouble } }])
  }

  private row(entry: Entry, device: string, body: StoredBody): Edit {
    const person = this.context.people.ownerOf(device) ?? ''
    const { thread, seq, at } = entry
    return { kind: 'message', put: { message: `${thread}:${seq}:${body.kind}`, thread, seq, at, device, person, state: 'sent', error: null, body } }
  }

  private async applyMessage(thread: Thread, group: GroupState, entry: MessageEntry): Promise<void> {
    if (entry.device === this.context.account.device) return this.applyOwnMessage(thread, entry)
    const receipt = await receiveMessage(this.context, thread, group, entry)
    await this.context.records.write(receipt.edits)
    receipt.spend()
    if (receipt.code !== null) this.listeners.mismatch(thread.thread, entry.message, receipt.code)
    if (receipt.content !== null && receipt.content.log_head !== null) this.listeners.headTold()
    if (receipt.content?.body.kind === 'leaving') this.listeners.leaving(thread.thread)
    if (receipt.content?.body.kind === 'consent-record') this.listeners.consentTold(receipt.content.body.consent)
    if (receipt.content?.body.kind === 'history') this.meetConsents(receipt.edits)
  }

  /** Of images that were shared later: their cards name the consent. */
  private meetConsents(edits: Edit[]): void {
    const consents = edits.flatMap((edit) => (edit.kind === 'disclosure' && 'put' in edit ? [edit.put.statement.consent] : []))
    for (const consent of new Set(consents)) if (this.context.records.get('consent', consent) === null) this.listeners.consentTold(consent)
  }

  /** A message from this device that it does not know was sent by a copy of its database, or from a state that was since lost. */
  private async applyOwnMessage(thread: Thread, entry: MessageEntry): Promise<void> {
    const own = this.context.records.get('message', entry.message)
    if (own === null || own.device !== entry.device || own.thread !== entry.thread) return this.stop(thread, 'state_lost')
    await this.context.records.write([
      { kind: 'message', put: { ...own, seq: entry.seq, at: entry.at, state: 'sent', error: null } },
      { kind: 'outbox', remove: entry.message },
      { kind: 'thread', put: { ...thread, head: entry.seq } },
    ])
    this.listeners.delivered(entry.message)
  }

  private async applyCommit(thread: Thread, group: GroupState, entry: CommitEntry): Promise<void> {
    if (entry.device === this.context.account.device) return this.adoptOwnCommit(thread, group, entry)
    await this.context.people.ensure([], entry.adds)
    const applied = await this.attempt(thread, group, entry)
    if (applied === null) return this.stop(thread, 'commit_rejected')
    if (!isAsTold(applied, entry)) return this.stop(thread, 'roster_mismatch')
    const next = { ...thread, head: entry.seq, pending: null }
    if (applied.kind === 'removed-self') {
      await this.context.records.write(this.rows(thread, entry, group))
      return this.leave(next)
    }
    await this.context.records.write([{ kind: 'thread', put: { ...next, group: applied.next } }, ...this.rows(thread, entry, group)])
    applied.spend()
  }

  private async attempt(thread: Thread, group: GroupState, entry: CommitEntry): Promise<AppliedCommit | null> {
    try {
      return await (await this.context.group(thread.suite)).applyCommit(group, fromBase64url(entry.mls))
    } catch (error) {
      if (isPassing(error)) throw error
      return null
    }
  }

  /** The log decides which commit of an epoch stands: the state prepared with this one becomes the thread's. */
  private async adoptOwnCommit(thread: Thread, group: GroupState, entry: CommitEntry): Promise<void> {
    const { pending } = thread
    if (pending === null || pending.commit !== entry.mls) return this.stop(thread, 'state_lost')
    const next: Thread = { ...thread, group: decodeState(fromBase64url(pending.next)), pending: null, head: entry.seq }
    await this.context.records.write([{ kind: 'thread', put: next }, ...this.rows(thread, entry, group)])
    forgetEpoch(group)
  }

  /** Who came and who left; of who had devices here before and has some still, that it is another one, or one fewer. Who said that they leave needs no second line. `before`: the group that the commit changed. */
  private rows(thread: Thread, entry: CommitEntry, before: GroupState): Edit[] {
    const people = (devices: string[]) => [...new Set(devices.map((device) => this.context.people.ownerOf(device) ?? ''))]
    const had = roster(before).map(({ device }) => device)
    const [were, stay] = [people(had), people(had.filter((device) => !entry.removes.includes(device)))]
    const [joining, leaving] = [people(entry.adds), people(entry.removes)]
    const said = leaversOf(this.context, thread)
    const told = {
      joined: joining.filter((person) => !were.includes(person)),
      left: leaving.filter((person) => !joining.includes(person) && !stay.includes(person) && !said.includes(person)),
      renewed: joining.filter((person) => leaving.includes(person) && !stay.includes(person)),
      another: joining.filter((person) => stay.includes(person)),
      fewer: leaving.filter((person) => !joining.includes(person) && stay.includes(person)),
    }
    return (['joined', 'left', 'renewed', 'another', 'fewer'] as const).filter((kind) => told[kind].length > 0).map((kind) => this.row(entry, entry.device, { kind, people: told[kind] }))
  }

  /** What this device has seen since the backup stays on it. Where the group has moved on since, the server cannot follow. */
  private async applyRestored(thread: Thread, group: GroupState, entry: RestoredEntry): Promise<void> {
    const trouble = epochOf(group) === entry.epoch ? null : 'set_back'
    await this.context.records.write([{ kind: 'thread', put: { ...thread, head: entry.seq, trouble } }, this.row(entry, '', { kind: 'restored' })])
  }

  private async applyTombstone(thread: Thread, entry: TombstoneEntry): Promise<void> {
    const held = this.context.records.get('disclosure', entry.disclosure)
    const former = held !== null && held.thread === thread.thread ? held : null
    const filed = entry.code === 'filed' ? await provenFiled(this.context.people, former, entry.filed) : null
    const code = entry.code === 'filed' && filed === null ? 'filed_unproven' : entry.code
    const body: StoredBody = { kind: 'tombstone', disclosure: entry.disclosure, code, state: entry.state, ...(filed === null ? {} : { filed }) }
    const edits: Edit[] = [{ kind: 'thread', put: { ...thread, head: entry.seq } }, this.row(entry, '', body)]
    if (former !== null) edits.push(...this.closing(former, { state: entry.state, code }, filed))
    else if (entry.state === 'destroyed') edits.push(...withoutMarks(this.context, entry))
    if (filed !== null) edits.push({ kind: 'filing', remove: entry.disclosure })
    await this.context.records.write(edits)
    if (code === 'filed_unproven' && former !== null) this.listeners.mismatch(thread.thread, former.statement.message, code)
    if (former !== null) this.listeners.consentTold(former.statement.consent)
  }

  /** What becomes of a picture and its preview; with what was destroyed go the marks on it, and the content that holds its client half (S7.9). */
  private closing(picture: Disclosure, told: Ending, filed: Filed | null): Edit[] {
    const preview = previewOf(this.context, picture)
    const both = (preview === null ? [picture] : [picture, preview]).map((one): Edit => ({ kind: 'disclosure', put: closed(one, told, filed) }))
    return told.state === 'destroyed' ? [...both, ...withoutMarks(this.context, picture), ...withoutSignedImages(this.context, picture)] : both
  }
}

/** A restored server leaves out numbers that it may have given before (S6.6); whatever else is told comes without a gap. */
function follows(entry: Entry, head: number): boolean {
  return entry.kind === 'restored' ? entry.seq > head : entry.seq === head + 1
}

/** What was destroyed stays so, and the client half goes with it (S7.9). */
function closed(disclosure: Disclosure, { state, code }: Ending, filed: Filed | null): Disclosure {
  const known = { ...disclosure, ...(filed === null ? {} : { filed }) }
  if (disclosure.state === 'destroyed') return { ...known, manifest: null }
  if (state === 'destroyed') return { ...known, state, closedCode: code, manifest: null }
  return { ...known, state, closedCode: state === 'live' ? null : code }
}

/** Whether the commit did what the server told of it: the devices it adds and removes, and who made it. */
function isAsTold(applied: AppliedCommit, { device, adds, removes }: CommitEntry): boolean {
  if (applied.committer !== device) return false
  if (applied.kind === 'removed-self') return true
  const same = (members: { device: string }[], told: string[]) =>
    members.length === told.length && members.every((member) => told.includes(member.device))
  return same(applied.added, adds) && same(applied.removed, removes)
}
