/** The authenticated data of an application message: which message it is, and which disclosures it declares (SPEC S6.4). */
import { concat, equalBytes, toBase64url, toUtf8 } from './encoding'
import { malformed } from './failures'
import { fromIdentifier, toIdentifier } from './identifiers'
import { AUTHENTICATED_DATA } from './labels'
import { Reader } from './tls_encoding'

const HASH_BYTES = 32
const MOST_HASHES = 16
const PREFIX = toUtf8(AUTHENTICATED_DATA)

/** `hashes`: statement hashes (S3.3), 32 bytes each, in the order of the images. */
export interface AuthenticatedData { message: string; hashes: Uint8Array[] }

/** Throws `malformed` for more than 16 hashes, one of another length or one there twice. */
export function buildAuthenticatedData({ message, hashes }: AuthenticatedData): Uint8Array {
  requireStatementHashes(hashes)
  return concat(PREFIX, fromIdentifier('message', message), Uint8Array.of(hashes.length), ...hashes)
}

/** Throws `malformed` for another label, a count over 16, a hash there twice, and bytes missing or left over. */
export function parseAuthenticatedData(bytes: Uint8Array): AuthenticatedData {
  const reader = new Reader(bytes)
  if (!equalBytes(reader.take(PREFIX.length), PREFIX)) throw malformed('not the authenticated data of a message', 'framing')
  const message = toIdentifier('message', reader.take(16))
  const hashes = Array.from({ length: reader.uint8() }, () => reader.take(HASH_BYTES))
  reader.end()
  requireStatementHashes(hashes)
  return { message, hashes }
}

function requireStatementHashes(hashes: Uint8Array[]): void {
  const differ = new Set(hashes.map(toBase64url)).size === hashes.length
  if (hashes.length > MOST_HASHES || !differ || hashes.some(({ length }) => length !== HASH_BYTES)) {
    throw malformed('not at most 16 different statement hashes', 'framing')
  }
}
