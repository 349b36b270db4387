import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { fromBase64url, fromJson, fromUtf8, hash, mac, toBase64url, toJson, toUtf8 } from '../../src/protocol/encoding'
import { ready } from '../../src/protocol/sodium'
import { anyBytes, codeOf, mutated, resultOrRefusal } from './mutations'

beforeAll(ready)

const key = fc.stringMatching(/^[a-z][a-z_]{0,8}$/)
const leaf = fc.oneof(fc.maxSafeInteger(), fc.string({ unit: 'grapheme' }), fc.boolean(), fc.constant(null))
const { value: json } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof({ maxDepth: 5 }, leaf, fc.array(tie('value'), { maxLength: 4 }), fc.dictionary(key, tie('value'), { maxKeys: 4 })),
}))

describe('base64url', () => {
  test('reads what it writes, as Node does', () => {
    fc.assert(fc.property(anyBytes(), (bytes) => {
      expect(toBase64url(bytes)).toBe(Buffer.from(bytes).toString('base64url'))
      expect(fromBase64url(toBase64url(bytes))).toEqual(bytes)
    }))
  })

  test('has one spelling', () => {
    fc.assert(fc.property(fc.string(), (text) => {
      const bytes = resultOrRefusal(() => fromBase64url(text))
      if (bytes !== null) expect(toBase64url(bytes)).toBe(text)
    }))
    expect(['AA==', 'AB', 'A', 'a b_', '+/+/', 'AA\n'].map((text) => codeOf(() => fromBase64url(text)))).toEqual(Array(6).fill('malformed'))
  })
})

describe('JSON in its one spelling', () => {
  test('reads what it writes', () => {
    fc.assert(fc.property(json, (value) => {
      expect(JSON.stringify(fromJson(toJson(value)))).toBe(JSON.stringify(value))
    }))
  })

  test('takes no other bytes', () => {
    fc.assert(fc.property(json.chain((value) => mutated(toJson(value))), (bytes) => {
      const value = resultOrRefusal(() => fromJson(bytes))
      if (value !== null) expect(toJson(value)).toEqual(bytes)
    }))
  })

  test.each([
    ['a float', '1.5'], ['a whole float', '1.0'], ['an exponent', '1e3'], ['minus nought', '-0'], ['too large', '9007199254740992'],
    ['a lone surrogate', '"\\ud800"'], ['a lone surrogate in a key', '{"\\udc00":1}'], ['a needless escape', '"\\u0041"'],
    ['upper-case hexadecimal', '"\\u001F"'], ['an escaped solidus', '"\\/"'], ['a doubled key', '{"a":1,"a":1}'], ['space', '{"a": 1}'],
    ['a byte-order mark', '\ufeff1'], ['a key that is a number', '{"1":1}'], ['an empty key', '{"":1}'], ['a tail', '1 '], ['nothing', ''],
    ['17 levels', '['.repeat(17) + ']'.repeat(17)], ['a flood of brackets', '['.repeat(60_000)],
    ['a deep well', '['.repeat(30_000) + ']'.repeat(30_000)],
  ])('refuses %s', (_, text) => {
    expect(codeOf(() => fromJson(new TextEncoder().encode(text)))).toBe('not_canonical')
  })

  test('takes the edges', () => {
    const edges = ['9007199254740991', '-9007199254740991', '"\u2028\u007f"', '"\\u001f"', '['.repeat(16) + ']'.repeat(16), '{"a_":1}']
    for (const text of edges) expect(toJson(fromJson(toUtf8(text)))).toEqual(toUtf8(text))
  })
})

test('UTF-8 has no lone surrogates and no bad bytes', () => {
  expect(codeOf(() => toUtf8('\ud800'))).toBe('malformed')
  expect(codeOf(() => fromUtf8(Uint8Array.of(0xc0, 0x80)))).toBe('malformed')
  expect(fromUtf8(toUtf8('\ufeffnaïve 🩻'))).toBe('\ufeffnaïve 🩻')
})

test('fields of a hash cannot run into each other, nor a key into a message', () => {
  const [ab, a, b] = [toUtf8('ab'), toUtf8('a'), toUtf8('b')]
  const digests = [hash('l', ab), hash('l', a, b), hash('l', b, a), hash('la', b), hash('l'), mac(new Uint8Array(32), 'l', ab)]
  expect(new Set(digests.map(toBase64url)).size).toBe(digests.length)
  expect(digests.every(({ length }) => length === 32)).toBe(true)
})
