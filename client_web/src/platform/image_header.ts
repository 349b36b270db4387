import { readHeic } from './heic_boxes'
import { ascii, jpegSegments, pngChunks, viewOf, webpChunks, type Part } from './image_parts'

/**
 * What a file's first bytes say it is, and how large its picture would be, before anything decodes it: a small file can
 * ask for gigabytes of pixels. Only JPEG, PNG, WebP and HEIC are known here; SVG, HTML and all else are no images to us.
 */
export type ImageFormat = 'image/jpeg' | 'image/png' | 'image/webp'
/** HEIC can be taken in, and is never sent (S7.4). */
export type SourceFormat = ImageFormat | 'image/heic'
/**
 * `moving`: it has several frames, of which a decoder would show one and drop the rest without a word. `wide`: its colours are
 * those of Display P3, and its decoder leaves that to us (HEIC only).
 */
export interface ImageHeader { mediaType: SourceFormat; width: number; height: number; moving: boolean; wide?: boolean }

/** Format, width and height in pixels as stored (before orientation); null for anything else or anything cut short. */
export function readImageHeader(bytes: Uint8Array): ImageHeader | null {
  const header = readJpeg(bytes) ?? readPng(bytes) ?? readWebp(bytes) ?? readHeicHeader(bytes)
  return header !== null && header.width > 0 && header.height > 0 ? header : null
}

/** For a refusal that helps; a raw file of a camera (DNG) is a TIFF as well. */
export const isTiff = (bytes: Uint8Array) => ['II*\0', 'MM\0*'].includes(ascii(bytes, 0, 4))

/** PS3.10, section 7.1: after 128 bytes of anything. What it holds is read by dicom/. */
export const isDicom = (bytes: Uint8Array) => ascii(bytes, 128, 4) === 'DICM'

function readHeicHeader(bytes: Uint8Array): ImageHeader | null {
  const heic = readHeic(bytes)
  return heic && { mediaType: 'image/heic', ...heic }
}

/** Section 11.2.1: IHDR comes first. */
function readPng(bytes: Uint8Array): ImageHeader | null {
  const [first] = pngChunks(bytes)
  if (first?.name !== 'IHDR' || first.start + 17 > bytes.length) return null
  const view = viewOf(bytes)
  return { mediaType: 'image/png', width: view.getUint32(16), height: view.getUint32(20), moving: hasAnimation(bytes) }
}

/** Section 11.3.6: acTL comes before the first IDAT. */
function hasAnimation(bytes: Uint8Array): boolean {
  for (const { name } of pngChunks(bytes)) if (name === 'acTL' || name === 'IDAT') return name === 'acTL'
  return false
}

/** Annex B.2.2: the frame header. A thumbnail's frame header lies inside APP1 and is stepped over. */
function readJpeg(bytes: Uint8Array): ImageHeader | null {
  const view = viewOf(bytes)
  for (const { name, start } of jpegSegments(bytes)) {
    if (!isFrameHeader(name)) continue
    if (start + 6 > bytes.length) return null
    return { mediaType: 'image/jpeg', height: view.getUint16(start + 1), width: view.getUint16(start + 3), moving: false }
  }
  return null
}
/** SOF0 to SOF15 without DHT, JPG and DAC, which share the range. */
const isFrameHeader = (name: string) => /^c[0-9a-f]$/.test(name) && !['c4', 'c8', 'cc'].includes(name)

/** The first chunk is VP8 (lossy), VP8L (lossless) or VP8X (extended). */
function readWebp(bytes: Uint8Array): ImageHeader | null {
  const [first] = webpChunks(bytes)
  if (first === undefined || bytes.length < 30) return null
  const size = webpSize(viewOf(bytes), first)
  return size && { mediaType: 'image/webp', moving: [...webpChunks(bytes)].some(({ name }) => name === 'ANIM' || name === 'ANMF'), ...size }
}
function webpSize(view: DataView, { name, start }: Part): { width: number; height: number } | null {
  const uint24 = (at: number) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16)
  if (name === 'VP8X') return { width: uint24(start + 4) + 1, height: uint24(start + 7) + 1 }
  if (name === 'VP8 ') return { width: view.getUint16(start + 6, true) & 0x3fff, height: view.getUint16(start + 8, true) & 0x3fff }
  if (name !== 'VP8L') return null
  const packed = view.getUint32(start + 1, true)
  return { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 }
}
