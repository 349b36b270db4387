/** A device beside the first: its link, the proof that it was opened, and the number that both show (SPEC S4.9). */
import { equalBytes, hash, mac, toBase64url, toUtf8 } from './encoding'
import { DEVICE_LINK_COMMITMENT, DEVICE_LINK_NUMBER, DEVICE_LINK_PIN, DEVICE_LINK_PROOF, DEVICE_LINK_PROOF_KEY, DEVICE_LINK_TOKEN, DEVICE_LINK_TOKEN_HASH } from './labels'

/** What asks to become a device of somebody. `deviceKey`: a raw Ed25519 public key. */
export interface AskingDevice { device: string; deviceKey: Uint8Array; label: string }
/** What a link pins. Keys are raw Ed25519 public keys. */
export interface PinnedByLink { organisationKey: Uint8Array; identityKey: Uint8Array; organisation: string; person: string; commitment: Uint8Array }

/** What the new device shows the server: 32 bytes. */
export function deviceLinkToken(secret: Uint8Array): Uint8Array {
  return hash(DEVICE_LINK_TOKEN, secret)
}

/** What the server holds of a token: 32 bytes. */
export function deviceLinkTokenHash(token: Uint8Array): Uint8Array {
  return hash(DEVICE_LINK_TOKEN_HASH, token)
}

/** What binds the first device to `opened`, 32 bytes that it tells only once it has been asked. */
export function deviceLinkCommitment(opened: Uint8Array): Uint8Array {
  return hash(DEVICE_LINK_COMMITMENT, opened)
}

/** What the link says of all that the server tells beside it: 32 bytes. */
export function deviceLinkPin({ organisationKey, identityKey, organisation, person, commitment }: PinnedByLink): Uint8Array {
  return hash(DEVICE_LINK_PIN, organisationKey, identityKey, toUtf8(organisation), toUtf8(person), commitment)
}

/** 32 bytes that only a holder of the link's secret can make. */
export function deviceLinkProof(secret: Uint8Array, identityKey: Uint8Array, person: string, { device, deviceKey, label }: AskingDevice): Uint8Array {
  return mac(hash(DEVICE_LINK_PROOF_KEY, secret), DEVICE_LINK_PROOF, identityKey, deviceKey, toUtf8(person), toUtf8(device), toUtf8(label))
}

/** The first device's check, in constant time. */
export function isDeviceLinkProof(proof: Uint8Array, secret: Uint8Array, identityKey: Uint8Array, person: string, asking: AskingDevice): boolean {
  return equalBytes(proof, deviceLinkProof(secret, identityKey, person, asking))
}

/** Six digits, the same on both devices when it is this device that asked. */
export function deviceLinkNumber(opened: Uint8Array, proof: Uint8Array): string {
  const drawn = hash(DEVICE_LINK_NUMBER, opened, proof)
  const number = new DataView(drawn.buffer, drawn.byteOffset).getBigUint64(0)
  return String(number % 1_000_000n).padStart(6, '0')
}

/** `<b64url(secret)>.<b64url(pin)>`, the end of the link; read by `parseFragment`. */
export function deviceLinkFragment(secret: Uint8Array, pin: Uint8Array): string {
  return `${toBase64url(secret)}.${toBase64url(pin)}`
}
