/** Image keys, commitments, buckets, the seal and the hashes of blobs (SPEC S7.2, S7.3, S7.6). */
import { concat, hash, mac, toUtf8 } from './encoding'
import { ProtocolError, malformed } from './failures'
import { BLOB, BLOB_PART, IMAGE_KEY, KEY_COMMITMENT, PLAINTEXT_COMMITMENT } from './labels'
import { sodium } from './sodium'

export const CHUNK_BYTES = 65_536
export const CHUNK_OVERHEAD = 17
export const HEADER_BYTES = 24
export const BLOB_PART_BYTES = 2 ** 20
export const PADDING_BEGINS = 0x80

/** `2^k` and `3 * 2^(k-1)` from 64 KiB to 64 MiB, ascending. */
export const BUCKETS: readonly number[] = Array.from({ length: 11 }, (_, k) => CHUNK_BYTES * 2 ** k)
  .flatMap((power) => (power === 2 ** 26 ? [power] : [power, power * 1.5]))

/** What an image key is bound to. */
export interface KeyBinding { disclosure: string; thread: string; image: string }

/** The key (32 bytes) of two halves of 32 bytes each (S7.2). */
export function imageKey(clientHalf: Uint8Array, serverHalf: Uint8Array, { disclosure, thread, image }: KeyBinding): Uint8Array {
  if (clientHalf.length !== 32 || serverHalf.length !== 32) throw malformed('a key half of another length', 'seal')
  return mac(concat(clientHalf, serverHalf), IMAGE_KEY, toUtf8(disclosure), toUtf8(thread), toUtf8(image))
}

/** 32 bytes that tie a sealed image to one key. */
export function keyCommitment(key: Uint8Array): Uint8Array {
  return mac(key, KEY_COMMITMENT)
}

/** 32 bytes that tie a sealed image to one plaintext. */
export function plaintextCommitment(key: Uint8Array, plaintext: Uint8Array): Uint8Array {
  return mac(key, PLAINTEXT_COMMITMENT, plaintext)
}

/** The smallest bucket larger than `size` plaintext bytes. Throws `too_large` when there is none. */
export function bucketOf(size: number): number {
  const bucket = BUCKETS.find((each) => each > size)
  if (bucket === undefined) throw new ProtocolError('too_large', 'seal')
  return bucket
}

/** Bytes of the sealed form of `size` plaintext bytes. */
export function sealedSize(size: number): number {
  const bucket = bucketOf(size)
  return HEADER_BYTES + bucket + CHUNK_OVERHEAD * Math.ceil(bucket / CHUNK_BYTES)
}

/** ISO/IEC 7816-4 to the plaintext's bucket. */
export function pad(plaintext: Uint8Array): Uint8Array {
  const padded = new Uint8Array(bucketOf(plaintext.length))
  padded.set(plaintext)
  padded[plaintext.length] = PADDING_BEGINS
  return padded
}

/** The sealed form (S7.3). `header`: 24 fresh random bytes; the same twice under one key would lay two plaintexts open. */
export function seal(key: Uint8Array, disclosure: string, plaintext: Uint8Array, header: Uint8Array): Uint8Array {
  const library = sodium()
  // libsodium's init_push draws the header itself; its init_pull makes the same state from a header that is given.
  const state = library.crypto_secretstream_xchacha20poly1305_init_pull(header, key)
  const padded = pad(plaintext)
  const chunks = inPieces(padded, CHUNK_BYTES)
  return concat(header, ...chunks.map((chunk, i) =>
    library.crypto_secretstream_xchacha20poly1305_push(state, chunk, toUtf8(disclosure), chunkTag(i === chunks.length - 1))))
}

/** The tag a chunk carries (S7.3). */
export function chunkTag(isLast: boolean): number {
  const library = sodium()
  return isLast ? library.crypto_secretstream_xchacha20poly1305_TAG_FINAL : library.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
}

/** 32 bytes of one part of a sealed image, 1 MiB but for the last (S7.6). */
export function partHash(part: Uint8Array): Uint8Array {
  return hash(BLOB_PART, part)
}

/** 32 bytes over the hashes of all parts in order (S7.6). */
export function blobHash(partHashes: Uint8Array[]): Uint8Array {
  return hash(BLOB, ...partHashes)
}

/** A sealed image in the parts that are uploaded (S7.6). */
export function blobParts(sealed: Uint8Array): Uint8Array[] {
  return inPieces(sealed, BLOB_PART_BYTES)
}

/** Views of so many bytes each, the last one perhaps shorter. */
export function inPieces(bytes: Uint8Array, length: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / length) }, (_, i) => bytes.subarray(i * length, (i + 1) * length))
}
