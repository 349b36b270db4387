import type { Said } from '../../platform/dicom/said'
import type { CleanImage } from '../../platform/image_intake'
import type { ImageKind, Laterality, PixelSpacing, Sensitivity } from '../../protocol/types'
import type { PreparedImage, SeenView, Session } from '../../session/session'

/** A picture while it is described: `kind` and `clean` are still open at first. `takenFrom`: who says when it was taken; `burnedIn`: letters may be part of the pixels; `pixelSpacing`: where it can be measured, whatever is hidden or cut off; `seen`: the image that this device took it for (S13.4); `another`: somebody looked, and says that it is not. */
export interface Picture { clean: CleanImage | null; kind: ImageKind | null; bodySite: string; laterality: Laterality | ''; deidentified: boolean; sensitive: Sensitivity[]; takenAt: number | null; takenFrom: 'camera' | 'file' | 'person'; burnedIn: Said['burnedIn']; pixelSpacing: PixelSpacing | null; seen: SeenView | null; another: boolean }
export const noPicture: Picture = { clean: null, kind: null, bodySite: '', laterality: '', deidentified: false, sensitive: [], takenAt: null, takenFrom: 'person', burnedIn: 'no', pixelSpacing: null, seen: null, another: false }

/** In one message: a lesion as it changes, the views of one examination. The protocol would carry 16 (S6.4). */
export const mostPictures = 8

/** As the nearest picture before it that was described: for one of which nothing was said yet. */
export function carriedOn(pictures: readonly Picture[], at: number): Partial<Picture> {
  const picture = pictures[at]
  const before = pictures.slice(0, at).reverse().find(({ kind }) => kind !== null)
  if (picture === undefined || before === undefined || picture.kind !== null || picture.bodySite !== '' || picture.laterality !== '' || picture.sensitive.length > 0) return {}
  const { kind, bodySite, laterality, sensitive } = before
  return { kind, bodySite, laterality, sensitive: [...sensitive] }
}

/** One more of a series is most likely of the same thing as the newest that was described; what it shows is for the sender to say. */
export function likeBefore(pictures: readonly Picture[]): Picture {
  const before = [...pictures].reverse().find(({ kind }) => kind !== null) ?? pictures[0] ?? noPicture
  return { ...before, sensitive: [...before.sensitive], deidentified: false, clean: null, takenAt: null, takenFrom: 'person', burnedIn: 'no', pixelSpacing: null, seen: null, another: false }
}

/** With what a DICOM file proposes, for the sender to check. A side belongs to its part of the body. */
export function asProposed(pictures: readonly Picture[], clean: CleanImage, seen: SeenView | null, { kind, bodySite, laterality, takenAt, burnedIn, pixelSpacing }: Said): Picture {
  const like = likeBefore(pictures)
  return { ...like, clean, seen, kind: kind ?? like.kind, bodySite: bodySite || like.bodySite, laterality: bodySite || laterality ? laterality : like.laterality, takenAt, takenFrom: 'file', burnedIn, pixelSpacing }
}

/** Ready to send once it has pixels and a kind. */
export function preparedOf({ clean, kind, bodySite, laterality, deidentified, sensitive, takenAt, pixelSpacing }: Picture): PreparedImage | null {
  if (clean === null || kind === null) return null
  return { ...clean, kind, deidentified, sensitive: [...sensitive], takenAt, bodySite: bodySite.trim() || null, laterality: laterality || null, pixelSpacing: pixelSpacing && { ...pixelSpacing } }
}

/** Nobody is kept from sending because looking back failed. */
export const recognised = (session: Session, { grey }: CleanImage): Promise<SeenView | null> => session.recognise(grey).catch(() => null)

/** A picture that this very thread has already, under this consent, is no more than told of (S13.4). */
export const isHere = ({ thread, consent }: SeenView, here: string, under: string | undefined): boolean => thread === here && consent === under

/** What goes with a message, signed and sealed like the rest of it, where a picture was taken for one that was seen (S13.5). */
export function anotherWords(pictures: Picture[]): string {
  const numbers = pictures.flatMap(({ another }, n) => (another ? [n + 1] : []))
  if (numbers.length === 0) return ''
  const which = pictures.length === 1 ? 'this picture' : `picture ${numbers.join(', ')}`
  return `(My device took ${which} for one that was shared elsewhere. I compared them: it is another one.)`
}
