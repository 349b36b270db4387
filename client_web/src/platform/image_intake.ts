import type { Grey } from '../session/recognition/grey'
import { readExif } from './exif'
import { greyPixels } from './grey_pixels'
import { decodeHeic } from './heic_decoder'
import { isDicom, isTiff, readImageHeader, type ImageFormat, type ImageHeader, type SourceFormat } from './image_header'
import { forDecoder, pixelsAlone } from './pixel_parts'

export const mostBytes = 40 * 1024 * 1024
export const mostPixels = 50_000_000
/** Of the manifest, S7.4. */
export const mostSide = 16_384
/** A lossless file above this is encoded as JPEG instead: a picture of 5 MB must arrive on a poor line. */
const mostLosslessBytes = 12 * 1024 * 1024
const jpegQuality = 0.92
/** Milliseconds for each of reading, decoding and encoding. 50 megapixels take a slow phone a few seconds. */
export const longest = 20_000
/** HEIC is decoded by our own code, several times as slow as the browser's, and can be stopped. */
const patienceWithHeic = 3

export type IntakeRefusal = 'not_an_image' | 'is_tiff' | 'file_too_large' | 'too_many_pixels' | 'is_moving' | 'takes_too_long' | 'not_loaded' | 'cannot_be_read'
export const intakeRefusalWords: Record<IntakeRefusal, string> = {
  not_an_image: 'That file is not a JPEG, PNG, WebP, HEIC or DICOM picture.',
  is_tiff: 'A TIFF or raw file cannot be sent. Export it as JPEG.',
  file_too_large: 'That file is larger than 40 MB.',
  too_many_pixels: 'That picture is larger than 50 megapixels.',
  is_moving: 'That picture moves, and only stills can be sent. Save one frame of it as a picture.',
  takes_too_long: 'That picture takes too long to read on this device. Save it anew as a JPEG, or take a photograph.',
  not_loaded: 'What reads an iPhone’s HEIC pictures could not be loaded. Try again when there is a connection.',
  cannot_be_read: 'That picture is damaged or cannot be read on this device.',
}
export class IntakeError extends Error {
  constructor(readonly code: IntakeRefusal) { super(code) }
}

/** Pixels alone, encoded afresh: every field of the file, its name, place, thumbnail and anything appended are gone. `grey`: of the same pixels. */
export interface CleanImage { bytes: Uint8Array; mediaType: ImageFormat; width: number; height: number; grey: Grey }
/** `takenAt`: what the camera wrote, for the sender to look at; null where it wrote nothing. */
export interface TakenIn extends CleanImage { takenAt: number | null }

/** Throws IntakeError. What it is and how large is settled from the file's own parts before the browser's decoder sees it. */
export async function takeInImage(file: Blob, limit = longest): Promise<TakenIn> {
  if (file.size > mostBytes) throw new IntakeError('file_too_large')
  const bytes = new Uint8Array(await inTime(limit, () => file.arrayBuffer().catch(cannotBeRead)))
  const header = readImageHeader(bytes)
  if (header === null) throw new IntakeError(isTiff(bytes) ? 'is_tiff' : 'not_an_image')
  if (tooLarge(header)) throw new IntakeError('too_many_pixels')
  if (header.moving) throw new IntakeError('is_moving')
  const { orientation, takenAt } = readExif(bytes, Date.now())
  const canvas = upright(await inTime(header.mediaType === 'image/heic' ? patienceWithHeic * limit : limit, (stopped) => decode(bytes, header, stopped), (bitmap) => bitmap.close()), orientation)
  return { ...(await inTime(limit, () => encodeAfresh(canvas, header.mediaType))), takenAt }
}

/** By its content, whatever it is called: such a file is opened by dicom/reader and looked at first. */
export const isDicomFile = (file: Blob): Promise<boolean> => file.slice(0, 132).arrayBuffer().then((head) => isDicom(new Uint8Array(head)), () => false)

/** A file can ask for hours of work. A browser's decoder cannot be stopped, but nobody waits for it, and what it makes is dropped. */
export function inTime<T>(limit: number, begin: (stopped: AbortSignal) => Promise<T>, drop: (late: T) => void = () => undefined): Promise<T> {
  const stop = new AbortController()
  const work = begin(stop.signal)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => { reject(new IntakeError('takes_too_long')); stop.abort(); work.then(drop, () => undefined) }, limit)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

