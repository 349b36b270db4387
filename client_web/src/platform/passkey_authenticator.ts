/**
 * Passkeys by the browser's WebAuthn (SPEC S2.2). No server takes part: what is wanted is the value of a passkey's function alone, so the
 * challenge is random and nobody verifies the signature. The browser says no more of a failure than that it was one.
 */
import { toBase64url } from '../protocol/encoding'
import { SessionFailure } from '../session/failure'
import type { Authenticator, MadePasskey, PasskeyHandle, PasskeySupport } from '../session/platform'

/** COSE: Ed25519, P-256, RSA; the keeper's choice, since nothing is signed that anybody reads. */
const ALGORITHMS = [-8, -7, -257]
/** Where the flags stand in authenticator data (WebAuthn, section 6.1), and the one that says that the user was verified. */
const FLAGS_AT = 32
const USER_VERIFIED = 0x04
/** A finger may need more than one try, and a key is to be found first. */
const PATIENCE_MS = 120_000

export const passkeyAuthenticator: Authenticator = { support, make, evaluate, cancel, disown }

async function support(): Promise<PasskeySupport> {
  if (typeof PublicKeyCredential === 'undefined') return 'none'
  const capabilities = await PublicKeyCredential.getClientCapabilities?.().catch(() => null)
  if (capabilities?.['extension:prf'] === false) return 'none'
  const builtIn = await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable().catch(() => false)
  return builtIn ? 'built-in' : 'possible'
}

async function make(name: string, salt: Uint8Array, present: PasskeyHandle[]): Promise<MadePasskey> {
  const publicKey: PublicKeyCredentialCreationOptions = {
    rp: { name: 'InScope' },
    user: { id: random(32), name, displayName: name },
    challenge: random(32),
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
    // Some phones give the function to discoverable passkeys alone.
    authenticatorSelection: { userVerification: 'required', residentKey: 'preferred' },
    attestation: 'none',
    excludeCredentials: present.map(described),
    extensions: { prf: { eval: { first: own(salt) } } },
    timeout: PATIENCE_MS,
  }
  const made = await ceremony(() => navigator.credentials.create({ publicKey, signal: begun() }))
  const response = made.response as AuthenticatorAttestationResponse
  const credential = new Uint8Array(made.rawId)
  if (!isVerified(response.getAuthenticatorData())) {
    disown(credential)
    throw unverified()
  }
  const { prf } = made.getClientExtensionResults()
  const value = bytesOf(prf?.results?.first)
  return { credential, transports: response.getTransports(), prf: prf?.enabled === true || value !== null, value }
}

async function evaluate(passkeys: PasskeyHandle[], salt: Uint8Array): Promise<{ credential: Uint8Array; value: Uint8Array | null }> {
  const publicKey: PublicKeyCredentialRequestOptions = {
    challenge: random(32), allowCredentials: passkeys.map(described), userVerification: 'required', extensions: { prf: { eval: { first: own(salt) } } }, timeout: PATIENCE_MS,
  }
  const answer = await ceremony(() => navigator.credentials.get({ publicKey, signal: begun() }))
  if (!isVerified((answer.response as AuthenticatorAssertionResponse).authenticatorData)) throw unverified()
  return { credential: new Uint8Array(answer.rawId), value: bytesOf(answer.getClientExtensionResults().prf?.results?.first) }
}

/** A browser takes one at a time. */
let underWay: AbortController | null = null

function begun(): AbortSignal {
  cancel()
  underWay = new AbortController()
  return underWay.signal
}

function cancel(): void {
  underWay?.abort()
  underWay = null
}

/** Not every browser can tell it; then it stays in the keeper's list, and opens nothing. */
function disown(credential: Uint8Array): void {
  const credentialId = toBase64url(credential)
  void PublicKeyCredential.signalUnknownCredential?.({ rpId: location.hostname, credentialId }).catch(() => undefined)
}

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
const own = (bytes: Uint8Array) => new Uint8Array(bytes)
const described = ({ credential, transports }: PasskeyHandle): PublicKeyCredentialDescriptor => ({ type: 'public-key', id: own(credential), transports: transports as AuthenticatorTransport[] })

function bytesOf(value: BufferSource | undefined): Uint8Array | null {
  if (value === undefined) return null
  return ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : new Uint8Array(value)
}

/** Browsers refuse an answer without it, since it was required; what stands in for a browser's own keeper may not. */
function isVerified(authenticatorData: ArrayBuffer): boolean {
  const flags = new Uint8Array(authenticatorData)[FLAGS_AT] ?? 0
  return (flags & USER_VERIFIED) !== 0
}

function unverified(): SessionFailure {
  return new SessionFailure('passkey_unverified', 'The passkey did not ask who is there.', 'use_another')
}

async function ceremony(begin: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  try {
    const credential = await begin()
    if (credential !== null) return credential as PublicKeyCredential
  } catch (error) {
    throw failureOf(error instanceof DOMException ? error.name : '')
  }
  throw failureOf('')
}

/** Who presses Cancel, who waits too long and who has no such passkey are told apart by nobody but the browser. */
function failureOf(name: string): SessionFailure {
  if (name === 'NotAllowedError' || name === 'AbortError') return new SessionFailure('passkey_cancelled', 'It was cancelled, or took too long.', 'try_again')
  if (name === 'InvalidStateError') return new SessionFailure('passkey_known', 'This passkey is there already.', 'use_passkey')
  if (name === 'SecurityError') return new SessionFailure('passkey_unavailable', 'Passkeys cannot unlock at this address.', 'use_passphrase')
  return new SessionFailure('passkey_failed', 'The browser or the passkey failed.', 'use_passphrase')
}
