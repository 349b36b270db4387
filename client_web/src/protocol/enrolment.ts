/** Invitations, and the proof that the invited person chose these keys (SPEC S4.1, S4.2). */
import { equalBytes, fromBase64url, hash, mac, toBase64url, toUtf8 } from './encoding'
import { malformed } from './failures'
import { INVITATION_PROOF, INVITATION_PROOF_KEY, INVITATION_TOKEN, INVITATION_TOKEN_HASH, KEY_FINGERPRINT } from './labels'

/** What the printed link carries: the secret and the fingerprint of the organisation's key, 32 bytes each. */
export interface InvitationFragment { secret: Uint8Array; fingerprint: Uint8Array }
/** Raw Ed25519 public keys, and whose they are. */
export interface EnrolledKeys { identityKey: Uint8Array; deviceKey: Uint8Array; person: string; device: string }

/** What the device shows the server: 32 bytes. */
export function invitationToken(secret: Uint8Array): Uint8Array {
  return hash(INVITATION_TOKEN, secret)
}

/** What the server holds of a token: 32 bytes. */
export function invitationTokenHash(token: Uint8Array): Uint8Array {
  return hash(INVITATION_TOKEN_HASH, token)
}

/** What a client pins (S3.7): 32 bytes. */
export function keyFingerprint(organisationKey: Uint8Array): Uint8Array {
  return hash(KEY_FINGERPRINT, organisationKey)
}

/** Whether this is the organisation key that the link named. */
export function isPinnedKey(organisationKey: Uint8Array, fingerprint: Uint8Array): boolean {
  return equalBytes(keyFingerprint(organisationKey), fingerprint)
}

/** 32 bytes that only a holder of the invitation secret can make. */
export function invitationProof(secret: Uint8Array, { identityKey, deviceKey, person, device }: EnrolledKeys): Uint8Array {
  return mac(hash(INVITATION_PROOF_KEY, secret), INVITATION_PROOF, identityKey, deviceKey, toUtf8(person), toUtf8(device))
}

/** `<b64url(secret)>.<b64url(fingerprint)>`, the end of the link (S4.1). */
export function invitationFragment(secret: Uint8Array, organisationKey: Uint8Array): string {
  return `${toBase64url(secret)}.${toBase64url(keyFingerprint(organisationKey))}`
}

/** The secret and fingerprint of a link's end, or `malformed`. */
export function parseFragment(text: string): InvitationFragment {
  const parts = text.split('.').map(fromBase64url)
  if (parts.length !== 2 || parts.some(({ length }) => length !== 32)) throw malformed('not an invitation')
  return { secret: parts[0]!, fingerprint: parts[1]! }
}
