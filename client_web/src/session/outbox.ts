/**
 * Messages on their way. A message is encrypted and stored, with the group's next state, in one storage transaction before the
 * network sees it: a generation is never used twice. Exactly those bytes are sent until they are acknowledged; only after
 * `stale_epoch`, when the server has refused them for good, is the content encrypted again under the new state.
 */
import { buildAuthenticatedData } from '../protocol/authenticated_data'
import { toBase64url, toUtf8 } from '../protocol/encoding'
import { sign, statementHash, type Envelope } from '../protocol/statements'
import type { Content, ContentBody } from '../protocol/types'
import { unlessGone } from './annotations'
import { newIdentifier, seedOf, type DeviceContext } from './device_context'
import { SessionFailure, locked, toFailure } from './failure'
import { epochOf, type GroupState } from './group_crypto'
import { leaversOf } from './leavers'
import { carriedHead } from './log_heads'
import { isOfThisMoment, stillHolds } from './history_items'
import { consentText, withContent } from './message_receipt'
import type { Disclosure, Edit, OutboxItem, StoredMessage, Thread } from './records'
import { proof, storedBody } from './stored_message'
import type { ThreadLog } from './thread_log'
import { isPassing } from './transport'

const MOST_EPOCHS = 12
const RETRY = { first: 1_000, most: 30_000 }

/** What to send, made for the epoch at which it will be sent. */
export interface Composed { body: ContentBody; envelopes: Envelope[]; disclosures: Disclosure[] }
export type Compose = (message: string, epoch: number) => Composed
/** Sends by whichever way is open; resolves when the server has it durably. */
export type Send = (item: OutboxItem) => Promise<{ seq: number; at: number }>

interface Waiter { resolve(): void; reject(error: unknown): void }

export class Outbox {
  private readonly waiters = new Map<string, Waiter>()
  private readonly timers = new Map<string, { handle: ReturnType<typeof setTimeout>; wait: number }>()

  constructor(private readonly context: DeviceContext, private readonly log: ThreadLog, private readonly send: Send) {}

  /** Encrypts, stores and sends; resolves when the server has it. A message with images, or that shares history, is not encrypted anew: `stale_epoch` is thrown. */
  async post(thread: string, compose: Compose, message = newIdentifier('message', this.context)): Promise<void> {
    await this.context.mutex.run(thread, () => this.seal(thread, message, compose, this.context.clock.now()))
    await this.delivery(thread, message)
  }

  postBody(thread: string, body: ContentBody): Promise<void> {
    return this.post(thread, () => ({ body, envelopes: [], disclosures: [] }))
  }

  /** Sends a failed message again, as a new encryption of the same content. */
  async retry(message: string): Promise<void> {
    const item = this.context.records.get('outbox', message)
    if (item === null) throw new SessionFailure('not_found', 'There is no such message to send.', 'reload')
    if (isOfThisMoment(item)) throw new SessionFailure('denied', 'An image is attached anew, not sent again.', 'attach_again')
    await this.context.mutex.run(item.thread, () => this.reseal(item))
    await this.delivery(item.thread, message)
  }

  /** Tries everything that waits, thread by thread, in the order in which it was written. */
  async flush(): Promise<void> {
    const threads = new Set(this.waiting().map(({ thread }) => thread))
    await Promise.all([...threads].map((thread) => this.flushThread(thread)))
  }

  /** What was refused for good, and leaves nothing behind: its content is sent as another, or not at all. */
  async discard(message: string): Promise<void> {
    const declared = this.context.records.all('disclosure').filter((disclosure) => disclosure.message === message)
    const gone = declared.map(({ disclosure }): Edit => ({ kind: 'disclosure', remove: disclosure }))
    await this.context.records.write([{ kind: 'message', remove: message }, { kind: 'outbox', remove: message }, ...gone])
  }

  /** The log showed the message, whatever became of the acknowledgement. */
  delivered(message: string): void {
    this.settle(message, (waiter) => waiter.resolve())
  }

  /** Forgets who waits; what is stored stays. */
  close(): void {
    for (const { handle } of this.timers.values()) clearTimeout(handle)
    this.timers.clear()
    for (const message of [...this.waiters.keys()]) this.settle(message, (waiter) => waiter.reject(locked()))
  }

  private waiting(thread?: string): OutboxItem[] {
    const items = this.context.records.all('outbox').filter((item) => thread === undefined || item.thread === thread)
    return items.filter(({ message }) => this.context.records.get('message', message)?.state === 'sending').sort((a, b) => a.at - b.at)
  }

  /** Resolves when the server has what was stored; rejects when it refused. */
  delivery(thread: string, message: string): Promise<void> {
    const done = new Promise<void>((resolve, reject) => this.waiters.set(message, { resolve, reject }))
    void this.flushThread(thread)
    return done
  }

  private settle(message: string, how: (waiter: Waiter) => void): void {
    const waiter = this.waiters.get(message)
    this.waiters.delete(message)
    if (waiter !== undefined) how(waiter)
  }

  private async flushThread(thread: string): Promise<void> {
    await this.context.mutex.run(`send ${thread}`, async () => {
      for (const { message } of this.waiting(thread)) {
        if (!(await this.deliver(thread, message))) return
      }
      this.resetTimer(thread)
    })
  }

