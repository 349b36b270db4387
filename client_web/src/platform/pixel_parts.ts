/**
 * Image files reduced to the parts that their pixels need. Before decoding, so that no decoder meets text, EXIF or anything compressed
 * besides pixels, and none turns the picture by itself: not every browser does for every format. After encoding, since browsers add
 * parts of their own, such as a colour profile.
 */
import { jpegSegments, pngChunks, webpChunks, type Part } from './image_parts'
import type { ImageFormat } from './image_header'

/** JFIF, quantisation and Huffman tables, restart interval, arithmetic conditioning, number of lines, frame headers. */
const jpegPixels = /^(e0|c[0-9a-f]|d[b-f])$/
/** And APP2, which holds the colour profile, and Adobe's APP14, which says how colours are coded. */
const jpegPixelsAndColour = /^(e0|e2|ee|c[0-9a-f]|d[b-f])$/
const pngPixels = /^(IHDR|PLTE|tRNS|sRGB|IDAT|IEND)$/
const pngPixelsAndColour = /^(IHDR|PLTE|tRNS|sRGB|iCCP|cICP|gAMA|cHRM|sBIT|IDAT|IEND)$/
const webpPixelsAndColour = /^(VP8 |VP8L|VP8X|ALPH|ICCP)$/
const unknownChunk = [0x78, 0x78, 0x78, 0x78]

/** Pixels and what their colours mean; of the file's own bytes, which a WebP's are changed in. */
export function forDecoder(bytes: Uint8Array, mediaType: ImageFormat): Uint8Array[] {
  if (mediaType === 'image/jpeg') return keptOfJpeg(bytes, jpegPixelsAndColour)
  if (mediaType === 'image/png') return keptOfPng(bytes, pngPixelsAndColour)
  // A chunk with an unknown name is passed over (RFC 9649, section 2.7.1.6), and the sizes around it stay true.
  for (const { name, start } of webpChunks(bytes)) if (!webpPixelsAndColour.test(name)) bytes.set(unknownChunk, start - 8)
  return [bytes]
}

/** A picture just encoded in sRGB, which is what a file without a profile means. */
export function pixelsAlone(bytes: Uint8Array, mediaType: 'image/jpeg' | 'image/png'): Uint8Array {
  return joined(mediaType === 'image/jpeg' ? keptOfJpeg(bytes, jpegPixels) : keptOfPng(bytes, pngPixels))
}

/** Everything from the first scan on is kept: tables and further scans of a progressive picture come between scans. */
function keptOfJpeg(bytes: Uint8Array, wanted: RegExp): Uint8Array[] {
  const segments = [...jpegSegments(bytes)]
  const kept = segments.filter(({ name }) => wanted.test(name)).map(({ start, end }) => bytes.subarray(start - 4, end))
  return [bytes.subarray(0, 2), ...kept, bytes.subarray(segments.at(-1)?.end ?? 2)]
}

function keptOfPng(bytes: Uint8Array, wanted: RegExp): Uint8Array[] {
  const kept: Part[] = []
  for (const chunk of pngChunks(bytes)) {
    if (wanted.test(chunk.name)) kept.push(chunk)
    if (chunk.name === 'IEND') break
  }
  return [bytes.subarray(0, 8), ...kept.map(({ start, end }) => bytes.subarray(start - 8, end + 4))]
}

function joined(parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) { whole.set(part, at); at += part.length }
  return whole
}
