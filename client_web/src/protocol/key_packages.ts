/** MLS leaves and key packages (RFC 9420 sections 7.2 and 10), as far as S6.1 allows them. */
import { concat, fromUtf8, toUtf8 } from './encoding'
import { ProtocolError, malformed } from './failures'
import { fromIdentifier } from './identifiers'
import { isSignature } from './statements'
import { Reader, writeOpaque } from './tls_encoding'

export const MLS_VERSION = 1
export const SUITE_X25519 = 3
export const SUITE_XWING = 61_454
export const SOURCE_KEY_PACKAGE = 1
export const SOURCE_COMMIT = 3
const WIRE_KEY_PACKAGE = 5
const SOURCE_UPDATE = 2
const CREDENTIAL_BASIC = 1
const CREDENTIAL_X509 = 2
const MOST_EXTENSIONS = 16
const MOST_CERTIFICATES = 16

/** `identity`: the device id. Times in seconds since 1970. `raw`: the KeyPackage; an MLSMessage puts `0001 0005` before it. */
export interface KeyPackage {
  suite: number; signatureKey: Uint8Array; identity: string; notBefore: bigint; notAfter: bigint; raw: Uint8Array
}

/** A leaf as it is written, nothing judged yet. `signed`: LeafNodeTBS without its group part. */
export interface WrittenLeaf {
  signatureKey: Uint8Array; identity: Uint8Array | null; source: number; lifetime: [bigint, bigint]; signed: Uint8Array; signature: Uint8Array
}

/** A key package as it is written, nothing judged yet. `signed`: KeyPackageTBS. */
export interface WrittenKeyPackage {
  version: number; suite: number; leaf: WrittenLeaf; signed: Uint8Array; signature: Uint8Array; raw: Uint8Array
}

/** An MLSMessage key package with both its signatures verified. Throws `malformed` or `bad_signature`. */
export function parseKeyPackage(bytes: Uint8Array): KeyPackage {
  const reader = new Reader(bytes)
  if (reader.uint16() !== MLS_VERSION || reader.uint16() !== WIRE_KEY_PACKAGE) throw malformed('not an MLS key package', 'framing')
  const written = readKeyPackage(reader)
  reader.end()
  const accepted = acceptKeyPackage(written)
  verifyKeyPackage(written)
  return accepted
}

export function readKeyPackage(reader: Reader): WrittenKeyPackage {
  const start = reader.offset
  const version = reader.uint16()
  const suite = reader.uint16()
  reader.opaque() // init_key
  const leaf = readLeaf(reader)
  reader.vector(skipExtension, MOST_EXTENSIONS)
  const signed = reader.since(start)
  return { version, suite, leaf, signed, signature: reader.opaque(), raw: reader.since(start) }
}

/** The key package if it is of S6.1's kind, its signatures left to `verifyKeyPackage`; or `malformed`. */
export function acceptKeyPackage({ version, suite, leaf, raw }: WrittenKeyPackage): KeyPackage {
  const isKnown = version === MLS_VERSION && (suite === SUITE_XWING || suite === SUITE_X25519)
  if (!isKnown) throw malformed('a key package of another version or suite', 'framing')
  const [notBefore, notAfter] = leaf.lifetime
  return { suite, signatureKey: leaf.signatureKey, identity: acceptLeaf(leaf, SOURCE_KEY_PACKAGE), notBefore, notAfter, raw }
}

/** Throws `bad_signature`. */
export function verifyKeyPackage({ leaf, signed, signature }: WrittenKeyPackage): void {
  verifyWithLabel(leaf.signatureKey, 'LeafNodeTBS', leaf.signed, leaf.signature)
  verifyWithLabel(leaf.signatureKey, 'KeyPackageTBS', signed, signature)
}

export function readLeaf(reader: Reader): WrittenLeaf {
  const start = reader.offset
  reader.opaque() // encryption_key
  const signatureKey = reader.opaque()
  const identity = readCredential(reader)
  // capabilities: versions, cipher suites, extensions, proposals, credentials
  for (let i = 0; i < 5; i++) reader.codes()
  const source = reader.uint8()
  const lifetime = readSource(reader, source)
  reader.vector(skipExtension, MOST_EXTENSIONS)
  return { signatureKey, identity, source, lifetime, signed: reader.since(start), signature: reader.opaque() }
}

/** The device id of a leaf of S6.1's kind: basic credential, 32-byte key, this source; or `malformed`. */
export function acceptLeaf({ identity, signatureKey, source }: WrittenLeaf, wanted: number): string {
  if (source !== wanted || identity === null || signatureKey.length !== 32) throw malformed('a leaf not of the agreed kind', 'framing')
  const device = fromUtf8(identity)
  fromIdentifier('device', device)
  return device
}

/** VerifyWithLabel for Ed25519 (RFC 9420 section 5.1.2). Throws `bad_signature`. */
export function verifyWithLabel(publicKey: Uint8Array, label: string, content: Uint8Array, signature: Uint8Array): void {
  const signed = concat(writeOpaque(toUtf8(`MLS 1.0 ${label}`)), writeOpaque(content))
  if (!isSignature(signature, signed, publicKey)) throw new ProtocolError('bad_signature', 'framing')
}

function readCredential(reader: Reader): Uint8Array | null {
  const kind = reader.uint16()
  if (kind === CREDENTIAL_BASIC) return reader.opaque()
  if (kind !== CREDENTIAL_X509) throw malformed('not a known credential', 'framing')
  reader.vector((certificate) => certificate.opaque(), MOST_CERTIFICATES)
  return null
}

function readSource(reader: Reader, source: number): [bigint, bigint] {
  if (source === SOURCE_KEY_PACKAGE) return [reader.uint64(), reader.uint64()]
  if (source === SOURCE_COMMIT) reader.opaque() // parent_hash
  else if (source !== SOURCE_UPDATE) throw malformed('not a known leaf source', 'framing')
  return [0n, 0n]
}

function skipExtension(reader: Reader): void {
  reader.uint16()
  reader.opaque()
}
