import { expect, it } from 'vitest'
import type { Attestation } from '../../src/protocol/types'
import { whyUnconfirmed } from '../../src/session/own_standing'

const attestation = (more: Partial<Attestation>) => ({ organisation: 'org_home', person: 'per_me', identity_key: 'mine', serial: 1, valid_from: 10, valid_until: 20, ...more }) as Attestation
const why = (...standing: Attestation[]) => whyUnconfirmed('org_home', 'mine', standing, 15)

it('is replaced where its own organisation confirms another identity key now', () => {
  expect(why(attestation({ identity_key: 'new' }))).toEqual({ code: 'device_replaced', since: 10 })
})
it('is only not confirmed where nothing else stands: it has lapsed, or another organisation says so', () => {
  const lapsed = { code: 'not_attested' }
  expect(why()).toEqual(lapsed)
  expect(why(attestation({ valid_until: 15 }))).toEqual(lapsed)
  expect(why(attestation({ identity_key: 'new', valid_until: 15 }))).toEqual(lapsed)
  expect(why(attestation({ organisation: 'org_other', identity_key: 'new' }))).toEqual(lapsed)
})
