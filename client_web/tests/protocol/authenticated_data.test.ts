import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildAuthenticatedData, parseAuthenticatedData } from '../../src/protocol/authenticated_data'
import { concat } from '../../src/protocol/encoding'
import { anyBytes, codeOf, mutated, resultOrRefusal } from './mutations'
import { id } from './samples'

const numbered = (n: number) => new Uint8Array(32).fill(n)
const declared = (count: number) => ({ message: id('message'), hashes: Array.from({ length: count }, (_, i) => numbered(i)) })

test('is read back as it was built, with up to 16 disclosures', () => {
  for (const count of [0, 1, 16]) {
    const bytes = buildAuthenticatedData(declared(count))
    expect(bytes.length).toBe('inscope/aad/v1'.length + 17 + 32 * count)
    expect(parseAuthenticatedData(bytes)).toEqual(declared(count))
  }
})

test('no more than 16, none twice, none of another length', () => {
  const refused = [declared(17).hashes, [numbered(1), numbered(1)], [new Uint8Array(31)]]
  expect(refused.map((hashes) => codeOf(() => buildAuthenticatedData({ message: id('message'), hashes })))).toEqual(Array(3).fill('malformed'))
  const twice = concat(buildAuthenticatedData(declared(2)).slice(0, -32), numbered(0))
  expect(codeOf(() => parseAuthenticatedData(twice))).toBe('malformed')
})

test('any other bytes are refused, and none has two readings', () => {
  fc.assert(fc.property(fc.oneof(anyBytes(), mutated(buildAuthenticatedData(declared(2)))), (bytes) => {
    const parsed = resultOrRefusal(() => parseAuthenticatedData(bytes))
    if (parsed !== null) expect(buildAuthenticatedData(parsed)).toEqual(bytes)
  }))
})
