import type { HistoryView, MessageView, PersonView } from '../../session/session'
import { dayInSentence } from '../time_words'
import { codeSentence, counted, isolated, joined } from '../words'

/** Sharings of one person with the same people within this time were one press. */
const ONE_PRESS_MS = 60_000

const withImages = (images: number) => (images === 0 ? '' : ` (${counted(images, 'image')})`)
const left = (withheld: number) => (withheld === 0 ? '' : ` ${counted(withheld, 'message')} could not be shared.`)

/** No name stands for who is not known, nor for nobody. */
function named(to: readonly PersonView[]): string {
  const names = [...new Set(to.length === 0 ? [''] : to.map(({ name }) => name))]
  return joined(names.sort((a, b) => Number(a === '') - Number(b === '')).map((name) => (name === '' ? 'somebody' : isolated(name))))
}

/** That earlier messages were shared, with whom and from when on. `who`: the sharer, or "You". */
export function sharedWords({ messages, images, withheld, to, toMe, since }: HistoryView, who: string, state: MessageView['state'], now: number): string {
  const whom = toMe ? (who === 'You' ? 'your other devices' : 'you') : named(to)
  if (state === 'failed') return `Earlier messages were not shared with ${whom}. Share them again.`
  return `${state === 'sending' ? 'Sharing' : `${who} shared`} ${counted(messages, 'earlier message')}${withImages(images)} with ${whom}, the oldest from ${dayInSentence(since, now)}.${left(withheld)}`
}

/** Why something is not shared (S6.8). Of several images the code is that of the first that may not be. */
export function withheldReason(code: string, images = 0): string {
  return images > 1 ? `${reasonOf(code)} The images of one message are shared together or not at all.` : reasonOf(code)
}

function reasonOf(code: string): string {
  if (code === 'not_kept') return 'It came before this device kept what sharing needs.'
  if (code === 'too_large') return 'It is too long to be shared.'
  return codeSentence(code, { name: 'somebody in this thread' })
}

/** In the place of a message that was not shared: the sharer's word. */
export function withheldWords({ images, code }: { images: number; code: string }, from: PersonView): string {
  const by = from.name === '' ? '' : ` of ${isolated(from.name)}`
  const what = images === 0 ? `A message${by} was here` : images === 1 ? `An image${by} was here` : `${images} images${by} were here`
  return `${what}, and ${images > 1 ? 'are' : 'is'} not shared. ${withheldReason(code, images)}`
}

/** Two parts of what one press shared, as one; null where they are two acts. */
export function asOneSharing(a: MessageView, b: MessageView): MessageView | null {
  if (a.body.kind !== 'history' || b.body.kind !== 'history' || a.from.person !== b.from.person || a.state !== b.state || b.at - a.at > ONE_PRESS_MS) return null
  const names = (body: HistoryView) => body.to.map(({ person }) => person).join(' ')
  if (names(a.body) !== names(b.body)) return null
  const { messages, images, withheld, since } = b.body
  return { ...a, body: { ...a.body, messages: a.body.messages + messages, images: a.body.images + images, withheld: a.body.withheld + withheld, since: Math.min(a.body.since, since) } }
}
