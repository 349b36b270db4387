import type { MessageView } from '../../session/session'
import type { IconName } from '../parts/icons'
import { codeSentence, joined } from '../words'

/** Entries that are told, not said: null for what somebody wrote. */
export function eventWords({ body, from, mine }: MessageView): { icon: IconName; words: string } | null {
  const who = mine ? 'You' : from.name
  switch (body.kind) {
    case 'consent-record': return { icon: 'consent', words: body.version === 1 ? `${who} recorded a consent.` : `${who} changed a consent (version ${body.version}).` }
    case 'title': return { icon: 'bubble', words: `${who} named this thread “${body.title}”.` }
    case 'joined': return { icon: 'people', words: `${who} added ${joined(body.people.map((one) => one.name))}.` }
    case 'left': return { icon: 'people', words: `${joined(body.people.map((one) => one.name))} left, or was taken out by ${mine ? 'you' : from.name}.` }
    case 'tombstone': return body.state === 'live' ? { icon: 'image', words: 'An image is open again.' } : { icon: 'hidden', words: `An image was closed ${body.state === 'suspended' ? 'for now' : 'for good'}. ${codeSentence(body.code)}` }
    default: return null
  }
}
