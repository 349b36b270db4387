import type { MessageView } from '../../session/session'
import { isNo, versionWords } from '../consent/version_words'
import type { IconName } from '../parts/icons'
import { codeSentence, joined, reviewWords } from '../words'

/** Entries that are told, not said: null for what somebody wrote. */
export function eventWords({ body, from, mine }: MessageView): { icon: IconName; words: string } | null {
  const who = mine ? 'You' : from.name
  switch (body.kind) {
    case 'consent-record': return { icon: isNo(body.change) ? 'no' : 'consent', words: versionWords(body.change, who, body.version, body.patient) }
    case 'reviewed': return { icon: 'seal', words: `${from.name || 'A privacy officer'} reviewed your emergency: ${reviewWords[body.outcome]}` }
    case 'title': return { icon: 'bubble', words: `${who} named this thread “${body.title}”.` }
    case 'joined': return { icon: 'people', words: `${who} added ${joined(body.people.map((one) => one.name))}.` }
    case 'left': return { icon: 'people', words: `${joined(body.people.map((one) => one.name))} left, or was taken out by ${mine ? 'you' : from.name}.` }
    case 'tombstone':
      if (body.filed !== null) return { icon: 'record', words: `An image was filed in the record of ${body.filed.organisationName}.${body.state === 'live' ? '' : ' It is no longer here.'}` }
      return body.state === 'live' ? { icon: 'image', words: 'An image is open again.' } : { icon: 'hidden', words: `An image was closed ${body.state === 'suspended' ? 'for now' : 'for good'}. ${codeSentence(body.code)}` }
    case 'restored': return { icon: 'warn', words: 'The server was restored from a backup. Some may lack the last messages before this: say again what matters.' }
    default: return null
  }
}

/** Title and consent are said again for whoever joins later; those who heard them need not read them twice. */
export function withoutRepeats(messages: readonly MessageView[]): MessageView[] {
  let title = ''
  const consents = new Set<string>()
  return messages.filter(({ body }) => {
    if (body.kind === 'title') { const again = body.title === title; title = body.title; return !again }
    if (body.kind !== 'consent-record') return true
    const version = `${body.consent} ${body.version}`
    const again = consents.has(version)
    consents.add(version)
    return !again
  })
}
