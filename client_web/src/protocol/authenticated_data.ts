/** The authenticated data of an application message: which message it is, and which disclosures it declares (SPEC S6.4). */
import { concat, equalBytes, toUtf8 } from './encoding'
import { malformed } from './failures'
import { fromIdentifier, toIdentifier } from './identifiers'
import { AUTHENTICATED_DATA } from './labels'

const HASH_BYTES = 32
const MOST_HASHES = 16
const PREFIX = toUtf8(AUTHENTICATED_DATA)
const HEADER_BYTES = PREFIX.length + 16 + 1

/** `hashes`: statement hashes (S3.3), 32 bytes each, in the order of the images. */
export interface AuthenticatedData { message: string; hashes: Uint8Array[] }

/** Throws `malformed` for more than 16 hashes or one of another length. */
export function buildAuthenticatedData({ message, hashes }: AuthenticatedData): Uint8Array {
  if (hashes.length > MOST_HASHES || hashes.some(({ length }) => length !== HASH_BYTES)) throw malformed('not at most 16 hashes', 'framing')
  return concat(PREFIX, fromIdentifier('message', message), Uint8Array.of(hashes.length), ...hashes)
}

/** Throws `malformed` for another label, a count over 16, and bytes missing or left over. */
export function parseAuthenticatedData(bytes: Uint8Array): AuthenticatedData {
  const n = bytes[HEADER_BYTES - 1]
  const fits = n !== undefined && n <= MOST_HASHES && bytes.length === HEADER_BYTES + n * HASH_BYTES
  if (!fits || !equalBytes(bytes.subarray(0, PREFIX.length), PREFIX)) throw malformed('not authenticated data', 'framing')
  const hashAt = (i: number) => bytes.slice(HEADER_BYTES + i * HASH_BYTES, HEADER_BYTES + (i + 1) * HASH_BYTES)
  return {
    message: toIdentifier('message', bytes.slice(PREFIX.length, HEADER_BYTES - 1)),
    hashes: Array.from({ length: n }, (_, i) => hashAt(i)),
  }
}
