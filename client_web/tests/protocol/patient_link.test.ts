/** The patient's name in a question's link: shown only as it was sealed. */
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { concat, fromUtf8, toUtf8 } from '../../src/protocol/encoding'
import { openGreeting, patientSealKey, sealGreeting } from '../../src/protocol/patient_link'
import { ready, sodium } from '../../src/protocol/sodium'
import { anyBytes, codeOf, mutated, resultOrRefusal } from './mutations'

beforeAll(ready)
const secret = new Uint8Array(32).fill(7)
const nonce = new Uint8Array(24).fill(9)

test('a name comes back; with another secret, or changed anywhere, it does not', () => {
  const sealed = sealGreeting('Rosa Ñíguez', secret, nonce)
  expect(openGreeting(sealed, secret)).toBe('Rosa Ñíguez')
  expect(codeOf(() => openGreeting(sealed, nonce.slice(0, 16)))).toBe('seal_broken')
  fc.assert(fc.property(mutated(sealed), (changed) => {
    expect([null, 'Rosa Ñíguez']).toContain(resultOrRefusal(() => openGreeting(changed, secret)))
  }), { numRuns: 500 })
})

test('whoever holds the secret can seal anything: it is a short name or is refused', () => {
  const seal = (plain: Uint8Array) => concat(nonce, sodium().crypto_secretbox_easy(plain, nonce, patientSealKey(secret)))
  fc.assert(fc.property(fc.oneof(anyBytes(), mutated(toUtf8('{"name":"Rosa"}'))), (plain) => {
    const name = resultOrRefusal(() => openGreeting(seal(plain), secret))
    if (name !== null) expect(JSON.parse(fromUtf8(plain))).toEqual({ name })
  }), { numRuns: 2_000 })
})