const tooLarge = ({ width, height }: { width: number; height: number }) => width * height > mostPixels || Math.max(width, height) > mostSide

/** The frame that a live view shows now. Throws IntakeError. */
export async function takeInFrame(view: HTMLVideoElement): Promise<TakenIn> {
  if (view.videoWidth === 0) throw new IntakeError('cannot_be_read')
  const canvas = canvasFor(view.videoWidth, view.videoHeight, (context) => context.drawImage(view, 0, 0))
  return { ...(await inTime(longest, () => encodeAfresh(canvas, 'image/jpeg'))), takenAt: Date.now() }
}

const cannotBeRead = () => { throw new IntakeError('cannot_be_read') }

async function decode(bytes: Uint8Array, header: ImageHeader, stopped: AbortSignal): Promise<ImageBitmap> {
  const bitmap = await decoded(bytes, header, stopped)
  // The header is the file's own claim; what came out of the decoder is measured as well.
  if (tooLarge(bitmap)) { bitmap.close(); throw new IntakeError('too_many_pixels') }
  return bitmap
}

async function decoded(bytes: Uint8Array, { mediaType, wide }: ImageHeader, stopped: AbortSignal): Promise<ImageBitmap> {
  if (mediaType !== 'image/heic') return createImageBitmap(new Blob(forDecoder(bytes, mediaType) as Uint8Array<ArrayBuffer>[], { type: mediaType })).catch(cannotBeRead)
  const answer = await decodeHeic({ bytes: bytes as Uint8Array<ArrayBuffer>, mostPixels, colorSpace: wide ? 'display-p3' : 'srgb' }, stopped)
  if (typeof answer === 'string') throw new IntakeError(answer === 'not_loaded' ? 'not_loaded' : 'cannot_be_read')
  return answer
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

/** The bitmap is closed. */
function upright(bitmap: ImageBitmap, orientation: number): HTMLCanvasElement {
  const { width, height } = bitmap
  const turn = turns[orientation]
  try {
    return canvasFor(...(orientation >= 5 ? [height, width] as const : [width, height] as const), (context) => {
      if (turn) context.setTransform(...turn(width, height))
      context.drawImage(bitmap, 0, 0)
    })
  } finally { bitmap.close() }
}

/** On black, as JPEG has no transparency: a canvas without alpha begins black (HTML, 4.12.5.1.1), and nothing has to be filled. */
export function canvasFor(width: number, height: number, paint: (context: CanvasRenderingContext2D) => void): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  Object.assign(canvas, { width, height })
  const context = canvas.getContext('2d', { alpha: false })
  if (context === null) throw new IntakeError('cannot_be_read')
  paint(context)
  return canvas
}

/** The bitmap is closed. Throws IntakeError. */
export function onCanvas(bitmap: ImageBitmap): HTMLCanvasElement {
  try { return canvasFor(bitmap.width, bitmap.height, (context) => context.drawImage(bitmap, 0, 0)) } finally { bitmap.close() }
}

/** The canvas is cleared. */
export async function encodeAfresh(canvas: HTMLCanvasElement, source: SourceFormat): Promise<CleanImage> {
  const { width, height } = canvas
  try {
    const grey = greyPixels(canvas)
    const lossless = source === 'image/png' ? await encode(canvas, 'image/png') : null
    if (lossless !== null && lossless.length <= mostLosslessBytes) return { bytes: lossless, mediaType: 'image/png', width, height, grey }
    return { bytes: await encode(canvas, 'image/jpeg'), mediaType: 'image/jpeg', width, height, grey }
  } finally { canvas.width = canvas.height = 0 }
}

export function encode(canvas: HTMLCanvasElement, type: 'image/png' | 'image/jpeg', quality = jpegQuality): Promise<Uint8Array> {
  return new Promise((resolve, reject) => canvas.toBlob(async (blob) => {
    if (blob === null || blob.type !== type) reject(new IntakeError('cannot_be_read'))
    else resolve(pixelsAlone(new Uint8Array(await blob.arrayBuffer()), type))
  }, type, quality))
}
