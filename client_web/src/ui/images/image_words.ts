import { annotationWords } from '../../protocol/annotations'
import type { FiledView, ImageView, MessageView } from '../../session/session'
import { momentWords } from '../time_words'
import { closedSentence, counted, imageKindShort, lateralityWords } from '../words'

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

/** As it is filed: a text as it is, marks in words (S12.4). */
export function adviceWords(body: MessageView['body']): string {
  if (body.kind === 'text') return body.text
  return body.kind === 'annotation' ? annotationWords(body.marks, body.image?.pixelSpacing ?? null) : ''
}

/** What a message with marks says in the log. The marks themselves, and their words, are seen on the open image alone. */
export function drawnWords({ image, marks }: Extract<MessageView['body'], { kind: 'annotation' }>): string {
  if (image === null || image.state === 'destroyed') return 'Drew on an image that is no longer here.'
  return marks.length === 0 ? `Took back the marks on ${imageWords(image)}.` : `Drew on ${imageWords(image)}: ${counted(marks.length, 'mark', 'marks')}.`
}

export function imageIn(messages: readonly MessageView[], disclosure: string): ImageView | null {
  for (const { body } of messages) {
    const image = body.kind === 'images' ? body.images.find((one) => one.disclosure === disclosure) : undefined
    if (image) return image
  }
  return null
}
