/** What a person does to something that is on its way: hold it back, let it go on at once, end it. */
export class Pause {
  held = false
  /** Why it is over; null while it is not. */
  ended: Error | null = null
  private controller = new AbortController()
  private waiting: (() => void)[] = []

  /** Breaks off what is under way; what has arrived stays. */
  hold(): void {
    this.held = true
    this.breakOff()
  }

  /** Goes on, without waiting any longer for a line that was lost. */
  release(): void {
    this.held = false
    this.hurry()
  }

  /** Waits no longer for a line that was lost; what is held stays so. */
  hurry(): void {
    for (const resolve of this.waiting.splice(0)) resolve()
  }

  end(reason: Error): void {
    this.ended = reason
    this.breakOff()
    this.hurry()
  }

  /** Waits while it is held; throws once it is over. The signal breaks off what is begun now. */
  async passed(): Promise<AbortSignal> {
    while (this.held && this.ended === null) await new Promise<void>((resolve) => this.waiting.push(resolve))
    if (this.ended !== null) throw this.ended
    return this.controller.signal
  }

  /** Milliseconds, or until somebody lets it go on or ends it. */
  async sleep(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds)
      this.waiting = [() => { clearTimeout(timer); resolve() }]
    })
  }

  private breakOff(): void {
    this.controller.abort()
    this.controller = new AbortController()
  }
}
