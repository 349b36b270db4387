/**
 * The two things of a file's metadata that are clinical: which way is up, and when the picture was taken (CIPA DC-008-2023,
 * Orientation, DateTimeOriginal and OffsetTimeOriginal). Nothing else of it is read.
 */
import { heicExif } from './heic_boxes'
import { ascii, jpegSegments, pngChunks, viewOf, webpChunks } from './image_parts'

/** `orientation`: 1 to 8, how the stored picture is to be turned; `takenAt`: by the camera's clock, which may be wrong, or null. */
export interface Exif { orientation: number; takenAt: number | null }
interface Directory { view: DataView; little: boolean; at: number }

const tags = { orientation: 0x0112, exif: 0x8769, dateTimeOriginal: 0x9003, offsetTimeOriginal: 0x9011 } as const
/** Of one directory. A camera writes a few dozen. */
const mostEntries = 512

/** HEIC says which way is up in its boxes, and its EXIF does not count for that. A moment without an offset is this device's local time; one later than `now` was not said. */
export function readExif(bytes: Uint8Array, now: number): Exif {
  const heic = heicExif(bytes)
  const tiff = heic ?? tiffIn(bytes)
  const first = tiff && firstDirectory(tiff)
  if (first === null) return { orientation: 1, takenAt: null }
  const turned = heic === null ? short(first, tags.orientation) : 1
  const takenAt = momentIn(first)
  return { orientation: turned >= 1 && turned <= 8 ? turned : 1, takenAt: takenAt !== null && takenAt <= now ? takenAt : null }
}

/** The TIFF structure inside: APP1 of a JPEG, eXIf of a PNG, EXIF of a WebP. */
function tiffIn(bytes: Uint8Array): Uint8Array | null {
  for (const { name, start, end } of jpegSegments(bytes)) if (name === 'e1' && hasPrefix(bytes, start)) return bytes.subarray(start + 6, end)
  for (const { name, start, end } of pngChunks(bytes)) if (name === 'eXIf') return bytes.subarray(start, end)
  for (const { name, start, end } of webpChunks(bytes)) if (name === 'EXIF') return bytes.subarray(hasPrefix(bytes, start) ? start + 6 : start, end)
  return null
}
const hasPrefix = (bytes: Uint8Array, at: number) => ascii(bytes, at, 6) === 'Exif\0\0'

function firstDirectory(tiff: Uint8Array): Directory | null {
  const order = ascii(tiff, 0, 2)
  if (tiff.length < 8 || (order !== 'II' && order !== 'MM')) return null
  const [view, little] = [viewOf(tiff), order === 'II']
  return { view, little, at: view.getUint32(4, little) }
}

/** Where the 12 bytes of one entry (TIFF 6.0, section 2) lie, or null. */
function entry({ view, little, at }: Directory, tag: number): number | null {
  if (at + 2 > view.byteLength) return null
  const entries = Math.min(view.getUint16(at, little), mostEntries, Math.floor((view.byteLength - at - 2) / 12))
  for (let n = 0; n < entries; n += 1) if (view.getUint16(at + 2 + 12 * n, little) === tag) return at + 2 + 12 * n
  return null
}

function short(directory: Directory, tag: number): number {
  const at = entry(directory, tag)
  return at === null ? 0 : directory.view.getUint16(at + 8, directory.little)
}

/** Up to four characters lie in the entry itself, more where it points. */
function text(directory: Directory, tag: number): string {
  const { view, little } = directory
  const at = entry(directory, tag)
  if (at === null) return ''
  const count = Math.min(view.getUint32(at + 4, little), 20)
  const from = count <= 4 ? at + 8 : view.getUint32(at + 8, little)
  return ascii(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), from, count)
}

function momentIn(first: Directory): number | null {
  const pointer = entry(first, tags.exif)
  if (pointer === null) return null
  const camera = { ...first, at: first.view.getUint32(pointer + 8, first.little) }
  return instantOf(text(camera, tags.dateTimeOriginal), text(camera, tags.offsetTimeOriginal))
}

type Parts = [number, number, number, number, number, number]

/** "2025:03:09 14:05:06" and "+05:30", as an instant (S1.1). */
export function instantOf(moment: string, offset: string): number | null {
  const parts = /^(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)\0?$/.exec(moment)?.slice(1).map(Number) as Parts | undefined
  if (parts === undefined || !isDate(parts)) return null
  const [year, month, day, ...time] = parts
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)\0?$/.exec(offset) ?? []
  if (sign === undefined) return new Date(year, month - 1, day, ...time).getTime()
  return Date.UTC(year, month - 1, day, ...time) - (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}
/** JavaScript's dates roll over: 31 February would be a day in March. A camera whose clock was never set writes zeros. */
function isDate([year, month, day, hour, minute, second]: Parts): boolean {
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second))
  return year >= 1970 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCHours() === hour && date.getUTCMinutes() === minute
}
