/** Signed statements: DSSE envelopes over payloads in the one spelling (SPEC S3; DSSE protocol v1.0.2). */
import { concat, fromBase64url, hash, toBase64url, toUtf8 } from './encoding'
import { ProtocolError } from './failures'
import { STATEMENT, payloadType } from './labels'
import { bytes, list, object, text, where, type Of } from './shape'
import { sodium } from './sodium'
import { MOST_PAYLOAD_BYTES, decodePayload, encodePayload, type Payload, type StatementName } from './types'

const signatures = list(object({ keyid: text(), sig: bytes(64) }), 1)
const envelopeShape = object({
  payload: bytes(0, MOST_PAYLOAD_BYTES),
  payloadType: text(),
  signatures: where(signatures, ({ length }) => length === 1, 'not exactly one signature'),
})

/** S3.1. `payload` and `sig` are base64url; one from outside comes through `parseEnvelope` only. */
export type Envelope = Of<typeof envelopeShape>

/** An envelope of a parsed JSON value, or `malformed`. */
export function parseEnvelope(value: unknown): Envelope {
  return envelopeShape(value)
}

/** DSSE's PAE (S3.1): the bytes that are signed. */
export function preAuthenticationEncoding(type: string, payload: Uint8Array): Uint8Array {
  const typeBytes = toUtf8(type)
  return concat(toUtf8(`DSSEv1 ${typeBytes.length} `), typeBytes, toUtf8(` ${payload.length} `), payload)
}

/** The Ed25519 public key (32 bytes) of a 32-byte seed. */
export function publicKeyOf(seed: Uint8Array): Uint8Array {
  return sodium().crypto_sign_seed_keypair(seed).publicKey
}

/** Signs a payload with the Ed25519 key of a 32-byte seed. `malformed` or `not_canonical` for what no reader would take. */
export function sign<N extends StatementName>(name: N, payload: Payload<N>, signerId: string, seed: Uint8Array): Envelope {
  const encoded = encodePayload(name, payload)
  const type = payloadType(name)
  const { privateKey } = sodium().crypto_sign_seed_keypair(seed)
  const signature = sodium().crypto_sign_detached(preAuthenticationEncoding(type, encoded), privateKey)
  return { payload: toBase64url(encoded), payloadType: type, signatures: [{ keyid: signerId, sig: toBase64url(signature) }] }
}

/**
 * The payload of a statement of this name by this signer, checked in the order of S3.4.
 * Throws `malformed`, `wrong_type`, `wrong_signer`, `bad_signature`, `not_canonical` or `malformed`.
 */
export function verify<N extends StatementName>(value: unknown, name: N, signerId: string, publicKey: Uint8Array): Payload<N> {
  const envelope = parseEnvelope(value)
  if (envelope.payloadType !== payloadType(name)) throw new ProtocolError('wrong_type', 'signature')
  const { keyid, sig } = envelope.signatures[0]!
  if (keyid !== signerId) throw new ProtocolError('wrong_signer', 'signature')
  if (!isSignature(fromBase64url(sig), signedBytes(envelope), publicKey)) throw new ProtocolError('bad_signature', 'signature')
  return decodePayload(name, fromBase64url(envelope.payload))
}

/** S3.3: 32 bytes, the same however the envelope and its signature are spelled. */
export function statementHash(envelope: Envelope): Uint8Array {
  return hash(STATEMENT, signedBytes(envelope))
}

/** Whether these 64 bytes are an Ed25519 signature of the message; a key of another length than 32 bytes signs nothing. */
export function isSignature(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  const lengthsFit = signature.length === 64 && publicKey.length === 32
  return lengthsFit && sodium().crypto_sign_verify_detached(signature, message, publicKey)
}

function signedBytes(envelope: Envelope): Uint8Array {
  return preAuthenticationEncoding(envelope.payloadType, fromBase64url(envelope.payload))
}
