import type { Said } from '../../platform/dicom/said'
import type { CleanImage } from '../../platform/image_intake'
import type { ImageKind, Laterality, PixelSpacing, Sensitivity } from '../../protocol/types'
import type { PreparedImage, SeenView, Session } from '../../session/session'
import { sensitivityShort } from '../words'
import { imageWords } from './image_words'

/** A picture while it is described: `kind` and `clean` are still open at first. `takenFrom`: who says when it was taken; `burnedIn`: letters may be part of the pixels; `pixelSpacing`: where it can be measured, whatever is hidden or cut off; `seen`: the image that this device took it for (S13.4); `another`: somebody looked, and says that it is not. */
export interface Picture { clean: CleanImage | null; kind: ImageKind | null; bodySite: string; laterality: Laterality | ''; deidentified: boolean; sensitive: Sensitivity[]; takenAt: number | null; takenFrom: 'camera' | 'file' | 'person'; burnedIn: Said['burnedIn']; pixelSpacing: PixelSpacing | null; seen: SeenView | null; another: boolean }
export const noPicture: Picture = { clean: null, kind: null, bodySite: '', laterality: '', deidentified: false, sensitive: [], takenAt: null, takenFrom: 'person', burnedIn: 'no', pixelSpacing: null, seen: null, another: false }

/** In one message: a lesion as it changes, the views of one examination. The protocol would carry 16 (S6.4). */
export const mostPictures = 8

/** What describes a picture. Nothing of it holds for another until somebody says so: a wrong kind passes a consent, and a wrong side an operation. */
type Description = Pick<Picture, 'kind' | 'bodySite' | 'laterality' | 'sensitive'>
export const isDescribed = ({ kind }: Picture) => kind !== null
const isUntouched = ({ kind, bodySite, laterality, sensitive }: Picture) => kind === null && bodySite === '' && laterality === '' && sensitive.length === 0

/** The picture whose description is offered for one of which nothing was said yet: the nearest before it, else the nearest after; or null. */
export function offeredFor(pictures: readonly Picture[], at: number): number | null {
  const picture = pictures[at]
  if (picture === undefined || !isUntouched(picture)) return null
  const order = [...pictures.keys()].sort((a, b) => Number(a > at) - Number(b > at) || Math.abs(a - at) - Math.abs(b - at))
  return order.find((n) => n !== at && isDescribed(pictures[n]!)) ?? null
}
export const descriptionOf = ({ kind, bodySite, laterality, sensitive }: Picture): Description => ({ kind, bodySite, laterality, sensitive: [...sensitive] })

/** "Radiograph, leg, right": all that would be taken over. */
export function descriptionWords({ kind, bodySite, laterality, sensitive }: Picture): string {
  const what = kind === null ? [] : [imageWords({ kind, bodySite: bodySite.trim(), laterality: laterality || null })]
  return [...what, ...sensitive.map((one) => sensitivityShort[one])].join(', ')
}

/** With what a DICOM file proposes of itself, for the sender to check. */
export function asProposed(clean: CleanImage, seen: SeenView | null, { kind, bodySite, laterality, takenAt, burnedIn, pixelSpacing }: Said): Picture {
  return { ...noPicture, sensitive: [], clean, seen, kind, bodySite, laterality, takenAt, takenFrom: 'file', burnedIn, pixelSpacing }
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
