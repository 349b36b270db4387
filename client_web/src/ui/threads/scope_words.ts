import type { ThreadView } from '../../session/session'
import type { Coverage } from '../consent/coverage'
import type { IconName } from '../parts/icons'
import { isUnsettled } from '../consent/emergency'
import { dateWords } from '../time_words'
import { joined, reasonSentence } from '../words'

export interface ScopeWords { icon: IconName; tone: 'good' | 'warn' | 'plain'; words: string }

/** One line: does the chosen consent cover everybody here, and if not, whom or what does it miss. */
export function scopeWords(thread: ThreadView, { consent, place, uncovered, permit }: Coverage): ScopeWords {
  if (thread.kind === 'social') return { icon: 'bubble', tone: 'plain', words: 'no patient images here' }
  if (consent === null) return { icon: 'consent', tone: 'plain', words: 'no consent recorded yet: text only' }
  // Every device in the thread must be good before an image may enter it (S7.7), whatever the consent.
  if (permit && thread.outdated.some(({ ended }) => ended)) return { icon: 'warn', tone: 'warn', words: 'consent covers all, but a device here has ended: text only' }
  if (permit && isUnsettled(consent)) return { icon: 'warn', tone: 'warn', words: 'an emergency: nobody has agreed yet' }
  if (permit) return { icon: 'check', tone: 'good', words: 'consent covers all' }
  const against = place[0]
  if (against) return { icon: 'warn', tone: 'warn', words: reasonSentence(against, { scope: consent.scope, purpose: thread.purpose, date: dateWords }) }
  const missed = thread.people.filter((person) => uncovered.has(person.person)).map((person) => person.name)
  return { icon: 'warn', tone: 'warn', words: `consent does not cover ${missed.length}: ${joined(missed)}` }
}
