/** The link that opens a question to a patient (SPEC S5.10): one secret, of which the server learns only the token. */
import { concat, hash, toJson } from './encoding'
import { PATIENT_SEAL, PATIENT_TOKEN, PATIENT_TOKEN_HASH } from './labels'
import { sodium } from './sodium'

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

/** `{"name"}` sealed with XSalsa20-Poly1305, the nonce (24 bytes) before it. */
export function sealGreeting(name: string, secret: Uint8Array, nonce: Uint8Array): Uint8Array {
  return concat(nonce, sodium().crypto_secretbox_easy(toJson({ name }), nonce, patientSealKey(secret)))
}
