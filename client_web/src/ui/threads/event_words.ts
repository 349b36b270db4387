import type { MessageView } from '../../session/session'
import { isNo, versionWords } from '../consent/version_words'
import type { IconName } from '../parts/icons'
import { codeSentence, joined, reviewWords } from '../words'
import { asOneSharing, sharedWords, withheldWords } from './history_words'

/** Entries that are told, not said: null for what somebody wrote. `images`: how many one change closed; `against`: whom the consent did not cover. */
export function eventWords({ body, from, mine, state }: MessageView, images = 1, against = ''): { icon: IconName; words: string } | null {
  const who = mine ? 'You' : from.name
  switch (body.kind) {
    case 'consent-record':
      if (body.handedOn) return { icon: 'consent', words: `${who} handed on a consent that was recorded before.` }
      return { icon: isNo(body.change) ? 'no' : 'consent', words: versionWords(body.change, who, body.version, body.patient) }
    case 'reviewed': return { icon: 'seal', words: `${from.name || 'A privacy officer'} reviewed your emergency: ${reviewWords[body.outcome]}` }
    // Whoever adds somebody says the title again: another's message does not tell who gave it.
    case 'title': return { icon: 'bubble', words: `This thread is called “${body.title}”.` }
    case 'joined': return { icon: 'people', words: `${who} added ${joined(body.people.map((one) => one.name))}.` }
    case 'renewed': return { icon: 'phone', words: `${who} added the new device of ${joined(body.people.map((one) => one.name))}, in place of one that has ended.` }
    case 'another': return { icon: 'phone', words: isOwn(body.people, from) ? `${mine ? 'You read' : `${from.name} reads`} this thread on another device too.` : `${who} added another device of ${joined(body.people.map((one) => one.name))}.` }
    case 'fewer': return { icon: 'phone', words: `A device of ${isOwn(body.people, from) && mine ? 'yours' : joined(body.people.map((one) => one.name))} that has ended was taken off the list.` }
    case 'left': return { icon: 'people', words: `${who} took ${joined(body.people.map((one) => one.name))} out.` }
    case 'leaving': return { icon: 'people', words: mine ? 'You left this thread.' : `${from.name} left this thread.` }
    case 'tombstone':
      if (body.filed !== null) return { icon: 'record', words: `An image was filed in the record of ${body.filed.organisationName}.${body.state === 'live' ? '' : ' It is no longer here.'}` }
      if (body.state === 'live') return { icon: 'image', words: images === 1 ? 'An image is open again.' : `${images} images are open again.` }
      return { icon: 'hidden', words: `${images === 1 ? 'An image was' : `${images} images were`} closed ${body.state === 'suspended' ? 'for now' : 'for good'}. ${codeSentence(body.code, { name: against || 'somebody in this thread' })}` }
    case 'history': return { icon: state === 'failed' ? 'warn' : 'clock', words: sharedWords(body, who, state, Date.now()) }
    case 'withheld': return { icon: body.images > 0 ? 'hidden' : 'bubble', words: withheldWords(body, from) }
    case 'restored': return { icon: 'warn', words: 'The server was restored from a backup. Some may lack the last messages before this: say again what matters.' }
    default: return null
  }
}

const isOwn = (people: readonly MessageView['from'][], from: MessageView['from']) => people.length === 1 && people[0]!.person === from.person

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

const AT_ONCE = 1000

/** What one change closed, or opened again, is one line: `images` says how many. So is what one press shared. */
export function gathered(messages: readonly MessageView[]): { message: MessageView; images: number }[] {
  return messages.reduce<{ message: MessageView; images: number }[]>((all, message) => {
    const last = all[all.length - 1]
    const sharing = last === undefined ? null : asOneSharing(last.message, message)
    if (sharing !== null) return [...all.slice(0, -1), { message: sharing, images: 1 }]
    if (last === undefined || !sameChange(last.message, message)) return [...all, { message, images: 1 }]
    return [...all.slice(0, -1), { ...last, images: last.images + 1 }]
  }, [])
}

function sameChange(a: MessageView, b: MessageView): boolean {
  if (a.body.kind !== 'tombstone' || b.body.kind !== 'tombstone' || b.at - a.at > AT_ONCE) return false
  return a.body.code === b.body.code && a.body.state === b.body.state && a.body.filed === null && b.body.filed === null
}
