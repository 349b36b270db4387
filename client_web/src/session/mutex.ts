/** One at a time for each key: the state changes of a thread, the sends of a thread. */
export class KeyedMutex {
  private readonly tails = new Map<string, Promise<unknown>>()

  /** Runs `task` after all earlier tasks of this key, whether they succeeded or not. */
  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = this.tails.get(key) ?? Promise.resolve()
    const mine = before.then(task, task)
    const tail = mine.catch(() => undefined)
    this.tails.set(key, tail)
    void tail.then(() => this.tails.get(key) === tail && this.tails.delete(key))
    return mine
  }
}
