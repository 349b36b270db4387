/** A `Storage` in the browser's IndexedDB: one object store, opaque keys, sealed values. */
import { openDB, type IDBPDatabase } from 'idb'
import type { Storage, Write } from '../session/platform'

const RECORDS = 'records'

export class IndexedDbStorage implements Storage {
  private constructor(private readonly database: IDBPDatabase) {}

  static async open(name = 'inscope'): Promise<IndexedDbStorage> {
    return new IndexedDbStorage(await openDB(name, 1, { upgrade: (database) => void database.createObjectStore(RECORDS) }))
  }

  async get(key: string): Promise<Uint8Array | null> {
    return ((await this.database.get(RECORDS, key)) as Uint8Array | undefined) ?? null
  }

  async list(prefix: string): Promise<[string, Uint8Array][]> {
    const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`)
    const transaction = this.database.transaction(RECORDS)
    const [keys, values] = await Promise.all([transaction.store.getAllKeys(range), transaction.store.getAll(range)])
    return keys.map((key, i) => [key as string, values[i] as Uint8Array])
  }

  async transact(writes: Write[]): Promise<void> {
    // Strict: a generation that was used must not come back after a power cut.
    const transaction = this.database.transaction(RECORDS, 'readwrite', { durability: 'strict' })
    const requests = writes.map((write) => ('put' in write ? transaction.store.put(write.value, write.put) : transaction.store.delete(write.remove)))
    await Promise.all([...requests, transaction.done])
  }

  async clear(): Promise<void> {
    await this.database.clear(RECORDS)
  }
}
