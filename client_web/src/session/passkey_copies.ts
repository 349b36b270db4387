/** The sealed copies of a device's keys, one for each passkey, as they are stored beside the keystore (SPEC S2.2). */
import { fromBase64url, fromJson, mac, toBase64url, toJson } from '../protocol/encoding'
import { PASSKEY_KEYSTORE_KEY } from '../protocol/labels'
import { bytes, integer, list, object, text, type Of } from '../protocol/shape'
import { openSecrets, sealSecrets, type Secrets } from './keystore'
import type { PasskeyHandle, Storage } from './platform'

export const PASSKEYS_RECORD = 'passkeys'
const SALT_BYTES = 32
const VALUE_BYTES = 32

/** Bytes are in base64url. */
const copy = object({ credential: bytes(1, 1023), transports: list(text(40)), label: text(200), added_at: integer(0), nonce: bytes(24), sealed: bytes(1, 16 * 1024) })
const record = object({ v: integer(1, 1), salt: bytes(SALT_BYTES), passkeys: list(copy) })
export type Copy = Of<typeof copy>
export interface Added extends PasskeyHandle { label: string; addedAt: number }
/** `salt`: this device's, at which every one of its passkeys is asked. */
export interface Copies { salt: Uint8Array; passkeys: Copy[] }

/** Null where there are none, or what is stored cannot be read: the passphrase opens the keystore all the same. */
export async function readCopies(storage: Storage): Promise<Copies | null> {
  const stored = await storage.get(PASSKEYS_RECORD)
  if (stored === null) return null
  try {
    const { salt, passkeys } = record(fromJson(stored))
    return { salt: fromBase64url(salt), passkeys }
  } catch {
    return null
  }
}

/** With the last passkey the salt goes too. */
export async function writeCopies(storage: Storage, { salt, passkeys }: Copies): Promise<void> {
  const value = toJson({ v: 1, salt: toBase64url(salt), passkeys })
  await storage.transact([passkeys.length === 0 ? { remove: PASSKEYS_RECORD } : { put: PASSKEYS_RECORD, value }])
}

export const newSalt = (random: (length: number) => Uint8Array) => random(SALT_BYTES)

export function handleOf({ credential, transports }: Copy): PasskeyHandle {
  return { credential: fromBase64url(credential), transports }
}

/** The passkey's own keystore key, 32 bytes. Null where `value` is none of its function. */
function keystoreKey(value: Uint8Array, credential: Uint8Array): Uint8Array | null {
  return value.length === VALUE_BYTES ? mac(value, PASSKEY_KEYSTORE_KEY, credential) : null
}

const headOf = (salt: Uint8Array, { credential, transports, label, added_at }: Omit<Copy, 'nonce' | 'sealed'>) => ({ v: 1, salt: toBase64url(salt), credential, transports, label, added_at })

/** `value`: of the passkey's function at the salt; null where it is none. */
export function sealCopy(secrets: Secrets, value: Uint8Array, salt: Uint8Array, added: Added, random: (length: number) => Uint8Array): Copy | null {
  const key = keystoreKey(value, added.credential)
  const named = { credential: toBase64url(added.credential), transports: [...new Set(added.transports)], label: added.label, added_at: added.addedAt }
  return key === null ? null : { ...named, ...sealSecrets(secrets, key, headOf(salt, named), random) }
}

/** Null where that passkey does not open it, or it was changed. */
export function openCopy(sealed: Copy, value: Uint8Array, salt: Uint8Array): Secrets | null {
  const key = keystoreKey(value, fromBase64url(sealed.credential))
  try {
    return key === null ? null : openSecrets(sealed, key, headOf(salt, sealed))
  } catch {
    return null
  }
}
