/** Bytes, JSON in its one spelling, and labelled hashes (SPEC S1.2, S1.4, S1.5). */
import { malformed, notCanonical } from './failures'
import { sodium } from './sodium'

const LONE_SURROGATE = /[\ud800-\udfff]/u
const KEY = /^[a-z][a-z_]*$/
const DEEPEST = 16
// A byte-order mark must reach the JSON parser, which refuses it; by default the decoder would swallow it.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text)
}

/** UTF-8 of well-formed text. Throws `malformed` for a lone surrogate, which has no UTF-8. */
export function toUtf8(text: string): Uint8Array {
  if (!isWellFormed(text)) throw malformed('text with a lone surrogate')
  return encoder.encode(text)
}

export function fromUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw malformed('bytes that are not UTF-8')
  }
}

/** base64url without padding. */
export function toBase64url(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** The bytes of canonical base64url (S1.2); anything else is `malformed`, also a spelling with unused bits set. */
export function fromBase64url(text: string): Uint8Array {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) throw malformed('not base64url')
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
  if (toBase64url(bytes) !== text) throw malformed('not the canonical base64url')
  return bytes
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/** Of public bytes: stops at the first difference. Secrets are compared by libsodium's `memcmp`. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

function requireWritable(value: unknown, levelsLeft: number): void {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw notCanonical('a number that is not a safe integer')
  if (typeof value === 'string' && !isWellFormed(value)) throw notCanonical('text with a lone surrogate')
  if (typeof value !== 'object' || value === null) return
  if (levelsLeft === 0) throw notCanonical('nested too deep')
  if (!Array.isArray(value) && !Object.keys(value).every((key) => KEY.test(key))) throw notCanonical('a key of another form')
  for (const inner of Object.values(value)) requireWritable(inner, levelsLeft - 1)
}

/** The one spelling of a value made of objects, lists, text, integers, booleans and null. Throws `not_canonical` for others. */
export function toJson(value: unknown): Uint8Array {
  requireWritable(value, DEEPEST)
  return encoder.encode(JSON.stringify(value))
}

/** Reads JSON and refuses every spelling but the one of S1.5 with `not_canonical`. */
export function fromJson(bytes: Uint8Array): unknown {
  const value = parseJson(bytes)
  if (!equalBytes(toJson(value), bytes)) throw notCanonical('JSON in another spelling')
  return value
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes))
  } catch {
    // What the platform throws quotes its input, which is not for the caller.
    throw notCanonical('not JSON')
  }
}

/** A 4-byte big-endian integer. */
export function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

function labelled(label: string, fields: Uint8Array[]): Uint8Array {
  return concat(encoder.encode(label), Uint8Array.of(0), ...fields.flatMap((field) => [uint32(field.length), field]))
}

/** `H(label, m…)`: 32 bytes (S1.4). */
export function hash(label: string, ...fields: Uint8Array[]): Uint8Array {
  return sodium().crypto_generichash(32, labelled(label, fields), null)
}

/** `MAC(key, label, m…)`: 32 bytes; the key is 16 to 64 bytes (S1.4). */
export function mac(key: Uint8Array, label: string, ...fields: Uint8Array[]): Uint8Array {
  return sodium().crypto_generichash(32, labelled(label, fields), key)
}
