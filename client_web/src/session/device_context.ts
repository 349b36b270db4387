/** What every part of an unlocked device works with. */
import { toBase64url } from '../protocol/encoding'
import { toIdentifier, type IdentifierKind } from '../protocol/identifiers'
import type { Envelope } from '../protocol/statements'
import type { AuthorityIdentity } from './authority'
import type { ServerClock } from './clock'
import type { GroupCrypto } from './group_crypto'
import type { AskedByLink } from './joining'
import type { Secrets } from './keystore'
import type { LogIdentity } from './log_heads'
import type { KeyedMutex } from './mutex'
import type { People } from './people'
import type { Platform } from './platform'
import type { Records } from './records'
import type { SessionEvents } from './session'
import type { Transport } from './transport'

/** Who this device is. `organisationKey`: base64url, pinned (S3.7). `invitationSecret` is kept until the attestation is there; `link` until the first device has confirmed this one (S4.9), and then `identityKey`, which that link pinned, base64url. `certificate`: null where another device made it. `log` (S10.3) and `authority` (S5.12) are pinned with the first session that tells them. */
export interface Account {
  person: string; device: string; organisation: string; organisationKey: string; displayName: string; organisationName: string
  certificate: Envelope | null; invitationSecret: string | null; identityKey?: string; link?: AskedByLink | null; log?: LogIdentity; authority?: AuthorityIdentity
}

export interface DeviceContext {
  platform: Platform
  account: Account
  secrets: Secrets
  clock: ServerClock
  transport: Transport
  records: Records
  people: People
  mutex: KeyedMutex
  changed: SessionEvents['change']
  /** The server has said twice, each time to what this device signed, that it is revoked (S4.6). */
  revoked(): void
  group(suite: number): Promise<GroupCrypto>
}

export function newIdentifier(kind: IdentifierKind, { platform }: Pick<DeviceContext, 'platform'>): string {
  return toIdentifier(kind, platform.random(16))
}

/** The public key that this device's certificate is under, base64url. */
export function identityKeyOf({ account, secrets }: Pick<DeviceContext, 'account' | 'secrets'>): string {
  return account.identityKey ?? toBase64url(secrets.identityKey.subarray(32))
}

/** The Ed25519 seed of a libsodium secret key. */
export function seedOf(secretKey: Uint8Array): Uint8Array {
  return secretKey.subarray(0, 32)
}
