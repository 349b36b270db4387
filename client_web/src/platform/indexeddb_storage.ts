/** A `Storage` in the browser's IndexedDB: one object store, opaque keys, sealed values. */
import { deleteDB, openDB, type IDBPDatabase } from 'idb'
import type { Storage, Write } from '../session/platform'

const RECORDS = 'records'

export class IndexedDbStorage implements Storage {
  private constructor(private database: IDBPDatabase) {}

  static async open(name = 'inscope'): Promise<IndexedDbStorage> {
    return new IndexedDbStorage(await begin(name))
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

  /** The whole database goes, with its files, and whatever the page has in Cache Storage. */
  async clear(): Promise<void> {
    const { name } = this.database
    this.database.close()
    await deleteDB(name)
    this.database = await begin(name)
    for (const cache of await caches.keys()) await caches.delete(cache)
  }
}

function begin(name: string): Promise<IDBPDatabase> {
  return openDB(name, 1, { upgrade: (database) => void database.createObjectStore(RECORDS) })
}
