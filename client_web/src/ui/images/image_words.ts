import type { FiledView, ImageView, MessageView } from '../../session/session'
import { momentWords } from '../time_words'
import { closedSentence, imageKindShort, lateralityWords } from '../words'

/** "Radiograph, forearm, left": what an image is, from its sender's words. */
export function imageWords({ kind, bodySite, laterality }: Pick<ImageView, 'kind' | 'bodySite' | 'laterality'>): string {
  const side = laterality !== null && laterality in lateralityWords ? lateralityWords[laterality as keyof typeof lateralityWords] : null
  return [imageKindShort[kind], bodySite, side].filter((part) => part).join(', ')
}

export const filedWords = ({ organisationName, at }: FiledView) => `Filed in the record of ${organisationName} on ${momentWords(at)}.`

/** Why it is not open here, and because of whom; where it is filed says more than that it is gone. */
export function closedWords({ filed, closedCode, state }: Pick<ImageView, 'filed' | 'closedCode' | 'state'>, who = ''): string {
  return filed !== null && closedCode === 'filed' ? 'No longer here.' : closedSentence(closedCode, state === 'suspended', who || 'somebody in this thread')
}

export function imageIn(messages: readonly MessageView[], disclosure: string): ImageView | null {
  for (const { body } of messages) {
    const image = body.kind === 'images' ? body.images.find((one) => one.disclosure === disclosure) : undefined
    if (image) return image
  }
  return null
}
