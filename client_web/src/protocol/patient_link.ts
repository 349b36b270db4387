/** The link that opens a question to a patient (SPEC S5.10): one secret, of which the server learns only the token. */
import { concat, fromJson, hash, toJson } from './encoding'
import { ProtocolError, malformed } from './failures'
import { PATIENT_SEAL, PATIENT_TOKEN, PATIENT_TOKEN_HASH } from './labels'
import { sodium } from './sodium'

const NONCE_BYTES = 24
const MAC_BYTES = 16
/** Of a greeted patient, in characters (Unicode code points). */
const LONGEST_NAME = 200

/** What the link's path carries; from it the secret (32 bytes) cannot be found. */
export function patientToken(secret: Uint8Array): Uint8Array {
  return hash(PATIENT_TOKEN, secret)
}

/** What the server keeps. */
export function patientTokenHash(token: Uint8Array): Uint8Array {
  return hash(PATIENT_TOKEN_HASH, token)
}

/** Opens the sealed greeting. The secret stays in the link's fragment, which browsers send to nobody. */
export function patientSealKey(secret: Uint8Array): Uint8Array {
  return hash(PATIENT_SEAL, secret)
}

/** The nonce (24 fresh random bytes), then `{"name":…}` sealed. Throws `malformed` for no name or too long a one. */
export function sealGreeting(name: string, secret: Uint8Array, nonce: Uint8Array): Uint8Array {
  return concat(nonce, sodium().crypto_secretbox_easy(toJson({ name: checked(name) }), nonce, patientSealKey(secret)))
}

/** The name. Throws `seal_broken` where it was changed or the secret is another, `not_canonical`, `malformed`. */
export function openGreeting(sealed: Uint8Array, secret: Uint8Array): string {
  const greeting = fromJson(unsealed(sealed, secret))
  if (typeof greeting !== 'object' || greeting === null || Object.keys(greeting).join() !== 'name') throw notAName()
  const { name } = greeting as { name: unknown }
  if (typeof name !== 'string') throw notAName()
  return checked(name)
}

function unsealed(sealed: Uint8Array, secret: Uint8Array): Uint8Array {
  const box = sealed.subarray(NONCE_BYTES)
  if (box.length < MAC_BYTES) throw broken()
  try {
    return sodium().crypto_secretbox_open_easy(box, sealed.subarray(0, NONCE_BYTES), patientSealKey(secret))
  } catch {
    throw broken()
  }
}

function checked(name: string): string {
  const length = [...name].length
  if (length < 1 || length > LONGEST_NAME) throw malformed("a greeting's name of another length", 'seal')
  return name
}

function notAName(): ProtocolError {
  return malformed('a greeting that is no name', 'seal')
}

function broken(): ProtocolError {
  return new ProtocolError('seal_broken', 'seal', 'The greeting was changed, or the secret is another.')
}
