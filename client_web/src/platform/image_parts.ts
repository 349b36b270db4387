/**
 * The parts that image files are made of, in order, without looking into any: JPEG segments, PNG chunks, WebP chunks.
 * Each walk moves forward at every step and ends at whatever is no part, so that no file can make it loop or throw.
 */
export interface Part { name: string; start: number; end: number }
/** A walk ends there too: 40 MB of empty parts would keep a phone busy for a minute. Encoders write a few thousand at most. */
const mostParts = 65_536

export const startsWith = (bytes: Uint8Array, at: number, wanted: readonly number[]) => wanted.every((byte, i) => bytes[at + i] === byte)
export const ascii = (bytes: Uint8Array, at: number, length: number) => String.fromCharCode(...bytes.subarray(at, at + length))
export const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** ITU-T T.81, annex B: up to the first scan. Named by the marker's second byte in hexadecimal: `c0` is SOF0, `e1` APP1. */
export function* jpegSegments(bytes: Uint8Array): Generator<Part> {
  if (!startsWith(bytes, 0, [0xff, 0xd8, 0xff])) return
  const view = viewOf(bytes)
  let at = 2
  for (let n = 0; n < mostParts && at + 4 <= bytes.length && bytes[at] === 0xff; n += 1) {
    const marker = bytes[at + 1] as number
    if (marker === 0xff) { at += 1; continue }
    if (marker === 0xd9 || marker === 0xda) return
    const end = at + 2 + Math.max(2, view.getUint16(at + 2))
    yield { name: marker.toString(16), start: at + 4, end: Math.min(end, bytes.length) }
    at = end
  }
}

/** PNG, third edition, sections 5.2 and 5.3. Named by the chunk's type. */
export function* pngChunks(bytes: Uint8Array): Generator<Part> {
  if (!startsWith(bytes, 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return
  const view = viewOf(bytes)
  let at = 8
  for (let n = 0; n < mostParts && at + 12 <= bytes.length; n += 1) {
    const end = at + 8 + view.getUint32(at)
    yield { name: ascii(bytes, at + 4, 4), start: at + 8, end: Math.min(end, bytes.length) }
    at = end + 4
  }
}

/** RFC 9649, section 2.3: the chunks of a RIFF file of type WEBP. Named by their FourCC; padded to even sizes. */
export function* webpChunks(bytes: Uint8Array): Generator<Part> {
  if (ascii(bytes, 0, 4) !== 'RIFF' || ascii(bytes, 8, 4) !== 'WEBP') return
  const view = viewOf(bytes)
  let at = 12
  for (let n = 0; n < mostParts && at + 8 <= bytes.length; n += 1) {
    const end = at + 8 + view.getUint32(at + 4, true)
    yield { name: ascii(bytes, at, 4), start: at + 8, end: Math.min(end, bytes.length) }
    at = end + (end % 2)
  }
}
