/** Which public keys are taken in statements (SPEC S3.8): with any other, a signature or a seal would bind nobody. */
import { fromBase64url } from './encoding'
import { sodium } from './sodium'

/** Found to be points before: the same few keys stand in every statement, and to look at one takes as long as a signature. */
const found = new Set<string>()
const MOST_FOUND = 10_000
const anyScalar = new Uint8Array(32).fill(1)

/** Whether these 32 bytes (base64url) are an Ed25519 point in its one spelling, on the curve's main subgroup, not of low order. */
export function isSigningKey(key: string): boolean {
  if (found.has(key)) return true
  if (!sodium().crypto_core_ed25519_is_valid_point(fromBase64url(key))) return false
  if (found.size >= MOST_FOUND) found.clear()
  found.add(key)
  return true
}

/** Whether X25519 with these 32 bytes (base64url) gives a secret: with a point of low order all get the same. */
export function isSealingKey(key: string): boolean {
  try {
    sodium().crypto_scalarmult(anyScalar, fromBase64url(key))
    return true
  } catch {
    return false
  }
}
