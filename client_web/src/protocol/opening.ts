/** Opening a sealed image, or refusing it as `seal_broken` (SPEC S7.3). Nothing is returned before everything was checked. */
import { concat, equalBytes, toUtf8 } from './encoding'
import { ProtocolError } from './failures'
import { CHUNK_BYTES, CHUNK_OVERHEAD, HEADER_BYTES, PADDING_BEGINS, chunkTag, inPieces, keyCommitment, plaintextCommitment, sealedSize } from './sealing'
import { sodium } from './sodium'

/** What the sealed form must be: `size` plaintext bytes as in the manifest, commitments (32 bytes) as in the statement. */
export interface Sealing { disclosure: string; size: number; keyCommitment: Uint8Array; plaintextCommitment: Uint8Array }

/** The plaintext. Throws `seal_broken` when key, length, stream, padding or plaintext is not what was committed to. */
export function openSealed(key: Uint8Array, sealed: Uint8Array, sealing: Sealing): Uint8Array {
  if (!equalBytes(keyCommitment(key), sealing.keyCommitment)) throw broken('another key')
  if (!isSealable(sealing.size) || sealed.length !== sealedSize(sealing.size)) throw broken('another length than its bucket')
  const plaintext = unpad(decrypt(key, sealed, sealing.disclosure), sealing.size)
  if (!equalBytes(plaintextCommitment(key, plaintext), sealing.plaintextCommitment)) throw broken('another plaintext')
  return plaintext
}

function isSealable(size: number): boolean {
  return Number.isSafeInteger(size) && size >= 0 && size < 2 ** 26
}

function decrypt(key: Uint8Array, sealed: Uint8Array, disclosure: string): Uint8Array {
  const library = sodium()
  const state = library.crypto_secretstream_xchacha20poly1305_init_pull(sealed.subarray(0, HEADER_BYTES), key)
  const chunks = inPieces(sealed.subarray(HEADER_BYTES), CHUNK_BYTES + CHUNK_OVERHEAD)
  return concat(...chunks.map((chunk, i) => {
    const opened = library.crypto_secretstream_xchacha20poly1305_pull(state, chunk, toUtf8(disclosure))
    if (opened === false || opened.tag !== chunkTag(i === chunks.length - 1)) throw broken('a chunk changed, moved or cut')
    return opened.message
  }))
}

function unpad(padded: Uint8Array, size: number): Uint8Array {
  // Not by a function for each byte: of half a bucket that takes longer than to decrypt it.
  const isPadded = padded[size] === PADDING_BEGINS && sodium().is_zero(padded.subarray(size + 1))
  if (!isPadded) throw broken('another padding')
  return padded.slice(0, size)
}

function broken(message: string): ProtocolError {
  return new ProtocolError('seal_broken', 'seal', `This image is not whole: ${message}.`)
}
