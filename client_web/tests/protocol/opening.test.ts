import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { concat } from '../../src/protocol/encoding'
import { openSealed, type Sealing } from '../../src/protocol/opening'
import { keyCommitment, pad, plaintextCommitment, seal } from '../../src/protocol/sealing'
import { ready, sodium } from '../../src/protocol/sodium'
import { codeOf } from './mutations'
import { id } from './samples'

const KEY = new Uint8Array(32).fill(1)
const HEADER = new Uint8Array(24).fill(2)
const CHUNK = 65_536 + 17
// Its bucket is 192 KiB: three full chunks.
const plaintext = Uint8Array.from({ length: 140_000 }, (_, i) => (i * 7) % 256)
let sealed: Uint8Array
let sealing: Sealing
beforeAll(async () => {
  await ready()
  sealed = seal(KEY, id('disclosure'), plaintext, HEADER)
  sealing = sealingOf(plaintext)
})

function sealingOf(bytes: Uint8Array): Sealing {
  return { disclosure: id('disclosure'), size: bytes.length, keyCommitment: keyCommitment(KEY), plaintextCommitment: plaintextCommitment(KEY, bytes) }
}

const verdict = (bytes: Uint8Array, changes: Partial<Sealing> = {}, key = KEY) => codeOf(() => openSealed(key, bytes, { ...sealing, ...changes }))

test('what was sealed is opened, in one chunk, in one and a half, in two', () => {
  expect(openSealed(KEY, sealed, sealing)).toEqual(plaintext)
  for (const size of [1, 65_535, 65_536, 98_303]) {
    const bytes = plaintext.slice(0, size)
    expect(openSealed(KEY, seal(KEY, id('disclosure'), bytes, HEADER), sealingOf(bytes))).toEqual(bytes)
  }
})

test('another key, disclosure, size or commitment does not open it', () => {
  const other = new Uint8Array(32).fill(9)
  expect(verdict(sealed, {}, other)).toBe('seal_broken')
  expect(verdict(sealed, { keyCommitment: keyCommitment(other) }, other)).toBe('seal_broken')
  expect(verdict(sealed, { disclosure: id('disclosure', 2) })).toBe('seal_broken')
  for (const size of [139_999, 140_001, -1, 0.5, NaN, 2 ** 26]) expect(verdict(sealed, { size })).toBe('seal_broken')
  expect(verdict(sealed, { plaintextCommitment: new Uint8Array(32) })).toBe('seal_broken')
})

test('no chunk can be cut, added, repeated or moved', () => {
  const [head, first, second, third] = [sealed.slice(0, 24), ...[0, 1, 2].map((i) => sealed.slice(24 + i * CHUNK, 24 + (i + 1) * CHUNK))] as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
  expect(verdict(concat(head, first, second, third))).toBe('none')
  for (const chunks of [[first, second], [second, first, third], [first, first, third], [first, second, third, third], [first, third, second]]) {
    expect(verdict(concat(head, ...chunks))).toBe('seal_broken')
  }
})

test('a stream that ends early, or does not end, is refused though its length fits', () => {
  const library = sodium()
  const { crypto_secretstream_xchacha20poly1305_TAG_FINAL: final, crypto_secretstream_xchacha20poly1305_TAG_MESSAGE: message } = library
  const sealWith = (tags: number[]) => {
    const state = library.crypto_secretstream_xchacha20poly1305_init_pull(HEADER, KEY)
    const padded = pad(plaintext)
    return concat(HEADER, ...tags.map((tag, i) =>
      library.crypto_secretstream_xchacha20poly1305_push(state, padded.subarray(i * 65_536, (i + 1) * 65_536), id('disclosure'), tag)))
  }
  expect(verdict(sealWith([message, message, final]))).toBe('none')
  expect(verdict(sealWith([message, message, message]))).toBe('seal_broken')
  expect(verdict(sealWith([message, final, final]))).toBe('seal_broken')
})

test('padding of another form is refused though the stream is whole', () => {
  const withPadding = (change: (padded: Uint8Array) => void) => {
    const padded = pad(plaintext)
    change(padded)
    const library = sodium()
    const state = library.crypto_secretstream_xchacha20poly1305_init_pull(HEADER, KEY)
    return concat(HEADER, ...[0, 1, 2].map((i) => library.crypto_secretstream_xchacha20poly1305_push(
      state, padded.subarray(i * 65_536, (i + 1) * 65_536), id('disclosure'),
      i === 2 ? library.crypto_secretstream_xchacha20poly1305_TAG_FINAL : library.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE)))
  }
  expect(verdict(withPadding(() => undefined))).toBe('none')
  expect(verdict(withPadding((padded) => padded.fill(0, 140_000)))).toBe('seal_broken')
  expect(verdict(withPadding((padded) => padded.fill(1, padded.length - 1)))).toBe('seal_broken')
})

test('no flipped bit opens', () => {
  fc.assert(fc.property(fc.nat(sealed.length - 1), fc.integer({ min: 0, max: 7 }), (at, bit) => {
    const flipped = sealed.slice()
    flipped[at]! ^= 1 << bit
    expect(verdict(flipped)).toBe('seal_broken')
  }), { numRuns: 60 })
})
