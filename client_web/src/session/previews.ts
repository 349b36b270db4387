/**
 * A large picture and its preview are two disclosures of one image (SPEC S7.1), each opened and logged on its own; to the screens they are one image.
 * What is shown first depends on how long the picture would take.
 */
import { sameValue } from '../protocol/same_value'
import { sealedSize } from '../protocol/sealing'
import type { DeviceContext } from './device_context'
import type { Disclosure } from './records'
import type { ImageView } from './session'

/** Up to here, as sealed, a picture needs no preview: two buckets of the smallest kind. */
export const SMALL = sealedSize(128 * 1024 - 1)
/** Who waits for no longer than this needs no preview either. */
const PATIENCE_S = 5

export const isPreview = ({ statement }: Pick<Disclosure, 'statement'>): boolean => statement.preview_of !== null

export function previewOf({ records }: Pick<DeviceContext, 'records'>, { disclosure, message }: Disclosure): Disclosure | null {
  const body = records.get('message', message)?.body
  const beside = body?.kind === 'images' ? body.disclosures.flatMap((id) => records.get('disclosure', id) ?? []) : []
  return beside.find(({ statement }) => statement.preview_of === disclosure) ?? null
}

/** S7.7, as the server has seen to it: each preview is beside its picture, of which it says the same, and no picture has two. */
export function arePairs(declared: readonly Disclosure[]): boolean {
  const previews = declared.filter(isPreview)
  const pictures = new Map(declared.filter((one) => !isPreview(one)).map(({ disclosure, statement }) => [disclosure, statement]))
  const isOf = ({ statement: { preview_of, image, consent, version, origin } }: Disclosure) => {
    const picture = pictures.get(preview_of ?? '')
    return picture !== undefined && sameValue({ image, consent, version, origin }, { image: picture.image, consent: picture.consent, version: picture.version, origin: picture.origin })
  }
  return previews.every(isOf) && new Set(previews.map(({ statement }) => statement.preview_of)).size === previews.length
}

/** Seconds that a picture takes at a pace (bytes a second), or null where none is known. */
export function secondsFor(size: number, pace: number | null): number | null {
  return pace === null ? null : size / pace
}

/** Whether the picture itself is opened, without its preview. */
export function goesDirectly({ preview, sealedSize: size }: Pick<ImageView, 'preview' | 'sealedSize'>, pace: number | null): boolean {
  return preview === null || size <= SMALL || (secondsFor(size, pace) ?? Infinity) <= PATIENCE_S
}
