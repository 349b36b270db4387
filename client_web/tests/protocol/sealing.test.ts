import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { toBase64url } from '../../src/protocol/encoding'
import { BUCKETS, blobHash, blobParts, bucketOf, imageKey, pad, partHash, seal, sealedSize } from '../../src/protocol/sealing'
import { ready } from '../../src/protocol/sodium'
import { codeOf } from './mutations'
import { id } from './samples'

beforeAll(ready)

const KEY = new Uint8Array(32).fill(1)
const HEADER = new Uint8Array(24).fill(2)

test('buckets are powers of two and those and a half, from 64 KiB to 64 MiB', () => {
  expect(BUCKETS.length).toBe(21)
  expect([BUCKETS[0], BUCKETS[1], BUCKETS[2], BUCKETS.at(-2), BUCKETS.at(-1)]).toEqual([65_536, 98_304, 131_072, 50_331_648, 67_108_864])
  expect([0, 65_535, 65_536, 98_303, 98_304].map(bucketOf)).toEqual([65_536, 65_536, 98_304, 98_304, 131_072])
  expect(codeOf(() => bucketOf(67_108_864))).toBe('too_large')
})

test('padding is undone by its last mark', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (plaintext) => {
    const padded = pad(plaintext)
    expect(padded.length).toBe(65_536)
    expect(padded.subarray(0, padded.lastIndexOf(0x80))).toEqual(plaintext)
  }), { numRuns: 20 })
})

test('a sealed form has the size of its bucket, whatever it holds', () => {
  const sealedLength = (size: number) => seal(KEY, id('disclosure'), new Uint8Array(size), HEADER).length
  expect([1, 65_535, 65_536].map(sealedLength)).toEqual([65_577, 65_577, 24 + 98_304 + 34])
  expect([1, 65_535, 65_536].map(sealedSize)).toEqual([65_577, 65_577, 24 + 98_304 + 34])
})

test('a key is of both halves, in their order, and of what it is bound to', () => {
  const [a, b] = [new Uint8Array(32).fill(3), new Uint8Array(32).fill(4)]
  const bound = { disclosure: id('disclosure'), thread: id('thread'), image: id('image') }
  const keys = [
    imageKey(a, b, bound), imageKey(b, a, bound), imageKey(a, a, bound), imageKey(a, b, { ...bound, disclosure: id('disclosure', 2) }),
    imageKey(a, b, { ...bound, thread: id('thread', 2) }), imageKey(a, b, { ...bound, image: id('image', 2) }),
  ]
  expect(new Set(keys.map(toBase64url)).size).toBe(keys.length)
  expect(codeOf(() => imageKey(a, new Uint8Array(0), bound))).toBe('malformed')
})

test('parts make up the whole, and the hash is of their order', () => {
  const sealed = Uint8Array.from({ length: 2 ** 20 + 5 }, (_, i) => i % 251)
  const parts = blobParts(sealed)
  expect(parts.map(({ length }) => length)).toEqual([2 ** 20, 5])
  expect(parts.flatMap((part) => [part[0], part.at(-1)])).toEqual([sealed[0], sealed[2 ** 20 - 1], sealed[2 ** 20], sealed.at(-1)])
  const hashes = parts.map(partHash)
  expect(blobHash(hashes)).not.toEqual(blobHash([...hashes].reverse()))
})
