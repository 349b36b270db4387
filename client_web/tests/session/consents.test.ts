import { beforeAll, describe, expect, it } from 'vitest'
import { hash, toBase64url, toUtf8 } from '../../src/protocol/encoding'
import { toIdentifier, type IdentifierKind } from '../../src/protocol/identifiers'
import { CONSENT_RECORD } from '../../src/protocol/labels'
import { ready } from '../../src/protocol/sodium'
import { sign, statementHash, type Envelope } from '../../src/protocol/statements'
import type { Attestation, Recipient, Scope } from '../../src/protocol/types'
import { changeOf } from '../../src/session/consent_changes'
import { checkChain, newestRecord, periodOf, readRecord } from '../../src/session/consents'
import type { People } from '../../src/session/people'
import { NOW, random } from './device'
import { newDevice } from './members'

beforeAll(ready)
const id = (kind: IdentifierKind) => toIdentifier(kind, random(16))

function newAuthor(roles: string[] = []) {
  return { ...newDevice(), person: id('person'), roles, revokedAt: null as number | null }
}
type Author = ReturnType<typeof newAuthor>
const ORGANISATION = 'org_AAAAAAAAAAAAAAAAAAAAAA'

/** The directory, as far as a chain asks it. */
function directory(...authors: Author[]): People {
  const device = (name: string) => {
    const author = authors.find((each) => each.device === name)
    return author === undefined ? null : { certificate: { device_key: toBase64url(author.publicKey), person: author.person }, revokedAt: author.revokedAt }
  }
  const everAttested = (person: string) => authors.filter((each) => each.person === person).map(({ roles }): Attestation => ({
    organisation: ORGANISATION, person, display_name: '', identity_key: '', roles, teams: [], registration: null, serial: 1, valid_from: 0, valid_until: NOW * 2,
  }))
  return { device, everAttested } as unknown as People
}

function version(author: Author, before: Envelope | null, changes: Partial<Scope> = {}): Envelope {
  const scope: Scope = {
    consent: 'con_AAAAAAAAAAAAAAAAAAAAAA', version: 1, previous: before === null ? null : toBase64url(statementHash(before)), subject: 'sub_AAAAAAAAAAAAAAAAAAAAAA',
    decision: 'given', basis: 'patient', taken: { how: 'verbal', witness: null, interpreter: null, sheet: null, representative: null, assent: null, reason: null, answer: null }, purposes: ['direct-care-advice'], recipients: [],
    conditions: { deidentified_only: false, no_onward_sharing: false, image_kinds: ['radiograph'], sensitive: [] }, valid_from: NOW, valid_until: NOW + 1000, policy: { profile: 'base', version: 1 },
    recorded_by: { kind: 'clinician', person: author.person, device: author.device }, recorded_at: NOW, record_commitment: toBase64url(new Uint8Array(32)), ...changes,
  }
  return sign('consent', scope, author.device, author.secretKey.subarray(0, 32))
}

describe('a chain of versions', () => {
  it('is followed to its end', () => {
    const author = newAuthor()
    const one = version(author, null)
    const two = version(author, one, { version: 2, decision: 'withdrawn' })
    expect(checkChain([one, two], directory(author)).map(({ decision }) => decision)).toEqual(['given', 'withdrawn'])
  })

  it.each<[string, Partial<Scope>]>([
    ['of another patient', { subject: 'sub_BBBBBBBBBBBBBBBBBBBBBA' }], ['of another consent', { consent: 'con_BBBBBBBBBBBBBBBBBBBBBA' }],
    ['that skips one', { version: 3 }], ['that follows another', { previous: toBase64url(new Uint8Array(32)) }],
    ['in the name of another device', { recorded_by: { kind: 'clinician', person: 'per_BBBBBBBBBBBBBBBBBBBBBA', device: 'dev_BBBBBBBBBBBBBBBBBBBBBA' } }],
  ])('holds no version %s', (_, changes) => {
    const author = newAuthor()
    const one = version(author, null)
    expect(() => checkChain([one, version(author, one, { version: 2, ...changes })], directory(author))).toThrow(expect.objectContaining({ code: 'consent_conflict' }))
  })

  it('ends with a withdrawal', () => {
    const author = newAuthor()
    const one = version(author, null, { decision: 'withdrawn' })
    expect(() => checkChain([one, version(author, one, { version: 2 })], directory(author))).toThrow(expect.objectContaining({ code: 'consent_conflict' }))
  })

  it('takes a later version from somebody covered, and from nobody else', () => {
    const [author, surgeon, stranger] = [newAuthor(), newAuthor(['surgeon']), newAuthor(['porter'])]
    const recipients: Recipient[] = [{ kind: 'role', organisation: ORGANISATION, role: 'surgeon' }]
    const one = version(author, null, { recipients })
    const people = directory(author, surgeon, stranger)
    expect(checkChain([one, version(surgeon, one, { version: 2 })], people)).toHaveLength(2)
    expect(() => checkChain([one, version(stranger, one, { version: 2 })], people)).toThrow(expect.objectContaining({ code: 'consent_conflict' }))
  })

  it('holds no version by a device revoked before, unknown, or under another key', () => {
    const [author, other] = [newAuthor(), newAuthor()]
    const one = version(author, null)
    expect(() => checkChain([one], directory({ ...author, revokedAt: NOW }))).toThrow(expect.objectContaining({ code: 'consent_conflict' }))
    expect(checkChain([one], directory({ ...author, revokedAt: NOW + 1 }))).toHaveLength(1)
    expect(() => checkChain([one], directory(other))).toThrow(expect.objectContaining({ code: 'consent_conflict' }))
    expect(() => checkChain([one], directory({ ...author, publicKey: other.publicKey }))).toThrow(expect.objectContaining({ code: 'bad_signature' }))
  })
})

