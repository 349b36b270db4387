import { annotationWords, lengthWords } from '../../protocol/annotations'
import type { Mark, PixelSpacing, Point } from '../../protocol/types'
import type { AnnotationView } from '../../session/session'
import type { Place } from '../../platform/image_canvas'

export type Tool = Mark['kind']

/** A point of the picture, on the screen. */
export const onScreen = ({ x, y }: Point, { left, top, scale }: Place): Point => ({ x: left + x * scale, y: top + y * scale })

/** A point of the screen, in whole pixels of the picture and never outside it. */
export function inPicture({ x, y }: Point, { left, top, scale }: Place, { width, height }: { width: number; height: number }): Point {
  const within = (value: number, most: number) => Math.min(most, Math.max(0, Math.round(value)))
  return { x: within((x - left) / scale, width), y: within((y - top) / scale, height) }
}

/** The head of an arrow, as a triangle that points at `end`: "x,y x,y x,y". */
export function headOf(start: Point, end: Point, length: number): string {
  const along = Math.atan2(end.y - start.y, end.x - start.x)
  const corner = (turn: number) => ({ x: end.x - length * Math.cos(along + turn), y: end.y - length * Math.sin(along + turn) })
  return [end, corner(0.42), corner(-0.42)].map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ')
}

/** What stands beside a mark, where, and whether below: at the tail of an arrow, past the end of a line, away from the rest of it. */
export function labelOf(mark: Mark, spacing: PixelSpacing | null): { at: Point; below: boolean; text: string } {
  switch (mark.kind) {
    case 'arrow': return { at: mark.start, below: mark.start.y > mark.end.y, text: mark.text }
    case 'line': return { at: mark.end, below: mark.end.y > mark.start.y, text: lengthWords(mark, spacing) }
    case 'words': return { at: mark.at, below: false, text: mark.text }
  }
}

/** Of 16 pixels' letters, as wide as they can be taken for here: what is drawn is measured too late to be moved. */
const LETTER = 8.6
const EDGE = 8

/** A label in lines that fit a picture of this width: broken between words, and within one that is longer. At most 80 letters (S7.11). */
export function labelLines(text: string, width: number): string[] {
  const most = Math.max(8, Math.floor((width - EDGE) / LETTER))
  const lines: string[] = []
  for (const word of text.split(' ').flatMap((one) => one.match(new RegExp(`.{1,${most}}`, 'gu')) ?? [])) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + 1 + word.length <= most) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}

/** Where a label begins beside `x`, on the side with more room, and never outside a picture of this width. */
export function labelStart(x: number, text: string, width: number): number {
  const long = text.length * LETTER
  const beside = x > width / 2 ? x - EDGE - long : x + EDGE
  return Math.max(EDGE / 2, Math.min(beside, width - long - EDGE / 2))
}

/** For who hears the picture instead: each person's marks in words. */
export function layersWords(layers: readonly Pick<AnnotationView, 'person' | 'mine' | 'marks'>[], spacing: PixelSpacing | null): string {
  return layers.map(({ person, mine, marks }) => `${mine ? 'You' : person.name}. ${annotationWords(marks, spacing)}`).join('\n')
}
