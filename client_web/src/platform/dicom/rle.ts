/** RLE compression (PS3.5, annex G): up to 15 byte planes, each PackBits, behind a header of 64 bytes. */
import { viewOf } from '../image_parts'
import { DicomError } from './refusals'
import type { Layout } from './layout'

/** Samples as an uncompressed little-endian frame has them, one plane of samples after the other. Throws DicomError. */
export function decodeRle(bytes: Uint8Array, { columns, rows, samples, allocated }: Layout): Uint8Array {
  const [pixels, width] = [columns * rows, allocated / 8]
  const out = new Uint8Array(pixels * samples * width)
  if (bytes.length < 64 || viewOf(bytes).getUint32(0, true) !== samples * width) throw new DicomError('cannot_be_read')
  for (let segment = 0; segment < samples * width; segment += 1) {
    const from = viewOf(bytes).getUint32(4 + 4 * segment, true)
    // The most significant byte's plane comes first.
    const [sample, byte] = [Math.floor(segment / width), width - 1 - (segment % width)]
    unpack(bytes, from, out, sample * pixels * width + byte, width, pixels)
  }
  return out
}

/** `count` bytes into every `step`th place of `out`. A file cut short leaves zeros, and an error. */
function unpack(bytes: Uint8Array, from: number, out: Uint8Array, first: number, step: number, count: number): void {
  let [at, written] = [from, 0]
  const put = (byte: number) => { if (written < count) out[first + step * written] = byte; written += 1 }
  while (written < count && at < bytes.length) {
    const head = bytes[at] as number
    at += 1
    if (head < 128) for (let n = 0; n <= head && at < bytes.length; n += 1, at += 1) put(bytes[at] as number)
    else if (head > 128) { for (let n = 0; n < 257 - head; n += 1) put(bytes[at] ?? 0); at += 1 }
  }
  if (written < count) throw new DicomError('cannot_be_read')
}
