/**
 * Making and verifying what travels inside the ciphertext (SPEC S6.4, S6.5) and the disclosures declared beside it (S7.8).
 * Pure: keys, time and identifiers are arguments.
 */
import { parseAuthenticatedData } from '../protocol/authenticated_data'
import { equalBytes, fromUtf8, toBase64url } from '../protocol/encoding'
import { ProtocolError } from '../protocol/failures'
import { isDeclared } from '../protocol/history'
import { parseEnvelope, statementHash, verify, type Envelope } from '../protocol/statements'
import type { Content, ImageManifest } from '../protocol/types'
import type { MessageEntry } from './entries'
import { arePairs } from './previews'
import type { Disclosure } from './records'

/** Who the server says sent it, as the thread's own tree knows them. */
export interface Sender { device: string; person: string; key: Uint8Array }
/** `signed`: the content as its author's device signed it. */
export interface Received { content: Content; disclosures: Disclosure[]; signed: Envelope }

function must(holds: boolean, code: 'malformed' | 'not_as_declared' | 'wrong_signer', rule: string): asserts holds {
  if (!holds) throw new ProtocolError(code, 'framing', rule)
}

/** The content of a message, with its declared disclosures verified. Throws a `ProtocolError`: the message is then shown without its body. */
export function readContent(entry: MessageEntry, sender: Sender, plaintext: Uint8Array, authenticatedData: Uint8Array, purpose: string): Received {
  const signed = parseEnvelope(parsed(plaintext))
  const content = verify(signed, 'content', sender.device, sender.key)
  const { message, hashes } = parseAuthenticatedData(authenticatedData)
  must(content.message === message && message === entry.message, 'malformed', 'another message id inside')
  must(content.thread === entry.thread && content.epoch === entry.epoch, 'malformed', 'another thread or epoch inside')
  must(content.device === sender.device && content.person === sender.person, 'wrong_signer', 'another author inside')
  return { content, disclosures: readDisclosures(entry, sender, content, hashes, purpose), signed }
}

/** An envelope's own spelling is free (S3.3); its payload's is not, and `verify` sees to that. */
function parsed(plaintext: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(plaintext))
  } catch {
    throw new ProtocolError('malformed', 'json')
  }
}

function readDisclosures(entry: MessageEntry, sender: Sender, content: Content, hashes: Uint8Array[], purpose: string): Disclosure[] {
  const manifests = content.body.kind === 'images' ? content.body.images : []
  const counts = new Set([manifests.length, hashes.length, entry.disclosures.length])
  must(counts.size === 1, 'not_as_declared', 'images that were not declared, or declarations without images')
  const declared = manifests.map((manifest, i): Disclosure => {
    const envelope = parseEnvelope(entry.disclosures[i]!.statement)
    const statement = verify(envelope, 'disclosure', sender.device, sender.key)
    const hash = statementHash(envelope)
    must(equalBytes(hash, hashes[i]!) && toBase64url(hash) === manifest.statement_hash, 'not_as_declared', 'another statement than the one declared')
    must(isDeclared(statement, manifest, content, purpose), 'not_as_declared', 'statement, message and manifest disagree')
    return { disclosure: manifest.disclosure, thread: content.thread, message: content.message, statement, envelope, manifest, state: 'live', closedCode: null }
  })
  must(arePairs(declared), 'not_as_declared', 'a preview of what is not beside it')
  return declared
}

const MAGIC: Record<ImageManifest['media_type'], (bytes: Uint8Array) => boolean> = {
  'image/jpeg': (bytes) => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff,
  'image/png': (bytes) => equalBytes(bytes.subarray(0, 8), Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)),
  'image/webp': (bytes) => toBase64url(bytes.subarray(0, 3)) === 'UklG' && toBase64url(bytes.subarray(9, 12)) === 'RUJQ' && bytes[8] === 0x57,
}

/** Whether opened bytes are what the manifest says, as far as their first bytes tell; anything else must not reach a decoder. */
export function isDeclaredMedia(bytes: Uint8Array, manifest: ImageManifest): boolean {
  return bytes.length === manifest.size && MAGIC[manifest.media_type](bytes)
}

