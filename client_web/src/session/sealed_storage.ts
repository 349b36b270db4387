/**
 * The device's records, each sealed with XChaCha20-Poly1305 under the storage key (SPEC S2). What the browser keeps shows neither
 * table names nor ids: a record's key is `MAC(table).MAC(table, id)`, and that key is the additional data, so that records cannot be swapped.
 */
import { fromUtf8, mac, toBase64url, toUtf8 } from '../protocol/encoding'
import { sodium } from '../protocol/sodium'
import { locked } from './failure'
import type { Storage, Write } from './platform'

const NONCE_BYTES = 24
const KEY_PURPOSE = 'inscope-local/record-key/v1'

export type Table = 'account' | 'person' | 'organisations' | 'thread' | 'message' | 'outbox' | 'key-package' | 'consent' | 'disclosure' | 'log' | 'told-head' | 'question' | 'consent-record' | 'gateway' | 'filing' | 'seen-image' | 'draft' | 'draft-picture' | 'device-offer' | 'own-device-act'
/** `value` is anything that JSON can write, or bytes, which are sealed as they are; null removes the record. */
export interface Change { table: Table; id: string; value: unknown }

export class SealedStorage {
  private closed = false

  /** `key`: 32 bytes, kept by reference. */
  constructor(private readonly storage: Storage, private readonly key: Uint8Array, private readonly random: (length: number) => Uint8Array) {}

  /** To be called before the key is overwritten: whatever is still under way must not seal anything under a key of zeros. */
  close(): void {
    this.closed = true
  }

  private requireOpen(): void {
    if (this.closed) throw locked()
  }

  private prefix(table: Table): string {
    return `${toBase64url(mac(this.key, KEY_PURPOSE, toUtf8(table)).subarray(0, 9))}.`
  }

  private recordKey(table: Table, id: string): string {
    return this.prefix(table) + toBase64url(mac(this.key, KEY_PURPOSE, toUtf8(table), toUtf8(id)).subarray(0, 18))
  }

  private seal(recordKey: string, id: string, value: unknown): Uint8Array {
    const nonce = this.random(NONCE_BYTES)
    const plain = value instanceof Uint8Array ? value : toUtf8(JSON.stringify([id, value]))
    const sealed = sodium().crypto_aead_xchacha20poly1305_ietf_encrypt(plain, toUtf8(recordKey), null, nonce, this.key)
    const record = new Uint8Array(NONCE_BYTES + sealed.length)
    record.set(nonce)
    record.set(sealed, NONCE_BYTES)
    return record
  }

  private unseal(recordKey: string, record: Uint8Array): Uint8Array {
    const [nonce, sealed] = [record.subarray(0, NONCE_BYTES), record.subarray(NONCE_BYTES)]
    return sodium().crypto_aead_xchacha20poly1305_ietf_decrypt(null, sealed, toUtf8(recordKey), nonce, this.key)
  }

  private open(recordKey: string, record: Uint8Array): [id: string, value: unknown] {
    return JSON.parse(fromUtf8(this.unseal(recordKey, record))) as [string, unknown]
  }

  /** Throws when the record was changed, moved, or sealed under another key. */
  async get<T>(table: Table, id: string): Promise<T | null> {
    const [recordKey, record] = await this.find(table, id)
    return record === null ? null : (this.open(recordKey, record)[1] as T)
  }

  /** As `get`, of what was stored as bytes. They are the caller's to overwrite. */
  async getBytes(table: Table, id: string): Promise<Uint8Array | null> {
    const [recordKey, record] = await this.find(table, id)
    return record === null ? null : this.unseal(recordKey, record)
  }

  private async find(table: Table, id: string): Promise<[recordKey: string, record: Uint8Array | null]> {
    this.requireOpen()
    const recordKey = this.recordKey(table, id)
    const record = await this.storage.get(recordKey)
    this.requireOpen()
    return [recordKey, record]
  }

  async list<T>(table: Table): Promise<[id: string, value: T][]> {
    this.requireOpen()
    const entries = await this.storage.list(this.prefix(table))
    this.requireOpen()
    return entries.map(([recordKey, record]) => this.open(recordKey, record) as [string, T])
  }

  /** All of the changes or, when it rejects, none. */
  async transact(changes: Change[]): Promise<void> {
    this.requireOpen()
    const writes = changes.map(({ table, id, value }): Write => {
      const recordKey = this.recordKey(table, id)
      return value === null ? { remove: recordKey } : { put: recordKey, value: this.seal(recordKey, id, value) }
    })
    await this.storage.transact(writes)
  }
}
