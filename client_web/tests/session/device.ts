/** A device of a thread with real keys and sealed storage, and without a network: what the parts of the core run on in tests. */
import { sign } from '../../src/protocol/statements'
import { toIdentifier } from '../../src/protocol/identifiers'
import { toBase64url } from '../../src/protocol/encoding'
import { sodium } from '../../src/protocol/sodium'
import { MemoryStorage } from '../../src/node/memory_storage'
import { ServerClock } from '../../src/session/clock'
import type { DeviceContext } from '../../src/session/device_context'
import type { DeviceKey, GroupCrypto, GroupState } from '../../src/session/group_crypto'
import { KeyedMutex } from '../../src/session/mutex'
import { People } from '../../src/session/people'
import { Records, type Thread } from '../../src/session/records'
import { SealedStorage } from '../../src/session/sealed_storage'
import { Transport } from '../../src/session/transport'
import type { Storage, Write } from '../../src/session/platform'

export const random = (length: number) => sodium().randombytes_buf(length)
export const NOW = 1_790_000_000_000

/** Rejects the writes whose number (from 1) is in `failing`, leaving nothing of them. */
export class FailingStorage implements Storage {
  writes = 0
  readonly failing = new Set<number>()

  constructor(readonly inner = new MemoryStorage()) {}

  get(key: string) { return this.inner.get(key) }
  list(prefix: string) { return this.inner.list(prefix) }
  clear() { return this.inner.clear() }

  async transact(writes: Write[]): Promise<void> {
    this.writes += 1
    if (this.failing.has(this.writes)) throw new Error('the disk is full')
    await this.inner.transact(writes)
  }
}

/** `storageKey` is the same for every device made here, so that one can be made again over a copy of another's storage. */
export async function deviceOver(storage: Storage, key: DeviceKey, crypto: GroupCrypto): Promise<DeviceContext> {
  const secrets = { storageKey: new Uint8Array(32).fill(9), identityKey: new Uint8Array(64), deviceKey: key.secretKey }
  const transport = new Transport(async () => { throw new Error('no network here') })
  const records = new Records(new SealedStorage(storage, secrets.storageKey, random))
  await records.load()
  const organisation = toIdentifier('organisation', random(16))
  const account = {
    person: toIdentifier('person', random(16)), device: key.device, organisation, organisationKey: toBase64url(random(32)), displayName: 'Dr Test', organisationName: 'Test',
    certificate: sign('sign-in', { device: key.device, origin: 'https://test', nonce: toBase64url(random(32)), at: NOW }, key.device, key.secretKey.subarray(0, 32)), invitationSecret: null,
  }
  return {
    account, secrets, transport, records, people: new People(account, transport, records), clock: new ServerClock(() => NOW), mutex: new KeyedMutex(), changed: () => undefined, revoked: () => undefined,
    platform: {
      storage, origin: 'https://test', now: () => NOW, random, fetch: async () => { throw new Error('no network here') }, openSocket: () => { throw new Error('no network here') },
    },
    group: async () => crypto,
  }
}

export function threadOf(context: { thread: string }, group: GroupState, suite: number): Thread {
  return {
    thread: context.thread, kind: 'case', purpose: 'direct-care-advice', suite, group, head: 1, readSeq: 0, title: '', trouble: null, consents: [], pending: null, createdAt: NOW,
  }
}