  /** False when the rest of the thread has to wait. */
  private async deliver(thread: string, message: string): Promise<boolean> {
    try {
      await this.deliverThroughEpochs(message)
      this.settle(message, (waiter) => waiter.resolve())
      return true
    } catch (error) {
      if (isPassing(error)) {
        this.tryLater(thread)
        return false
      }
      await this.fail(message, error)
      return true
    }
  }

  private async deliverThroughEpochs(message: string): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const item = this.context.records.get('outbox', message)
      if (item === null) return
      try {
        if (!stillHolds(this.context.records, item)) throw new SessionFailure('disclosure_closed', 'An image that was to be shared has ended meanwhile.', 'try_again')
        return await this.acknowledged(item, await this.send(item))
      } catch (error) {
        const stale = error instanceof SessionFailure && error.code === 'stale_epoch'
        if (!stale || isOfThisMoment(item) || tries >= MOST_EPOCHS) throw error
        await this.log.catchUp(item.thread)
        await this.context.mutex.run(item.thread, () => this.reseal(item))
      }
    }
  }

  private async acknowledged({ message, thread }: OutboxItem, { seq, at }: { seq: number; at: number }): Promise<void> {
    await this.context.mutex.run(thread, async () => {
      const stored = this.context.records.get('message', message)
      const edits: Edit[] = [{ kind: 'outbox', remove: message }]
      if (stored !== null) edits.push({ kind: 'message', put: { ...stored, seq, at, state: 'sent', error: null } })
      // The server has it; only this device's note of that is missing, and the same bytes will be acknowledged again.
      await this.context.records.write(edits).catch(() => { throw new SessionFailure('storage_full', 'This device could not store.', 'try_again') })
    })
    this.context.changed('messages', thread)
  }

  private async fail(message: string, error: unknown): Promise<void> {
    const stored = this.context.records.get('message', message)
    const history = this.context.records.get('outbox', message)?.body.kind === 'history'
    const edits: Edit[] = stored === null ? [] : [{ kind: 'message', put: { ...stored, state: 'failed', error: toFailure(error) } }]
    // What was to be shared is not kept twice: it is composed anew.
    await this.context.records.write(history ? [...edits, { kind: 'outbox', remove: message }] : edits)
    this.context.changed('messages', stored?.thread ?? null)
    this.settle(message, (waiter) => waiter.reject(error))
  }

  private tryLater(thread: string): void {
    const former = this.timers.get(thread)
    if (former !== undefined) clearTimeout(former.handle)
    const wait = Math.min((former?.wait ?? RETRY.first / 2) * 2, RETRY.most)
    this.timers.set(thread, { wait, handle: setTimeout(() => void this.flushThread(thread), wait * (0.5 + Math.random() / 2)) })
  }

  private resetTimer(thread: string): void {
    const timer = this.timers.get(thread)
    if (timer !== undefined) clearTimeout(timer.handle)
    this.timers.delete(thread)
  }

  private async reseal(item: OutboxItem): Promise<void> {
    await this.seal(item.thread, item.message, () => ({ body: item.body, envelopes: [], disclosures: [] }), item.at)
  }

  private sendable(id: string): Thread & { group: GroupState } {
    const thread = this.context.records.get('thread', id)
    if (thread === null || thread.group === null) throw new SessionFailure('not_found', 'This device is not in that thread.', 'reload')
    if (thread.trouble !== null) throw new SessionFailure(thread.trouble, 'This thread has stopped on this device.', 'enrol_again')
    if (leaversOf(this.context, thread).includes(this.context.account.person)) throw new SessionFailure('leaving', 'This person leaves the thread.', 'none')
    return { ...thread, group: thread.group }
  }

  /** The caller holds the thread's mutex. */
  private async seal(id: string, message: string, compose: Compose, at: number): Promise<void> {
    const thread = this.sendable(id)
    const { account, secrets } = this.context
    const epoch = epochOf(thread.group)
    const { body, envelopes, disclosures } = compose(message, epoch)
    const content: Content = { message, thread: id, epoch, device: account.device, person: account.person, at, log_head: carriedHead(this.context.records), body }
    const authenticatedData = buildAuthenticatedData({ message, hashes: envelopes.map(statementHash) })
    const signed = sign('content', content, account.device, seedOf(secrets.deviceKey))
    const plaintext = toUtf8(JSON.stringify(signed))
    const sealed = await (await this.context.group(thread.suite)).seal(thread.group, plaintext, authenticatedData)
    const stored: StoredMessage = unlessGone(this.context, {
      message, thread: id, seq: null, at, person: account.person, device: account.device, state: 'sending', error: null, body: storedBody(body), ...proof(body, signed),
    })
    const item: OutboxItem = { message, thread: id, epoch, mls: toBase64url(sealed.mls), disclosures: envelopes, body, at }
    await this.context.records.write([
      { kind: 'thread', put: withContent({ ...thread, group: sealed.next }, content) }, { kind: 'outbox', put: item }, { kind: 'message', put: stored },
      ...disclosures.map((disclosure): Edit => ({ kind: 'disclosure', put: disclosure })), ...consentText(this.context, content),
    ])
    sealed.spend()
    this.context.changed('messages', id)
    this.context.changed('threads', id)
  }
}

