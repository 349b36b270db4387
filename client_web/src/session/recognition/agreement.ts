/**
 * Whether two hashes are of one picture, or one of a part of the other: keypoints look alike, and all agree on one placing of the one picture
 * over the other. Looks alone are not enough: two wrists have the same bones, but not within a pixel or two of the same places.
 */
import { WORDS, type ImageHash } from './image_hash'
import { fitted, placingBy, scaleAndTurn, stretch, type Match, type Placing } from './placing'

/** Of the sum that `agreement` gives, to be taken for the same picture. Measured: see the README. */
export const ENOUGH = 18

/** Of 256 bits; half of them are what chance gives. */
const MOST_APART = 70
/** The next best keypoint must be so much worse: a pattern that repeats proves nothing. */
const NEXT_BEST = 0.85
/** Of the first 96 bits: with more, nearly always, too many of all 256 are different, and the rest need no look. */
const [FIRST_WORDS, FIRST_APART] = [3, 42]
/** Nearer than this, as a part of the long side, the next best is the same place at another scale, and no rival. */
const SAME_PLACE = 0.02
/** How far off a keypoint may lie, as a part of the long side: by one match's placing, and once it is fitted, which counts in the pixels of the keypoint's own scale. */
const roughly = () => 0.04
const closely = ({ toSize }: Match) => Math.min(1.5 * toSize, 0.025)
/** Of size, a factor; of direction, radians; of one direction's lengths to another's: a screen is not photographed from further aside. */
const [LIKE_SIZE, LIKE_TURN, MOST_STRETCH] = [1.3, 0.2, 1.3]
/** Keypoints nearer together are one place, and count once. */
const ONE_PLACE = 0.04
const ROUNDS = 3

/** A sum over the places that agree, each of which counts the more, the more of its bits do: at most 3. */
export function agreement(remembered: ImageHash, compared: ImageHash): number {
  const matches = matchesOf(remembered, compared)
  return places(agreeing(matches)).reduce((sum, { apart }) => sum + ((MOST_APART - apart) / 40) ** 2, 0)
}

/** For each remembered keypoint the one that looks most like it. */
function matchesOf(remembered: ImageHash, compared: ImageHash): Match[] {
  const matches: Match[] = []
  for (let n = 0; n < remembered.x.length; n += 1) {
    const { which, apart, next } = nearest(remembered, n, compared)
    if (which < 0 || apart > MOST_APART || apart >= NEXT_BEST * next) continue
    matches.push({
      apart, x: compared.x[which]!, y: compared.y[which]!, size: compared.size[which]!, angle: compared.angle[which]!,
      toX: remembered.x[n]!, toY: remembered.y[n]!, toSize: remembered.size[n]!, toAngle: remembered.angle[n]!,
    })
  }
  return matches
}

function nearest({ bits }: ImageHash, n: number, compared: ImageHash): { which: number; apart: number; next: number } {
  const own = bits.subarray(n * WORDS, (n + 1) * WORDS)
  // What is further off than this is neither a match nor a rival to one.
  const far = MOST_APART / NEXT_BEST
  let [which, apart, next] = [-1, far, far]
  const isRival = (m: number) => which < 0 || Math.hypot(compared.x[m]! - compared.x[which]!, compared.y[m]! - compared.y[which]!) > SAME_PLACE
  for (let m = 0, at = 0; m < compared.x.length; m += 1, at += WORDS) {
    let here = 0
    for (let w = 0; w < FIRST_WORDS; w += 1) here += bitsSet(own[w]! ^ compared.bits[at + w]!)
    if (here > FIRST_APART) continue
    for (let w = FIRST_WORDS; w < WORDS; w += 1) here += bitsSet(own[w]! ^ compared.bits[at + w]!)
    if (here >= next) continue
    if (here < apart) {
      if (isRival(m)) next = apart
      ;[which, apart] = [m, here]
    } else if (isRival(m)) next = here
  }
  return { which, apart, next }
}

function bitsSet(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555)
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333)
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** Each match says by itself how one picture lies over the other. The matches of the placing on which most agree, which is then fitted to all of those. */
function agreeing(matches: Match[]): Match[] {
  let best: Match[] = []
  for (const one of matches) {
    const those = matches.filter(isWith(placingBy(one), roughly))
    if (those.length > best.length) best = those
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    const placing = fitted(best)
    if (placing === null || stretch(placing) > MOST_STRETCH) return []
    best = matches.filter(isWith(placing, closely))
  }
  return best
}

function isWith(placing: Placing, off: (one: Match) => number): (one: Match) => boolean {
  const [a, b, c, d, e, f] = placing
  const { scale, turn } = scaleAndTurn(placing)
  return (one) => {
    const { x, y, size, angle, toX, toY, toSize, toAngle } = one
    const ratio = toSize / size / scale
    if (ratio > LIKE_SIZE || ratio < 1 / LIKE_SIZE) return false
    const turned = Math.abs(toAngle - angle - turn) % (2 * Math.PI)
    if (Math.min(turned, 2 * Math.PI - turned) > LIKE_TURN) return false
    return Math.hypot(a * x + b * y + c - toX, d * x + e * y + f - toY) < off(one)
  }
}

function places(matches: Match[]): Match[] {
  const kept: Match[] = []
  for (const one of matches.sort((a, b) => a.apart - b.apart)) {
    if (!kept.some(({ toX, toY }) => Math.hypot(toX - one.toX, toY - one.toY) < ONE_PLACE)) kept.push(one)
  }
  return kept
}
