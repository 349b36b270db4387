/** What somebody has drawn on a shared image, in words and measures (SPEC S7.11). Integers only: both readings agree to the last digit. */
import type { Line, Mark, PixelSpacing, Point } from './types'

const HEADING = 'Drawn on the image, in pixels across and down from its upper left corner:'
const NOT_CALIBRATED = 'not calibrated'

/** The largest integer whose square is at most `square`. */
function rootOf(square: bigint): bigint {
  let root = BigInt(Math.floor(Math.sqrt(Number(square))))
  while (root * root > square) root -= 1n
  while ((root + 1n) * (root + 1n) <= square) root += 1n
  return root
}

/** Twice the length, as the root of whole numbers. */
const twice = (across: bigint, down: bigint) => rootOf(4n * (across * across + down * down))

/** To the nearest pixel. */
export function lengthInPixels({ start, end }: Line): number {
  return Number((twice(BigInt(end.x - start.x), BigInt(end.y - start.y)) + 1n) / 2n)
}

/** To the nearest tenth of a millimetre, where the spacing is in nanometres. */
export function lengthInTenths({ start, end }: Line, { row, column }: PixelSpacing): number {
  const [across, down] = [BigInt(end.x - start.x) * BigInt(column), BigInt(end.y - start.y) * BigInt(row)]
  return Number((twice(across, down) + 100_000n) / 200_000n)
}

/** "283 pixels, 39.3 mm", or "283 pixels, not calibrated". */
export function lengthWords(line: Line, spacing: PixelSpacing | null): string {
  if (spacing === null) return `${lengthInPixels(line)} pixels, ${NOT_CALIBRATED}`
  const tenths = lengthInTenths(line, spacing)
  return `${lengthInPixels(line)} pixels, ${Math.floor(tenths / 10)}.${tenths % 10} mm`
}

/** As it is filed (S12.4): a heading, and a line for each mark. */
export function annotationWords(marks: readonly Mark[], spacing: PixelSpacing | null): string {
  return [HEADING, ...marks.map((mark) => markWords(mark, spacing))].join('\n')
}

const place = ({ x, y }: Point) => `${x}, ${y}`

function markWords(mark: Mark, spacing: PixelSpacing | null): string {
  switch (mark.kind) {
    case 'arrow': return `Arrow to ${place(mark.end)}${mark.text === '' ? '' : `: ${mark.text}`}`
    case 'line': return `Line from ${place(mark.start)} to ${place(mark.end)}: ${lengthWords(mark, spacing)}`
    case 'words': return `Words at ${place(mark.at)}: ${mark.text}`
  }
}
