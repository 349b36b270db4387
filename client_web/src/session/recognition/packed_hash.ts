/** An image's hash as the bytes that are kept: two of sizes, then 38 a keypoint. */
import { WORDS, type ImageHash } from './image_hash'

const HEAD = 4
const EACH = 6 + 4 * WORDS
const WHOLE = 65_535
/** Sizes are stored as powers of this. */
const SIZE_STEP = 1.05
const LEAST_SIZE = 1 / 2048

export function pack({ width, height, x, y, size, angle, bits }: ImageHash): Uint8Array {
  const bytes = new Uint8Array(HEAD + EACH * x.length)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, Math.round(width * WHOLE))
  view.setUint16(2, Math.round(height * WHOLE))
  for (let n = 0, at = HEAD; n < x.length; n += 1, at += EACH) {
    view.setUint16(at, Math.round(x[n]! * WHOLE))
    view.setUint16(at + 2, Math.round(y[n]! * WHOLE))
    view.setUint8(at + 4, Math.round(Math.log(size[n]! / LEAST_SIZE) / Math.log(SIZE_STEP)))
    view.setUint8(at + 5, Math.round((angle[n]! / (2 * Math.PI)) * 256) & 255)
    for (let w = 0; w < WORDS; w += 1) view.setUint32(at + 6 + 4 * w, bits[n * WORDS + w]!)
  }
  return bytes
}

export function unpack(bytes: Uint8Array): ImageHash {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const count = (bytes.length - HEAD) / EACH
  const list = (of: (at: number) => number) => Float32Array.from({ length: count }, (_, n) => of(HEAD + n * EACH))
  const part = (at: number) => view.getUint16(at) / WHOLE
  return {
    width: part(0), height: part(2), x: list(part), y: list((at) => part(at + 2)), size: list((at) => LEAST_SIZE * SIZE_STEP ** view.getUint8(at + 4)),
    angle: list((at) => (view.getUint8(at + 5) / 256) * 2 * Math.PI), bits: Uint32Array.from({ length: count * WORDS }, (_, i) => view.getUint32(HEAD + Math.floor(i / WORDS) * EACH + 6 + 4 * (i % WORDS))),
  }
}
