import { amongMessages } from '../../session/among_messages'
import type { MessageView, ReviewView } from '../../session/session'

/** The log with what a privacy officer has said of this person's emergencies: asked of the server, and kept nowhere. */
export function withReviews(thread: string, messages: readonly MessageView[], reviews: readonly ReviewView[]): MessageView[] {
  return amongMessages(messages, reviews.map(({ person, at, outcome }): MessageView => ({
    message: `reviewed ${person.person} ${at}`, thread, seq: null, at, from: person, mine: false, state: 'sent', error: null, body: { kind: 'reviewed', outcome },
  })))
}
