/** A `Storage` in one file, written whole and renamed into place: for participants that live longer than their process. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { fromBase64url, toBase64url } from '../protocol/encoding'
import type { Storage, Write } from '../session/platform'

interface Kept { passphrase: string; records: Record<string, string> }

export class FileStorage implements Storage {
  private constructor(private readonly path: string, private kept: Kept) {}

  /** Reads the file, or begins a new one with this passphrase: a program has nobody to ask for it. */
  static open(path: string, newPassphrase: string): FileStorage {
    try {
      return new FileStorage(path, JSON.parse(readFileSync(path, 'utf8')) as Kept)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      return new FileStorage(path, { passphrase: newPassphrase, records: {} })
    }
  }

  get passphrase(): string {
    return this.kept.passphrase
  }

  async get(key: string): Promise<Uint8Array | null> {
    const value = this.kept.records[key]
    return value === undefined ? null : fromBase64url(value)
  }

  async list(prefix: string): Promise<[string, Uint8Array][]> {
    return Object.entries(this.kept.records).filter(([key]) => key.startsWith(prefix)).map(([key, value]) => [key, fromBase64url(value)])
  }

  async transact(writes: Write[]): Promise<void> {
    const records = { ...this.kept.records }
    for (const write of writes) {
      if ('put' in write) records[write.put] = toBase64url(write.value)
      else delete records[write.remove]
    }
    const next = { ...this.kept, records }
    writeFileSync(`${this.path}.new`, JSON.stringify(next), { mode: 0o600 })
    renameSync(`${this.path}.new`, this.path)
    this.kept = next
  }

  async clear(): Promise<void> {
    rmSync(this.path, { force: true })
    this.kept = { ...this.kept, records: {} }
  }
}
