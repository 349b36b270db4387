/** A `Storage` that ends with the process: for the demo's participant, the driver and the tests. */
import type { Storage, Write } from '../session/platform'

export class MemoryStorage implements Storage {
  private entries: Map<string, Uint8Array>

  constructor(entries: Iterable<[string, Uint8Array]> = []) {
    this.entries = new Map(entries)
  }

  async get(key: string): Promise<Uint8Array | null> {
    return this.entries.get(key)?.slice() ?? null
  }

  async list(prefix: string): Promise<[string, Uint8Array][]> {
    return [...this.entries].filter(([key]) => key.startsWith(prefix)).map(([key, value]) => [key, value.slice()])
  }

  async transact(writes: Write[]): Promise<void> {
    const next = new Map(this.entries)
    for (const write of writes) {
      if ('put' in write) next.set(write.put, write.value.slice())
      else next.delete(write.remove)
    }
    this.entries = next
  }

  async clear(): Promise<void> {
    this.entries.clear()
  }

  /** Bytes of all keys and values. */
  get size(): number {
    return [...this.entries].reduce((all, [key, value]) => all + key.length + value.length, 0)
  }

  /** What a stolen or restored copy of the browser's database would hold. */
  copy(): MemoryStorage {
    return new MemoryStorage(this.entries)
  }
}
