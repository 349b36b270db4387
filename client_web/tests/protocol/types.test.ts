import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { toJson, toUtf8 } from '../../src/protocol/encoding'
import { ready } from '../../src/protocol/sodium'
import { checkPayload, decodePayload, encodePayload, type Payload, type StatementName } from '../../src/protocol/types'
import { codeOf, mutated, resultOrRefusal } from './mutations'
import { NOW, SIGNING_KEYS, aDevice, aDisclosure, aScope, aText, anAttestation, bytes32, id } from './samples'

const samples: { [N in StatementName]: Payload<N> } = {
  attestation: anAttestation(),
  organisations: {
    organisation: id('organisation'), serial: 1, issued_at: NOW, organisations: [{
      organisation: id('organisation'), name: 'Coast Hospital', key: SIGNING_KEYS[1], teams: [{ team: id('team'), name: 'Hand' }], roles: [{ role: 'intern', name: 'Intern' }],
    }],
  },
  invitation: { organisation: id('organisation'), person: id('person'), display_name: 'Ana', token_hash: bytes32(2), valid_until: NOW },
  device: aDevice(), consent: aScope(), disclosure: aDisclosure(), content: aText('Lunate dislocation?'),
  request: { organisation: id('organisation'), ask: 'pending-enrolments', at: NOW, nonce: bytes32(3) },
  'consent-status': { authority: id('authority'), nonce: bytes32(3), at: NOW, valid_until: NOW + 1000, consents: [{ consent: id('consent'), version: 1, hash: bytes32(1) }] },
  answer: {
    authority: id('authority'), request: id('request'), consent: id('consent'), previous: null, decision: 'given', purposes: [], recipients: [],
    conditions: aScope().conditions, valid_until: NOW, sheet: { sheet: 'images', version: 1, language: 'en', text: bytes32(1) }, at: NOW,
  },
  'sign-in': { device: id('device'), origin: 'https://inscope.example', nonce: bytes32(3), at: NOW },
  'tree-head': { log: id('log'), size: 7, root: bytes32(7), at: NOW },
  gateway: {
    organisation: id('organisation'), gateway: id('gateway'), name: 'Medical records', signing_key: SIGNING_KEYS[2], sealing_key: bytes32(9), serial: 1, valid_from: NOW, valid_until: NOW + 1000,
  },
  'gateway-request': { gateway: id('gateway'), origin: 'https://inscope.example', ask: 'package', filing: id('filing'), nonce: bytes32(3), at: NOW },
  filing: {
    filing: id('filing'), organisation: id('organisation'), gateway: id('gateway'), thread: id('thread'), disclosure: id('disclosure'), disclosed: bytes32(10), consent: id('consent'),
    version: 1, package_hash: bytes32(11), package_size: 65_584, person: id('person'), device: id('device'), at: NOW,
  },
  'filing-receipt': {
    filing: id('filing'), statement: bytes32(12), organisation: id('organisation'), gateway: id('gateway'), disclosure: id('disclosure'), outcome: 'filed', target: 'folder',
    location: bytes32(13), code: null, at: NOW,
  },
}
beforeAll(ready)

const names = Object.keys(samples) as StatementName[]
type Loose = Record<string, unknown>

describe.each(names)('%s', (name) => {
  const sample = samples[name] as Loose

  test('is read back as it was written', () => {
    expect(decodePayload(name, encodePayload(name, samples[name]))).toEqual(sample)
  })

  test('has all of its fields and no other', () => {
    for (const field of Object.keys(sample)) {
      const { [field]: _, ...rest } = sample
      expect(codeOf(() => decodePayload(name, toJson(rest)))).toBe('malformed')
      expect(codeOf(() => decodePayload(name, toJson({ ...rest, other: 1 })))).toBe('malformed')
    }
    expect(codeOf(() => decodePayload(name, toJson({ ...sample, other: null })))).toBe('malformed')
  })

  test('coerces nothing', () => {
    for (const field of Object.keys(sample)) {
      const wrong = [true, 1, -1, 'x', [], {}, ['x']].filter((value) => JSON.stringify(value) !== JSON.stringify(sample[field]))
      const taken = wrong.filter((value) => codeOf(() => decodePayload(name, toJson({ ...sample, [field]: value }))) === 'none')
      expect(taken.every((value) => typeof value === typeof sample[field])).toBe(true)
    }
  })

  test('refuses mutated bytes as a ProtocolError, and keeps what it takes', () => {
    fc.assert(fc.property(mutated(toJson(sample)), (bytes) => {
      const payload = resultOrRefusal(() => decodePayload(name, bytes))
      if (payload !== null) expect(toJson(payload)).toEqual(bytes)
    }))
  })
})

function refusesScope(changes: Loose): void {
  expect(codeOf(() => checkPayload('consent', { ...aScope(), ...changes }))).toBe('malformed')
}

test('a scope follows the version before it, and ends after it begins', () => {
  refusesScope({ previous: bytes32(1) })
  refusesScope({ version: 2 })
  refusesScope({ version: 0, previous: bytes32(1) })
  refusesScope({ valid_until: aScope().valid_from })
  expect(checkPayload('consent', { ...aScope(), version: 2, previous: bytes32(1) }).version).toBe(2)
})

test('a list holds nothing twice, whatever the order of keys, and at most 200', () => {
  refusesScope({ purposes: ['teaching', 'teaching'] })
  refusesScope({ recipients: [{ kind: 'team', organisation: id('organisation'), team: id('team') }, { team: id('team'), organisation: id('organisation'), kind: 'team' }] })
  const people = (count: number) => Array.from({ length: count }, (_, i) => ({ kind: 'person', person: id('person', i) }))
  expect(checkPayload('consent', { ...aScope(), recipients: people(200) }).recipients.length).toBe(200)
  refusesScope({ recipients: people(201) })
})

test('recipients are of the kinds that there are', () => {
  refusesScope({ recipients: [{ kind: 'everyone' }] })
  refusesScope({ recipients: [{ kind: '__proto__', person: id('person') }] })
  refusesScope({ recipients: [{ kind: 'person', person: id('team') }] })
  refusesScope({ recipients: [{ kind: 'team', team: id('team') }] })
  refusesScope({ recipients: [{ kind: 'team', organisation: id('organisation'), team: id('team'), person: id('person') }] })
})

test('text is at most 16 KiB of UTF-8, a title at most 120 characters', () => {
  const lengthOf = (text: string) => codeOf(() => encodePayload('content', aText(text)))
  expect([lengthOf('é'.repeat(8192)), lengthOf('é'.repeat(8193))]).toEqual(['none', 'malformed'])
  const title = (text: string) => codeOf(() => encodePayload('content', { ...aText(''), body: { kind: 'title', title: text } }))
  expect([title('🩻'.repeat(120)), title('🩻'.repeat(121))]).toEqual(['none', 'malformed'])
})

test('a payload over 64 KiB is refused before it is parsed', () => {
  expect(codeOf(() => decodePayload('content', toUtf8(' '.repeat(65_537))))).toBe('malformed')
  expect(codeOf(() => decodePayload('content', toUtf8(' '.repeat(65_536))))).toBe('not_canonical')
})
