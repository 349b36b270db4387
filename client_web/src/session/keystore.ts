/**
 * The device keystore (SPEC S2): Argon2id turns the passphrase into the keystore key, which seals the storage key and the private
 * keys of identity and device. A passkey's key seals a copy of the same (`passkeys.ts`). The parameters stand beside the seal, and are its additional data, so that they can be raised later.
 */
import { fromBase64url, fromJson, fromUtf8, toBase64url, toJson, toUtf8 } from '../protocol/encoding'
import { sodium } from '../protocol/sodium'
import { SessionFailure } from './failure'

export const KEYSTORE_RECORD = 'keystore'
const LEAST_CHARACTERS = 10
const DEFAULT_COST = { memory: 64 * 1024 * 1024, passes: 3 }
/** Bounds on what a stored keystore may ask for, so that a changed one can neither weaken nor hang the unlocking. */
const COST_BOUNDS = { memory: [16 * 1024 * 1024, 1024 * 1024 * 1024], passes: [2, 12] } as const

export interface Cost { memory: number; passes: number }
/** `identityKey` and `deviceKey` are libsodium's Ed25519 secret keys, 64 bytes, the first of none where another device of the person holds it (S4.9); `storageKey` is 32 bytes. */
export interface Secrets { storageKey: Uint8Array; identityKey: Uint8Array; deviceKey: Uint8Array }

export interface Sealed { nonce: string; sealed: string }
interface Stored extends Sealed { v: 1; kdf: 'argon2id13'; memory: number; passes: number; salt: string }

/** Argon2id, version 1.3, one lane (RFC 9106): 32 bytes. */
function deriveKeystoreKey(passphrase: string, salt: Uint8Array, { memory, passes }: Cost): Uint8Array {
  const { crypto_pwhash, crypto_pwhash_ALG_ARGON2ID13 } = sodium()
  return crypto_pwhash(32, toUtf8(passphrase.normalize('NFC')), salt, passes, memory, crypto_pwhash_ALG_ARGON2ID13)
}

export function checkPassphrase(passphrase: string): void {
  if ([...passphrase].length < LEAST_CHARACTERS) {
    throw new SessionFailure('weak_passphrase', `A passphrase has at least ${LEAST_CHARACTERS} characters.`, 'choose_longer')
  }
}

/** The keys under a keystore key, which is overwritten. `head`: what stands beside them, and is the additional data. */
export function sealSecrets(secrets: Secrets, key: Uint8Array, head: object, random: (length: number) => Uint8Array): Sealed {
  const nonce = random(24)
  const plain = toJson({ storage: toBase64url(secrets.storageKey), identity: toBase64url(secrets.identityKey), device: toBase64url(secrets.deviceKey) })
  const sealed = sodium().crypto_aead_xchacha20poly1305_ietf_encrypt(plain, toJson(head), null, nonce, key)
  sodium().memzero(key)
  sodium().memzero(plain)
  return { nonce: toBase64url(nonce), sealed: toBase64url(sealed) }
}

/** What `sealSecrets` sealed; the key is overwritten. Throws where anything was changed, or the key is another. */
export function openSecrets({ nonce, sealed }: Sealed, key: Uint8Array, head: object): Secrets {
  try {
    const plain = sodium().crypto_aead_xchacha20poly1305_ietf_decrypt(null, fromBase64url(sealed), toJson(head), fromBase64url(nonce), key)
    const keys = JSON.parse(fromUtf8(plain)) as { storage: string; identity: string; device: string }
    sodium().memzero(plain)
    return { storageKey: fromBase64url(keys.storage), identityKey: fromBase64url(keys.identity), deviceKey: fromBase64url(keys.device) }
  } finally {
    sodium().memzero(key)
  }
}

/** Throws `weak_passphrase` below ten characters. */
export function sealKeystore(secrets: Secrets, passphrase: string, random: (length: number) => Uint8Array, cost: Cost = DEFAULT_COST): Uint8Array {
  checkPassphrase(passphrase)
  const salt = random(16)
  const head = { v: 1 as const, kdf: 'argon2id13' as const, ...cost, salt: toBase64url(salt) }
  const key = deriveKeystoreKey(passphrase, salt, cost)
  return toJson({ ...head, ...sealSecrets(secrets, key, head, random) } satisfies Stored)
}

function readStored(bytes: Uint8Array): Stored {
  const stored = fromJson(bytes) as Stored
  const within = (value: number, [least, most]: readonly [number, number]) => Number.isSafeInteger(value) && value >= least && value <= most
  if (stored.v !== 1 || stored.kdf !== 'argon2id13' || !within(stored.memory, COST_BOUNDS.memory) || !within(stored.passes, COST_BOUNDS.passes)) {
    throw new SessionFailure('keystore_broken', 'The keys on this device cannot be read.', 'enrol_again')
  }
  return stored
}

/** Throws `wrong_passphrase`; a keystore that was changed cannot be told from a wrong passphrase. */
export function openKeystore(bytes: Uint8Array, passphrase: string): Secrets {
  const stored = readStored(bytes)
  const { v, kdf, memory, passes, salt } = stored
  const key = deriveKeystoreKey(passphrase, fromBase64url(salt), stored)
  try {
    return openSecrets(stored, key, { v, kdf, memory, passes, salt })
  } catch {
    throw new SessionFailure('wrong_passphrase', 'That is not the passphrase of this device.', 'try_again')
  }
}

/** Overwrites the keys; everything that held them by reference is closed with this. */
export function forget(secrets: Secrets): void {
  sodium().memzero(secrets.storageKey)
  sodium().memzero(secrets.identityKey)
  sodium().memzero(secrets.deviceKey)
}
