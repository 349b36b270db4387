import { expect, test } from 'vitest'
import { isAttested, isValid, standing } from '../../src/protocol/attestations'
import { NOW, aDevice, anAttestation, bytes32, id } from './samples'

test('of one organisation the highest serial stands; organisations stand side by side', () => {
  const [first, second] = [anAttestation(), anAttestation({ serial: 2 })]
  const elsewhere = anAttestation({ organisation: id('organisation', 2) })
  const stranger = anAttestation({ person: id('person', 2), serial: 9 })
  expect(standing([first, second, elsewhere, stranger], id('person'))).toEqual([second, elsewhere])
})

test('a certificate is valid from its making', () => {
  const { created_at, valid_until } = aDevice()
  expect([created_at - 1, created_at, valid_until - 1, valid_until].map((now) => isValid(aDevice(), now))).toEqual([false, true, true, false])
})

test('a device is attested while certificate and standing attestation hold and name one identity key', () => {
  expect(isAttested(aDevice(), [anAttestation()], NOW)).toBe(true)
  expect(isAttested(aDevice(), [], NOW)).toBe(false)
  expect(isAttested(aDevice(), [anAttestation({ person: id('person', 2) })], NOW)).toBe(false)
  expect(isAttested(aDevice({ valid_until: NOW }), [anAttestation()], NOW)).toBe(false)
  expect(isAttested(aDevice(), [anAttestation({ valid_until: NOW })], NOW)).toBe(false)
  expect(isAttested(aDevice({ identity_key: bytes32(7) }), [anAttestation()], NOW)).toBe(false)
  expect(isAttested(aDevice(), [anAttestation(), anAttestation({ serial: 2, identity_key: bytes32(7) })], NOW)).toBe(false)
})
