import type { Said } from '../../platform/dicom/said'
import type { CleanImage } from '../../platform/image_intake'
import type { ImageKind, Laterality, PixelSpacing, Sensitivity } from '../../protocol/types'
import type { PreparedImage } from '../../session/session'

/** A picture while it is described: `kind` and `clean` are still open at first. `takenFrom`: who says when it was taken; `burnedIn`: letters may be part of the pixels; `pixelSpacing`: where it can be measured, whatever is hidden or cut off. */
export interface Picture { clean: CleanImage | null; kind: ImageKind | null; bodySite: string; laterality: Laterality | ''; deidentified: boolean; sensitive: Sensitivity[]; takenAt: number | null; takenFrom: 'camera' | 'file' | 'person'; burnedIn: Said['burnedIn']; pixelSpacing: PixelSpacing | null }
export const noPicture: Picture = { clean: null, kind: null, bodySite: '', laterality: '', deidentified: false, sensitive: [], takenAt: null, takenFrom: 'person', burnedIn: 'no', pixelSpacing: null }

/** In one message: a lesion as it changes, the views of one examination. The protocol would carry 16 (S6.4). */
export const mostPictures = 8

/** One more of a series is most likely of the same thing; what it shows is for the sender to say. */
export const likeFirst = (first: Picture | undefined): Picture => (first === undefined ? { ...noPicture, sensitive: [] } : { ...first, sensitive: [...first.sensitive], deidentified: false, clean: null, takenAt: null, takenFrom: 'person', burnedIn: 'no', pixelSpacing: null })

/** With what a DICOM file proposes, for the sender to check. A side belongs to its part of the body. */
export function asProposed(first: Picture | undefined, clean: CleanImage, { kind, bodySite, laterality, takenAt, burnedIn, pixelSpacing }: Said): Picture {
  const like = likeFirst(first)
  return { ...like, clean, kind: kind ?? like.kind, bodySite: bodySite || like.bodySite, laterality: bodySite || laterality ? laterality : like.laterality, takenAt, takenFrom: 'file', burnedIn, pixelSpacing }
}

/** Ready to send once it has pixels and a kind. */
export function preparedOf({ clean, kind, bodySite, laterality, deidentified, sensitive, takenAt, pixelSpacing }: Picture): PreparedImage | null {
  if (clean === null || kind === null) return null
  return { ...clean, kind, deidentified, sensitive: [...sensitive], takenAt, bodySite: bodySite.trim() || null, laterality: laterality || null, pixelSpacing: pixelSpacing && { ...pixelSpacing } }
}
