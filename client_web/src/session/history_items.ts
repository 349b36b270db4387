/** What of a thread's earlier messages may be shared with who joins later, as it is told to them (SPEC S6.8). What may not is listed, with the reason. */
import { toJson } from '../protocol/encoding'
import { partsOf } from '../protocol/history'
import type { DisclosureStatement, HistoryItem, SharedContent } from '../protocol/types'
import { standing } from './annotations'
import type { DeviceContext } from './device_context'
import { peopleOf, type Gate } from './gate'
import { isPreview } from './previews'
import type { Disclosure, OutboxItem, Records, StoredMessage, Thread } from './records'
import { inOrder } from './views'

/** Of a payload's 64 KiB, what is left beside the rest of the content. */
const MOST_BYTES = 60 * 1024
const MOST_ITEMS = 200
type Earlier = StoredMessage & { seq: number }

/** Which of this thread, and from when on. `since`: null for all. */
export interface Asked { thread: Thread; people: string[]; since: number | null }

export class HistoryItems {
  constructor(private readonly context: DeviceContext, private readonly gate: Gate) {}

  /** Oldest first. Of what is drawn on an image, what stands and goes with it. */
  of(asked: Asked): HistoryItem[] {
    const items = this.earlier(asked).flatMap((message) => this.item(message, asked))
    const shared = new Set(items.flatMap((item) => (item.kind === 'message' ? item.statements.map(({ statement }) => statement.disclosure) : [])))
    return items.filter((item) => item.kind === 'withheld' || item.content.body.kind !== 'annotation' || shared.has(item.content.body.disclosure))
  }

  /** What these people have not seen come: before the newest of their joinings that this device saw; all, for who is to join. */
  private earlier({ thread, people, since }: Asked): Earlier[] {
    const messages = this.context.records.messagesOf(thread.thread)
    const present = peopleOf(this.context, thread)
    const joinings = messages.filter(({ body }) => (body.kind === 'joined' || body.kind === 'renewed' || body.kind === 'another') && body.people.some((one) => people.includes(one)))
    const before = people.every((one) => present.includes(one)) ? Math.max(0, ...joinings.map(({ seq }) => seq ?? 0)) : Infinity
    return inOrder(messages.filter((one): one is Earlier => one.state === 'sent' && one.seq !== null && one.seq < before && one.at >= (since ?? 0)))
  }

  private item(message: Earlier, asked: Asked): HistoryItem[] {
    const { body, signed } = message
    if (body.kind === 'text') return [signed === undefined ? withheld(message, 'not_kept') : fitting(message, this.shared(message, signed))]
    if (body.kind === 'annotation') return signed !== undefined && this.stands(message) ? [fitting(message, this.shared(message, signed))] : []
    if (body.kind !== 'images') return []
    const code = this.against(message, asked)
    return [code !== null || message.signedImages === undefined ? withheld(message, code ?? 'not_kept', this.pictures(message).length) : fitting(message, this.shared(message, message.signedImages))]
  }

  private stands({ message, thread, body }: Earlier): boolean {
    return body.kind === 'annotation' && standing(this.context, thread, body.disclosure).some((one) => one.message === message)
  }

  private declared({ body }: Earlier): Disclosure[] {
    return body.kind === 'images' ? body.disclosures.flatMap((id) => this.context.records.get('disclosure', id) ?? []) : []
  }

  pictures(message: Earlier): Disclosure[] {
    return this.declared(message).filter((one) => !isPreview(one))
  }

  /** Why a message's images may not be shared, or null: one that may not withholds all, since they have one signed content. */
  private against(message: Earlier, { thread, people }: Asked): string | null {
    const declared = this.declared(message)
    const ended = declared.find(({ state, manifest }) => state !== 'live' || manifest === null)
    if (ended !== undefined) return ended.closedCode ?? 'disclosure_closed'
    return this.pictures(message).flatMap(({ statement: { consent, image, origin } }) => {
      const scope = this.context.records.get('consent', consent)?.scopes.at(-1) ?? null
      return this.gate.verdict(scope, thread, { ...image, onward: origin !== null }, people).reasons.map(({ code }) => code)
    })[0] ?? null
  }

  private shared(message: Earlier, signed: NonNullable<Earlier['signed']>): HistoryItem {
    const { payload, sig } = partsOf(signed)
    const statements = this.declared(message).map(({ envelope }) => {
      const declared = partsOf(envelope)
      return { statement: declared.payload as DisclosureStatement, sig: declared.sig }
    })
    return { kind: 'message', seq: message.seq, at: message.at, content: payload as SharedContent, sig, statements }
  }
}

function withheld({ seq, at, message, person }: Earlier, code: string, images = 0): HistoryItem {
  return { kind: 'withheld', seq, at, message: nameOf(message), person, images, code }
}

const bytesOf = (item: HistoryItem) => toJson(item).length + 1

function fitting(message: Earlier, item: HistoryItem): HistoryItem {
  if (bytesOf(item) <= MOST_BYTES) return item
  const images = item.kind === 'message' ? item.statements.filter(({ statement }) => statement.preview_of === null).length : 0
  return withheld(message, 'too_large', images)
}

/** As many as one message takes. */
export function firstPart(items: readonly HistoryItem[]): HistoryItem[] {
  let room = MOST_BYTES
  const end = items.findIndex((item, i) => i === MOST_ITEMS || (room -= bytesOf(item)) < 0)
  return items.slice(0, end === -1 ? items.length : end)
}

/** Whose a message is said to be, and by what name. */
export const authorship = (item: HistoryItem): { message: string; person: string } => (item.kind === 'message' ? item.content : item)

/** Where a shared message is kept, if what another author shared has its name already (S6.9). */
export const beside = (message: string, person: string) => `${message}:${person}`
export const nameOf = (place: string) => place.split(':', 1)[0]!

/** By which a message of the thread is found again: two authors may have named theirs alike. */
export function idOf(item: HistoryItem): string {
  const { message, person } = authorship(item)
  return beside(message, person)
}

/** Decided for the people of one epoch: it is never encrypted again as it was. */
export function isOfThisMoment({ body, disclosures }: Pick<OutboxItem, 'body' | 'disclosures'>): boolean {
  return disclosures.length > 0 || body.kind === 'history'
}

/** Whether the images that it shares are live still. */
export function stillHolds(records: Records, { body }: Pick<OutboxItem, 'body'>): boolean {
  const items = body.kind === 'history' ? body.items : []
  return items.every((item) => item.kind === 'withheld' || item.statements.every(({ statement }) => records.get('disclosure', statement.disclosure)?.state === 'live'))
}