it('shows a full record only when it is the one that was committed to', () => {
  const text = JSON.stringify({ patientName: 'John Example', recordNumber: 'R1', dateOfBirth: '1990-01-01', note: '' })
  const scope = { record_commitment: toBase64url(hash(CONSENT_RECORD, toUtf8(text))) } as Scope
  expect(readRecord(text, scope)).toEqual({ patientName: 'John Example', recordNumber: 'R1', dateOfBirth: '1990-01-01', note: '', representativeName: '', interpreterName: '', offerAgainOn: '' })
  expect(readRecord(text.replace('John', 'Jane'), scope)).toBeNull()
  expect(readRecord(undefined, scope)).toBeNull()
})

describe('what a version was', () => {
  const taken: Scope['taken'] = { how: 'verbal', witness: null, interpreter: null, sheet: null, representative: null, assent: null, reason: null, answer: null }
  const scopeOf = (changes: Partial<Scope>) => ({ version: 1, decision: 'given', basis: 'patient', taken, recorded_by: { kind: 'clinician', person: 'per_', device: 'dev_' }, ...changes }) as Scope
  const answered = { ...taken, answer: 'a hash' }
  const unasked = { basis: 'emergency' as const, taken: { ...taken, reason: 'unconscious' as const } }
  const byPatient = { version: 2, recorded_by: { kind: 'patient' as const, authority: 'aut_AAAAAAAAAAAAAAAAAAAAAA' } }

  it.each<[string, Partial<Scope>]>([
    ['recorded', {}], ['emergency', unasked], ['changed', { version: 2 }], ['no_recorded', { decision: 'refused' }], ['withdrawn', { version: 2, decision: 'withdrawn', taken: answered }],
    ['agreed', { taken: answered }], ['refused', { decision: 'refused', taken: answered }],
    ['less', byPatient], ['taken_back', { ...byPatient, decision: 'withdrawn' }], ['ended', { ...byPatient, ...unasked, decision: 'withdrawn' }],
  ])('is told as %s', (change, scope) => { expect(changeOf(scopeOf(scope))).toBe(change) })

  it('keeps the patient’s name when a later version’s record travels elsewhere', () => {
    const record = (patientName: string, note: string) => JSON.stringify({ patientName, recordNumber: '', dateOfBirth: '', note, representativeName: '', interpreterName: '', offerAgainOn: '' })
    const [known, later] = [record('Rosa', ''), record('Rosa', 'more')]
    const committed = (text: string, n: number) => scopeOf({ version: n, record_commitment: toBase64url(hash(CONSENT_RECORD, toUtf8(text))) })
    const scopes = [committed(known, 1), committed(later, 2)]
    expect(newestRecord(scopes, [known])?.patientName).toBe('Rosa')
    expect(newestRecord(scopes, [known, later])?.note).toBe('more')
    expect(newestRecord(scopes, [record('Somebody else', '')])).toBeNull()
  })
})

describe('the period of a consent', () => {
  const day = 24 * 3_600_000
  const emergency = { basis: 'emergency' as const, validFrom: NOW, validUntil: NOW + day }

  it('begins with the server’s time at the latest, and an emergency’s day with it', () => {
    const ahead = 3 * 60_000
    expect(periodOf(emergency, 1, NOW - ahead)).toEqual({ valid_from: NOW - ahead, valid_until: NOW - ahead + day })
    expect(periodOf({ ...emergency, basis: 'patient' }, 1, NOW - ahead)).toEqual({ valid_from: NOW - ahead, valid_until: NOW + day })
    expect(periodOf(emergency, 1, NOW + ahead)).toEqual({ valid_from: NOW, valid_until: NOW + day })
  })
  it('is left as it began by a later version', () => {
    expect(periodOf(emergency, 2, NOW - 1)).toEqual({ valid_from: NOW, valid_until: NOW + day })
  })
})
