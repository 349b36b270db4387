import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { fromBase64url, toBase64url, toUtf8 } from '../../src/protocol/encoding'
import { invitationFragment, invitationProof, invitationToken, invitationTokenHash, isPinnedKey, parseFragment } from '../../src/protocol/enrolment'
import { ready } from '../../src/protocol/sodium'
import { codeOf, mutated, resultOrRefusal } from './mutations'
import { bytes32, id } from './samples'

beforeAll(ready)

const [secret, identityKey, deviceKey, organisationKey] = [1, 2, 3, 4].map((n) => fromBase64url(bytes32(n))) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
const keys = { identityKey, deviceKey, person: id('person'), device: id('device') }

test('a link carries the secret and pins the key', () => {
  const fragment = parseFragment(invitationFragment(secret, organisationKey))
  expect(fragment.secret).toEqual(secret)
  expect(isPinnedKey(organisationKey, fragment.fingerprint)).toBe(true)
  expect(isPinnedKey(identityKey, fragment.fingerprint)).toBe(false)
})

test('what is not a link is malformed', () => {
  const whole = invitationFragment(secret, organisationKey)
  const wrong = ['', '.', bytes32(1), `${whole}.`, `${whole}.${bytes32(1)}`, whole.slice(1), `${whole}A`, whole.replace('.', '=.')]
  expect(wrong.map((text) => codeOf(() => parseFragment(text)))).toEqual(wrong.map(() => 'malformed'))
})

test('any text is a link or malformed', () => {
  const near = mutated(toUtf8(invitationFragment(secret, organisationKey))).map((bytes) => String.fromCharCode(...bytes))
  fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), near), (text) => {
    const link = resultOrRefusal(() => parseFragment(text))
    if (link !== null) expect([link.secret.length, text.split('.')[0]]).toEqual([32, toBase64url(link.secret)])
  }), { numRuns: 2_000 })
})

test('neither token nor its hash is the secret or each other', () => {
  const token = invitationToken(secret)
  expect(new Set([secret, token, invitationTokenHash(token)].map(toBase64url)).size).toBe(3)
})

test('a proof is of one secret, both keys, this person and this device', () => {
  const changes = [
    invitationProof(secret, keys), invitationProof(identityKey, keys), invitationProof(secret, { ...keys, identityKey: organisationKey }),
    invitationProof(secret, { ...keys, deviceKey: organisationKey }), invitationProof(secret, { ...keys, person: id('person', 2) }),
    invitationProof(secret, { ...keys, device: id('device', 2) }), invitationProof(secret, { ...keys, identityKey: deviceKey, deviceKey: identityKey }),
  ]
  expect(new Set(changes.map(toBase64url)).size).toBe(changes.length)
})
