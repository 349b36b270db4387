import { MOST_MARKS, type Mark, type Point } from '../../protocol/types'
import type { Tool } from './marks'

/** What somebody is drawing on a picture of this size. By keyboard a cursor stands for the finger; an arrow or a line has then two places. */
export class DraftMarks {
  tool = $state<Tool>('arrow')
  marks = $state.raw<readonly Mark[]>([])
  /** While it is drawn. */
  pending = $state.raw<Mark | null>(null)
  cursor = $state.raw<Point>({ x: 0, y: 0 })
  byKey = $state(false)
  #from: Point | null = null

  constructor(private readonly size: { width: number; height: number }, private readonly before: readonly Mark[]) {
    this.marks = before
    this.cursor = { x: Math.round(size.width / 2), y: Math.round(size.height / 2) }
  }

  /** Whether leaving it would lose something. */
  get changed() { return this.marks !== this.before && JSON.stringify(this.marks) !== JSON.stringify(this.before) }
  get full() { return this.marks.length >= MOST_MARKS }
  /** What the words are of: the newest mark that can have some. */
  get worded() {
    const last = this.marks.at(-1)
    return last === undefined || last.kind === 'line' ? null : last
  }
  /** Without words that are empty, and without anything twice: as it may be sent (S7.11). */
  get ready(): Mark[] {
    const said = this.marks.map((mark) => (mark.kind === 'line' ? mark : { ...mark, text: mark.text.trim() })).filter((mark) => mark.kind !== 'words' || mark.text !== '')
    return [...new Map(said.map((mark) => [JSON.stringify(mark), mark])).values()]
  }

  say(text: string) {
    if (this.worded) this.marks = [...this.marks.slice(0, -1), { ...this.worded, text }]
  }
  undo() {
    if (this.#from === null) this.marks = this.marks.slice(0, -1)
    this.#from = null
    this.pending = null
  }
  choose(tool: Tool) {
    this.tool = tool
    this.#from = null
    this.pending = null
  }

  /** By finger or mouse. */
  stroke(from: Point, to: Point, ended: boolean) {
    this.cursor = to
    this.byKey = false
    this.pending = ended ? null : this.#mark(from, to)
    if (ended) this.#put(this.#mark(from, to))
  }
  /** By keyboard. */
  move(x: number, y: number) {
    this.byKey = true
    const within = (value: number, most: number) => Math.min(most, Math.max(0, value))
    this.cursor = { x: within(this.cursor.x + x, this.size.width), y: within(this.cursor.y + y, this.size.height) }
    if (this.#from) this.pending = this.#mark(this.#from, this.cursor)
  }
  place() {
    this.byKey = true
    if (this.tool !== 'words' && this.#from === null) { this.#from = this.cursor; return }
    const mark = this.#mark(this.#from ?? this.cursor, this.cursor)
    this.#from = null
    this.pending = null
    this.#put(mark)
  }

  #mark(start: Point, end: Point): Mark | null {
    if (this.tool === 'words') return { kind: 'words', at: end, text: '' }
    if (start.x === end.x && start.y === end.y) return null
    return this.tool === 'line' ? { kind: 'line', start, end } : { kind: 'arrow', start, end, text: '' }
  }
  #put(mark: Mark | null) {
    if (mark !== null && !this.full) this.marks = [...this.marks, mark]
  }
}
