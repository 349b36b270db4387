/**
 * What a HEIC file (ISO/IEC 23008-12), as iPhones write them, says of itself in its boxes (ISO/IEC 14496-12): how large its pictures are,
 * before anything decodes them, and where its EXIF lies. Everything read is bounded; what does not fit together is not there.
 */
import { ascii, viewOf } from './image_parts'

interface Box { type: string; start: number; end: number }
/** `width`, `height`: of the largest picture inside, whole or tile (`ispe`). `wide`: its colours are those of Display P3. */
export interface Heic { width: number; height: number; moving: boolean; wide: boolean }

const brands = ['heic', 'heix', 'heim', 'heis']
const sequences = ['hevc', 'hevx', 'hevm', 'hevs', 'msf1']
const mostBoxes = 10_000

function* boxes(bytes: Uint8Array, from: number, to: number): Generator<Box> {
  const view = viewOf(bytes)
  let at = from
  for (let n = 0; n < mostBoxes && at + 8 <= to; n += 1) {
    const size = view.getUint32(at)
    // 1: a 64-bit size follows; 0: up to the end.
    const [head, length] = size === 1 && at + 16 <= to ? [16, Number(view.getBigUint64(at + 8))] : [8, size === 0 ? to - at : size]
    if (length < head || at + length > to) return
    yield { type: ascii(bytes, at + 4, 4), start: at + head, end: at + length }
    at += length
  }
}
const inside = (bytes: Uint8Array, box: Box | null, type: string, skip = 0): Box | null =>
  (box === null ? null : [...boxes(bytes, box.start + skip, box.end)].find((one) => one.type === type) ?? null)
const whole = (bytes: Uint8Array): Box => ({ type: '', start: 0, end: bytes.length })
/** A full box: its children come after four bytes of version and flags. */
const metaOf = (bytes: Uint8Array) => inside(bytes, whole(bytes), 'meta')

/** Null for anything that is not HEIC; AVIF has the same boxes and other brands. */
export function readHeic(bytes: Uint8Array): Heic | null {
  const [kind] = boxes(bytes, 0, bytes.length)
  if (kind?.type !== 'ftyp') return null
  const named = Array.from({ length: Math.min(32, (kind.end - kind.start) >> 2) }, (_, n) => ascii(bytes, kind.start + 4 * n, 4))
  const moving = sequences.includes(named[0] ?? '')
  if (!moving && !named.some((brand) => brands.includes(brand))) return null
  const properties = inside(bytes, inside(bytes, metaOf(bytes), 'iprp', 4), 'ipco')
  return { ...largest(bytes, properties), moving, wide: hasDisplayP3(bytes, properties) }
}

function largest(bytes: Uint8Array, properties: Box | null): { width: number; height: number } {
  let found = { width: 0, height: 0 }
  for (const { type, start, end } of properties === null ? [] : boxes(bytes, properties.start, properties.end)) {
    if (type !== 'ispe' || end - start < 12) continue
    const [width, height] = [viewOf(bytes).getUint32(start + 4), viewOf(bytes).getUint32(start + 8)]
    if (width * height > found.width * found.height) found = { width, height }
  }
  return found
}

/** By an ICC profile of that name, or by code (`nclx`, ITU-T H.273 primaries 12). */
function hasDisplayP3(bytes: Uint8Array, properties: Box | null): boolean {
  const colour = inside(bytes, properties, 'colr')
  if (colour === null) return false
  if (ascii(bytes, colour.start, 4) === 'nclx') return colour.end - colour.start >= 6 && viewOf(bytes).getUint16(colour.start + 4) === 12
  return ascii(bytes, colour.start, Math.min(4096, colour.end - colour.start)).replaceAll('\0', '').includes('Display P3')
}

/** The TIFF structure of the first item of type Exif (annex A.2.1), or null. */
export function heicExif(bytes: Uint8Array): Uint8Array | null {
  const meta = metaOf(bytes)
  const item = exifItem(bytes, inside(bytes, meta, 'iinf', 4))
  const extent = item === null ? null : extentOf(bytes, inside(bytes, meta, 'iloc', 4), item)
  if (extent === null || extent.end > bytes.length || extent.end - extent.start < 4) return null
  const tiff = extent.start + 4 + viewOf(bytes).getUint32(extent.start)
  return tiff < extent.end ? bytes.subarray(tiff, extent.end) : null
}

/** ISO/IEC 14496-12, section 8.11.6: version 2 of an entry has a 16-bit item number, version 3 a 32-bit one. */
function exifItem(bytes: Uint8Array, list: Box | null): number | null {
  if (list === null || list.end - list.start < 6) return null
  const view = viewOf(bytes)
  const first = list.start + (bytes[list.start] === 0 ? 6 : 8)
  for (const { type, start, end } of boxes(bytes, first, list.end)) {
    if (type !== 'infe' || end - start < 12) continue
    const long = bytes[start] === 3
    if (ascii(bytes, start + (long ? 10 : 8), 4) === 'Exif') return long ? view.getUint32(start + 4) : view.getUint16(start + 4)
  }
  return null
}

/** Section 8.11.3: where an item's first extent lies, for items that lie in the file itself. */
function extentOf(bytes: Uint8Array, list: Box | null, wanted: number): { start: number; end: number } | null {
  if (list === null) return null
  let at = list.start + 4
  const next = (size: number) => {
    if (at + size > list.end) throw new RangeError('cut short')
    let value = 0
    for (let n = 0; n < size; n += 1) value = value * 256 + (bytes[at + n] as number)
    at += size
    return value
  }
  const version = bytes[list.start] as number
  try {
    const sizes = next(2)
    const [offset, length, base, index] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15, version === 0 ? 0 : sizes & 15] as const
    const items = next(version < 2 ? 2 : 4)
    for (let n = 0; n < Math.min(items, mostBoxes); n += 1) {
      const item = next(version < 2 ? 2 : 4)
      const method = version === 0 ? 0 : next(2) & 15
      at += 2
      const from = next(base)
      const extents = next(2)
      for (let one = 0; one < extents; one += 1) {
        at += index
        const start = from + next(offset)
        const end = start + next(length)
        if (item === wanted && one === 0) return method === 0 ? { start, end } : null
      }
    }
  } catch (thrown) { if (!(thrown instanceof RangeError)) throw thrown }
  return null
}
