/**
 * What a file's first bytes say it is, and how large its picture would be, before anything decodes it: a small file can
 * ask for gigabytes of pixels. Only JPEG, PNG and WebP are known here; SVG, HTML and all else are no images to us.
 */
export type ImageFormat = 'image/jpeg' | 'image/png' | 'image/webp'
export interface ImageHeader { mediaType: ImageFormat; width: number; height: number }

const startsWith = (bytes: Uint8Array, at: number, wanted: readonly number[]) => wanted.every((byte, i) => bytes[at + i] === byte)
const ascii = (bytes: Uint8Array, at: number, length: number) => String.fromCharCode(...bytes.subarray(at, at + length))
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Format, width and height in pixels as stored (before orientation); null for anything else or anything cut short. */
export function readImageHeader(bytes: Uint8Array): ImageHeader | null {
  const header = readJpeg(bytes) ?? readPng(bytes) ?? readWebp(bytes)
  return header !== null && header.width > 0 && header.height > 0 ? header : null
}

/** PNG, third edition, section 5.2 and 11.2.1: the signature, then IHDR. */
function readPng(bytes: Uint8Array): ImageHeader | null {
  if (!startsWith(bytes, 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) || bytes.length < 33 || ascii(bytes, 12, 4) !== 'IHDR') return null
  const view = viewOf(bytes)
  return { mediaType: 'image/png', width: view.getUint32(16), height: view.getUint32(20) }
}

/** ITU-T T.81, annex B: walk the segments to the frame header. A thumbnail's frame header lies inside APP1 and is stepped over. */
function readJpeg(bytes: Uint8Array): ImageHeader | null {
  if (!startsWith(bytes, 0, [0xff, 0xd8, 0xff])) return null
  const view = viewOf(bytes)
  let at = 2
  while (at + 9 < bytes.length) {
    if (bytes[at] !== 0xff) return null
    const marker = bytes[at + 1] as number
    if (marker === 0xff) { at += 1; continue }
    if (isFrameHeader(marker)) return { mediaType: 'image/jpeg', height: view.getUint16(at + 5), width: view.getUint16(at + 7) }
    if (marker === 0xd9 || marker === 0xda) return null
    at += 2 + Math.max(2, view.getUint16(at + 2))
  }
  return null
}
/** SOF0 to SOF15 without DHT, JPG and DAC, which share the range. */
const isFrameHeader = (marker: number) => marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc

/** RFC 9649, section 2: a RIFF file whose first chunk is VP8 (lossy), VP8L (lossless) or VP8X (extended). */
function readWebp(bytes: Uint8Array): ImageHeader | null {
  if (bytes.length < 30 || ascii(bytes, 0, 4) !== 'RIFF' || ascii(bytes, 8, 4) !== 'WEBP') return null
  const view = viewOf(bytes)
  const size = webpSize(view, ascii(bytes, 12, 4))
  return size && { mediaType: 'image/webp', ...size }
}
function webpSize(view: DataView, chunk: string): { width: number; height: number } | null {
  const uint24 = (at: number) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16)
  if (chunk === 'VP8X') return { width: uint24(24) + 1, height: uint24(27) + 1 }
  if (chunk === 'VP8 ') return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff }
  if (chunk !== 'VP8L') return null
  const packed = view.getUint32(21, true)
  return { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 }
}
