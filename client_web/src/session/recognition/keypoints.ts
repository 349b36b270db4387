/**
 * Places of a picture that are found again in another rendering of it: extremes of the difference of Gaussians over position and scale
 * (D. Lowe, "Distinctive image features from scale-invariant keypoints", 2004), with the direction in which it is brighter round them.
 */
import { blurred, resized, type Grey } from './grey'

/** One scale of a picture. `by`: its pixels to one of the whole picture's long side, which is 1; `smooth`: what directions and descriptors are read from. */
export interface Level { by: number; smooth: Grey; difference: Grey }
/** `x`, `y` in pixels of its level; `angle` in radians. */
export interface Keypoint { level: Level; x: number; y: number; angle: number; strength: number }

const STEP = 1.25
const LEAST_SIDE = 40
/** A keypoint's surroundings lie within this many pixels of its level. */
export const REACH = 14
/** Grey levels of 255: what is weaker is noise, or nothing. */
const LEAST_STRENGTH = 0.6
/** Of the two curvatures at a keypoint; a point on an edge could lie anywhere along it. */
const MOST_EDGE = 10
/** Pixels of a level between two keypoints. */
const APART = 6

export function levelsOf(grey: Grey): Level[] {
  const levels: Level[] = []
  for (let scale = 1; ; scale *= STEP) {
    const [width, height] = [Math.round(grey.width / scale), Math.round(grey.height / scale)]
    if (Math.min(width, height) < LEAST_SIDE) return levels
    const once = blurred(scale === 1 ? grey : resized(grey, width, height))
    const smooth = blurred(blurred(once))
    const difference = { ...once, values: once.values.map((value, i) => value - smooth.values[i]!) }
    levels.push({ by: Math.max(width, height), smooth, difference })
  }
}

/** The strongest `most`, more of them from the finer levels. */
export function keypointsOf(levels: Level[], most: number): Keypoint[] {
  const found: Keypoint[] = []
  const share = (1 - 1 / STEP) / (1 - STEP ** -levels.length)
  let owed = 0
  levels.forEach((level, n) => {
    owed += most * share * STEP ** -n
    const kept = apart(extremes(levels, n), Math.round(owed))
    owed -= kept.length
    found.push(...kept.map((one) => ({ ...one, level, angle: directionAt(level.smooth, one.x, one.y) })))
  })
  return found
}

type Extreme = Pick<Keypoint, 'x' | 'y' | 'strength'>

function extremes(levels: Level[], n: number): Extreme[] {
  const { difference: { width, height, values } } = levels[n]!
  const found: Extreme[] = []
  for (let y = REACH; y < height - REACH; y += 1) {
    for (let x = REACH; x < width - REACH; x += 1) {
      const value = values[y * width + x]!
      const strength = Math.abs(value)
      if (strength < LEAST_STRENGTH || !isMost(values, width, x, y, value) || isEdge(values, width, x, y)) continue
      const beside = [levels[n - 1], levels[n + 1]].some((level) => level !== undefined && isStronger(level.difference, x / width, y / height, value))
      if (!beside) found.push({ x, y, strength })
    }
  }
  return found
}

function isMost(values: Float32Array, width: number, x: number, y: number, value: number): boolean {
  const sign = Math.sign(value)
  for (let row = (y - 1) * width; row <= (y + 1) * width; row += width) {
    for (let at = row + x - 1; at <= row + x + 1; at += 1) if (sign * values[at]! > sign * value) return false
  }
  return true
}

function isStronger({ width, height, values }: Grey, u: number, v: number, value: number): boolean {
  const [x, y] = [Math.round(u * width), Math.round(v * height)]
  return x < 1 || y < 1 || x >= width - 1 || y >= height - 1 ? false : !isMost(values, width, x, y, value)
}

function isEdge(values: Float32Array, width: number, x: number, y: number): boolean {
  const at = (right: number, down: number) => values[(y + down) * width + x + right]!
  const [xx, yy] = [at(1, 0) + at(-1, 0) - 2 * at(0, 0), at(0, 1) + at(0, -1) - 2 * at(0, 0)]
  const xy = (at(1, 1) + at(-1, -1) - at(1, -1) - at(-1, 1)) / 4
  const det = xx * yy - xy * xy
  return det <= 0 || (xx + yy) ** 2 * MOST_EDGE > (MOST_EDGE + 1) ** 2 * det
}

function apart(found: Extreme[], most: number): Extreme[] {
  const kept: Extreme[] = []
  for (const one of found.sort((a, b) => b.strength - a.strength)) {
    if (kept.length >= most) break
    if (!kept.some(({ x, y }) => (x - one.x) ** 2 + (y - one.y) ** 2 < APART ** 2)) kept.push(one)
  }
  return kept
}

const BINS = 36
/** The direction that most of the slopes round a point have, near ones counting more. */
function directionAt({ width, values }: Grey, x: number, y: number): number {
  const bins = new Float64Array(BINS)
  for (let down = -8; down <= 8; down += 1) {
    for (let right = -8; right <= 8; right += 1) {
      const at = (y + down) * width + x + right
      const [gx, gy] = [values[at + 1]! - values[at - 1]!, values[at + width]! - values[at - width]!]
      const bin = Math.floor(((Math.atan2(gy, gx) / (2 * Math.PI) + 1) % 1) * BINS)
      bins[bin]! += Math.hypot(gx, gy) * Math.exp(-(right * right + down * down) / 32)
    }
  }
  return peak(smoothed(smoothed(bins)))
}

const smoothed = (bins: Float64Array) => bins.map((one, i) => (bins[(i + BINS - 1) % BINS]! + 2 * one + bins[(i + 1) % BINS]!) / 4)

/** Between the bins, by the parabola through the highest and its neighbours. */
function peak(bins: Float64Array): number {
  const most = bins.indexOf(Math.max(...bins))
  const [before, after] = [bins[(most + BINS - 1) % BINS]!, bins[(most + 1) % BINS]!]
  const bend = before + after - 2 * bins[most]!
  return ((most + 0.5 + (bend === 0 ? 0 : (before - after) / (2 * bend))) / BINS) * 2 * Math.PI
}
