import { readExif } from './exif'
import { readImageHeader, type ImageFormat, type ImageHeader } from './image_header'
import { forDecoder, pixelsAlone } from './pixel_parts'

export const mostBytes = 40 * 1024 * 1024
export const mostPixels = 50_000_000
/** Of the manifest, S7.4. */
const mostSide = 16_384
/** A lossless file above this is encoded as JPEG instead: a picture of 5 MB must arrive on a poor line. */
const mostLosslessBytes = 12 * 1024 * 1024
const jpegQuality = 0.92

export type IntakeRefusal = 'not_an_image' | 'file_too_large' | 'too_many_pixels' | 'cannot_be_read'
export const intakeRefusalWords: Record<IntakeRefusal, string> = {
  not_an_image: 'That file is not a JPEG, PNG or WebP picture.',
  file_too_large: 'That file is larger than 40 MB.',
  too_many_pixels: 'That picture is larger than 50 megapixels.',
  cannot_be_read: 'That picture is damaged or cannot be read on this device.',
}
export class IntakeError extends Error {
  constructor(readonly code: IntakeRefusal) { super(code) }
}

/** Pixels alone, encoded afresh: every field of the file, its name, place, thumbnail and anything appended are gone. */
export interface CleanImage { bytes: Uint8Array; mediaType: ImageFormat; width: number; height: number }
/** `takenAt`: what the camera wrote, for the sender to look at; null where it wrote nothing. */
export interface TakenIn extends CleanImage { takenAt: number | null }

/** Throws IntakeError. Type and size are settled from the first bytes before the browser's decoder sees the file. */
export async function takeInImage(file: Blob): Promise<TakenIn> {
  if (file.size > mostBytes) throw new IntakeError('file_too_large')
  const bytes = new Uint8Array(await file.arrayBuffer())
  const header = readImageHeader(bytes)
  if (header === null) throw new IntakeError('not_an_image')
  if (tooLarge(header)) throw new IntakeError('too_many_pixels')
  const { orientation, takenAt } = readExif(bytes, Date.now())
  const canvas = upright(await decode(bytes, header), orientation)
  return { ...(await encodeAfresh(canvas, header.mediaType)), takenAt }
}

const tooLarge = ({ width, height }: { width: number; height: number }) => width * height > mostPixels || Math.max(width, height) > mostSide

async function decode(bytes: Uint8Array, { mediaType }: ImageHeader): Promise<ImageBitmap> {
  const bitmap = await createImageBitmap(new Blob(forDecoder(bytes, mediaType) as Uint8Array<ArrayBuffer>[], { type: mediaType })).catch(() => { throw new IntakeError('cannot_be_read') })
  // The header is the file's own claim; what came out of the decoder is measured as well.
  if (tooLarge(bitmap)) { bitmap.close(); throw new IntakeError('too_many_pixels') }
  return bitmap
}

/** Upright as its orientation says. The type is ours, never the file's: the bytes have been looked at. */
export function bitmapOf(bytes: Uint8Array, mediaType: ImageFormat): Promise<ImageBitmap> {
  return createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: mediaType }), { imageOrientation: 'from-image' })
}

/** EXIF orientation to a canvas transform (a to f), for a stored picture of w by h. From 5 on the sides are exchanged. */
const turns: Record<number, (w: number, h: number) => [number, number, number, number, number, number]> = {
  2: (w) => [-1, 0, 0, 1, w, 0], 3: (w, h) => [-1, 0, 0, -1, w, h], 4: (_, h) => [1, 0, 0, -1, 0, h],
  5: () => [0, 1, 1, 0, 0, 0], 6: (_, h) => [0, 1, -1, 0, h, 0], 7: (w, h) => [0, -1, -1, 0, h, w], 8: (w) => [0, -1, 1, 0, 0, w],
}

/** On black, as JPEG has no transparency. The bitmap is closed. */
function upright(bitmap: ImageBitmap, orientation: number): HTMLCanvasElement {
  const { width, height } = bitmap
  const canvas = document.createElement('canvas')
  ;[canvas.width, canvas.height] = orientation >= 5 ? [height, width] : [width, height]
  const context = canvas.getContext('2d')
  if (context === null) { bitmap.close(); throw new IntakeError('cannot_be_read') }
  context.fillRect(0, 0, canvas.width, canvas.height)
  const turn = turns[orientation]
  if (turn) context.setTransform(...turn(width, height))
  context.drawImage(bitmap, 0, 0)
  bitmap.close()
  return canvas
}

/** The canvas is cleared. */
async function encodeAfresh(canvas: HTMLCanvasElement, source: ImageFormat): Promise<CleanImage> {
  const { width, height } = canvas
  try {
    const lossless = source === 'image/png' ? await encode(canvas, 'image/png') : null
    if (lossless !== null && lossless.length <= mostLosslessBytes) return { bytes: lossless, mediaType: 'image/png', width, height }
    return { bytes: await encode(canvas, 'image/jpeg'), mediaType: 'image/jpeg', width, height }
  } finally { canvas.width = canvas.height = 0 }
}

function encode(canvas: HTMLCanvasElement, type: 'image/png' | 'image/jpeg'): Promise<Uint8Array> {
  return new Promise((resolve, reject) => canvas.toBlob(async (blob) => {
    if (blob === null || blob.type !== type) reject(new IntakeError('cannot_be_read'))
    else resolve(pixelsAlone(new Uint8Array(await blob.arrayBuffer()), type))
  }, type, jpegQuality))
}
