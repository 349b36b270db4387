/**
 * How fast images come just now, as measured. What a browser says of its line (`navigator.connection`) is not asked: two of three engines say nothing,
 * and the third guesses from other pages.
 */
/** After this long the line may be another one. */
const LASTS_MS = 5 * 60_000

export class Pace {
  private last: { pace: number; at: number } | null = null

  constructor(private readonly now: () => number) {}

  /** Bytes a second of the last transfer; null where there was none lately. */
  get current(): number | null {
    return this.last !== null && Math.abs(this.now() - this.last.at) < LASTS_MS ? this.last.pace : null
  }

  /** The result of a transfer of so many bytes, which is measured. */
  async of<T>(bytes: number, transfer: () => Promise<T>): Promise<T> {
    const began = this.now()
    const result = await transfer()
    const at = this.now()
    this.last = { pace: (bytes * 1000) / Math.max(1, at - began), at }
    return result
  }

  forget(): void {
    this.last = null
  }
}
