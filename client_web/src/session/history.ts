/** Sharing earlier messages with who joined later, or is about to (SPEC S6.8). What comes of it on their devices: `history_receipt.ts`. */
import type { HistoryItem } from '../protocol/types'
import { newIdentifier, type DeviceContext } from './device_context'
import { SessionFailure } from './failure'
import { firstPart, idOf, type HistoryItems } from './history_items'
import type { Outbox } from './outbox'
import type { HistoryOffer } from './session'
import type { ThreadLog } from './thread_log'
import { imageView } from './views'

const MOST_RACES = 8

export class History {
  constructor(private readonly context: DeviceContext, private readonly items: HistoryItems, private readonly outbox: Outbox, private readonly log: ThreadLog) {}

  /** As it is told, oldest first; nothing where this device is not in the thread. */
  itemsFor(thread: string, people: string[], since: number | null = null): HistoryItem[] {
    const known = this.context.records.get('thread', thread)
    return known === null || known.group === null ? [] : this.items.of({ thread: known, people, since })
  }

  /** What would be shared now, and what not; nothing is sent. */
  offer(thread: string, people: string[], since: number | null): HistoryOffer {
    const items = this.itemsFor(thread, people, since)
    const of = (message: string, person: string) => this.context.records.all('disclosure').filter(({ statement }) => statement.message === message && statement.person === person && statement.preview_of === null).map((one) => imageView(this.context, one))
    const shared = items.flatMap((item) => (item.kind === 'message' ? [item] : []))
    const kept = items.flatMap((item) => (item.kind === 'withheld' ? [item] : []))
    return {
      messages: shared.length, since: items[0]?.at ?? null, latest: items.at(-1)?.at ?? null, images: shared.flatMap(({ content, statements }) => (statements.length === 0 ? [] : of(content.message, content.person))),
      withheld: kept.map(({ message, person, at, code, images }) => ({ message, from: this.context.people.view(person), at, code, images: images === 0 ? [] : of(message, person) })),
    }
  }

  /** In as many messages as it takes, each composed for the people who are there when it goes. Resolves when the server has them all. */
  async share(thread: string, people: string[], since: number | null): Promise<void> {
    const sent = new Set<string>()
    const left = () => this.itemsFor(thread, people, since).filter((item) => !sent.has(idOf(item)))
    for (let races = 0; left().length > 0;) {
      const message = newIdentifier('message', this.context)
      try {
        for (const one of await this.sharePart(thread, message, people, left)) sent.add(one)
      } catch (error) {
        if (!(error instanceof SessionFailure) || error.code === 'locked') throw error
        await this.outbox.discard(message)
        this.context.changed('messages', thread)
        races += 1
        if ((error.code !== 'stale_epoch' && error.code !== 'disclosure_closed') || races > MOST_RACES) throw error
        await this.log.catchUp(thread)
      }
    }
  }

  private async sharePart(thread: string, message: string, people: string[], left: () => HistoryItem[]): Promise<string[]> {
    let part: HistoryItem[] = []
    await this.outbox.post(thread, () => {
      part = firstPart(left())
      if (part.length === 0) throw new SessionFailure('not_found', 'There is nothing to share any more.', 'reload')
      return { body: { kind: 'history', to: people.map((person) => ({ kind: 'person', person })), items: part }, envelopes: [], disclosures: [] }
    }, message)
    return part.map(idOf)
  }
}
