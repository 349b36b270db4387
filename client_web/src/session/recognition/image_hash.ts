/**
 * A perceptual hash that holds for parts of a picture: up to a few hundred keypoints, each with 256 bits that say which of two places near it is the brighter
 * (binary descriptors after BRIEF and ORB: Calonder 2010, Rublee 2011). The picture cannot be drawn from it again, but what it shows
 * may be guessed at: it is kept like the picture's own secrets.
 */
import { resized, type Grey } from './grey'
import { keypointsOf, levelsOf, REACH, type Keypoint } from './keypoints'

export const WORDS = 8
/** Of all keypoints in one array each: position and size as parts of the picture's long side, direction in radians, and `WORDS` 32-bit words of bits. `width`, `height`: the long one is 1. */
export interface ImageHash { width: number; height: number; x: Float32Array; y: Float32Array; size: Float32Array; angle: Float32Array; bits: Uint32Array }

export interface Detail { side: number; most: number }
/** Pixels on the long side, and how many keypoints, of a picture that is remembered. */
export const REMEMBERED: Detail = { side: 512, most: 200 }
/** Of one that is compared: it may be mostly frame. */
export const COMPARED: Detail = { side: 800, most: 700 }

export function hashOf(grey: Grey, { side, most }: Detail): ImageHash {
  const long = Math.max(grey.width, grey.height)
  return written(grey, keypointsOf(levelsOf(bounded(grey, long, side)), most), false)
}

/** As it is, and as a mirror shows it. */
export function hashesOf(grey: Grey, { side, most }: Detail): [ImageHash, ImageHash] {
  const found = keypointsOf(levelsOf(bounded(grey, Math.max(grey.width, grey.height), side)), most)
  return [written(grey, found, false), written(grey, found, true)]
}

function bounded(grey: Grey, long: number, side: number): Grey {
  const at = (length: number) => Math.max(2, Math.round(length * side / long))
  return long <= side ? grey : resized(grey, at(grey.width), at(grey.height))
}

function written({ width, height }: Grey, found: Keypoint[], mirrored: boolean): ImageHash {
  const long = Math.max(width, height)
  const bits = new Uint32Array(found.length * WORDS)
  found.forEach((one, n) => describe(one, mirrored, bits.subarray(n * WORDS, (n + 1) * WORDS)))
  const list = (of: (one: Keypoint) => number) => Float32Array.from(found, of)
  const across = ({ x, level }: Keypoint) => (x + 0.5) / level.by
  return {
    width: width / long, height: height / long, bits, x: list(mirrored ? (one) => width / long - across(one) : across), y: list(({ y, level }) => (y + 0.5) / level.by),
    size: list(({ level }) => 1 / level.by), angle: list(({ angle }) => (mirrored ? Math.PI - angle : angle)),
  }
}

/** The pairs of places that are compared, four numbers each, round the keypoint: normally distributed, the same on every device for ever. */
const PAIRS = ((): Float32Array => {
  let state = 20_240_607
  const uniform = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
  const normal = () => Math.max(-REACH + 4, Math.min(REACH - 4, 5 * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())))
  const pairs = new Float32Array(4 * 32 * WORDS)
  for (let i = 0; i < pairs.length; i += 1) pairs[i] = normal()
  return pairs
})()

function describe({ level: { smooth: { width, height, values } }, x, y, angle }: Keypoint, mirrored: boolean, bits: Uint32Array): void {
  const hand = mirrored ? -1 : 1
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const sample = (right: number, below: number) => {
    const down = hand * below
    const u = Math.min(width - 1, Math.max(0, Math.round(x + right * cos - down * sin)))
    const v = Math.min(height - 1, Math.max(0, Math.round(y + right * sin + down * cos)))
    return values[v * width + u]!
  }
  for (let n = 0, p = 0; n < 32 * WORDS; n += 1, p += 4) {
    if (sample(PAIRS[p]!, PAIRS[p + 1]!) < sample(PAIRS[p + 2]!, PAIRS[p + 3]!)) bits[n >> 5]! |= 1 << (n & 31)
  }
}
