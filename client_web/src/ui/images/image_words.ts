import type { ImageView, MessageView } from '../../session/session'
import { imageKindShort, lateralityWords } from '../words'

/** "Radiograph, forearm, left": what an image is, from its sender's words. */
export function imageWords({ kind, bodySite, laterality }: Pick<ImageView, 'kind' | 'bodySite' | 'laterality'>): string {
  const side = laterality !== null && laterality in lateralityWords ? lateralityWords[laterality as keyof typeof lateralityWords] : null
  return [imageKindShort[kind], bodySite, side].filter((part) => part).join(', ')
}

export function imageIn(messages: readonly MessageView[], disclosure: string): ImageView | null {
  for (const { body } of messages) {
    const image = body.kind === 'images' ? body.images.find((one) => one.disclosure === disclosure) : undefined
    if (image) return image
  }
  return null
}
