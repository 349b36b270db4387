/** How one picture lies over another: an affine map from places in the one to places in the other, both as parts of their long sides. */

/** A keypoint of the one picture that looks like one (`to…`) of the other. `apart`: the bits in which they differ. */
export interface Match { apart: number; x: number; y: number; size: number; angle: number; toX: number; toY: number; toSize: number; toAngle: number }
/** To x' = a x + b y + c, y' = d x + e y + f. */
export type Placing = [a: number, b: number, c: number, d: number, e: number, f: number]

/** By one match alone: its place, size and direction leave nothing open but a stretch. */
export function placingBy({ x, y, size, angle, toX, toY, toSize, toAngle }: Match): Placing {
  const [cos, sin] = [(toSize / size) * Math.cos(toAngle - angle), (toSize / size) * Math.sin(toAngle - angle)]
  return [cos, -sin, toX - cos * x + sin * y, sin, cos, toY - sin * x - cos * y]
}

export function scaleAndTurn([a, b, , d, e]: Placing): { scale: number; turn: number } {
  return { scale: Math.sqrt(Math.abs(a * e - b * d)), turn: Math.atan2(d - b, a + e) }
}

/** How much longer lengths become in one direction than in another: the ratio of the singular values. */
export function stretch([a, b, , d, e]: Placing): number {
  const [sum, det] = [a * a + b * b + d * d + e * e, Math.abs(a * e - b * d)]
  const root = Math.sqrt(Math.max(0, sum * sum - 4 * det * det))
  return Math.sqrt((sum + root) / Math.max(1e-12, sum - root))
}

/** Least squares over all; null for fewer than four, or when all lie on a line. */
export function fitted(matches: Match[]): Placing | null {
  if (matches.length < 4) return null
  const mean = (of: (one: Match) => number) => matches.reduce((sum, one) => sum + of(one), 0) / matches.length
  const [mx, my, tx, ty] = [mean(({ x }) => x), mean(({ y }) => y), mean(({ toX }) => toX), mean(({ toY }) => toY)]
  const [xx, xy, yy] = [mean(({ x }) => (x - mx) ** 2), mean(({ x, y }) => (x - mx) * (y - my)), mean(({ y }) => (y - my) ** 2)]
  const det = xx * yy - xy * xy
  if (det < 1e-3 * (xx + yy) ** 2) return null
  const solve = (of: (one: Match) => number, to: number): [number, number, number] => {
    const [px, py] = [mean((one) => (one.x - mx) * (of(one) - to)), mean((one) => (one.y - my) * (of(one) - to))]
    const [right, down] = [(px * yy - py * xy) / det, (py * xx - px * xy) / det]
    return [right, down, to - right * mx - down * my]
  }
  return [...solve(({ toX }) => toX, tx), ...solve(({ toY }) => toY, ty)]
}
