import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decide } from '../../src/protocol/decision'
import type { Policy } from '../../src/protocol/policy'
import type { Attestation, ImageDescriptor, Purpose, Reason, Recipient, RecipientPerson, Scope, ThreadDescriptor } from '../../src/protocol/types'
import { NOW, aPolicy, aScope, aThread, anAttestation, anImage, id } from './samples'

interface Case { scope: Scope | null; policy: Policy | null; thread: ThreadDescriptor; recipients: RecipientPerson[]; image: ImageDescriptor; now: number }

const person = id('person')
const known = (attestations: Attestation[] = [anAttestation()], who = person): RecipientPerson => ({ person: who, attestations })
const covered: Case = { scope: aScope(), policy: aPolicy(), thread: aThread(), recipients: [known()], image: anImage(), now: NOW }

function reasons(changes: Partial<Case>): Reason[] {
  const { scope, policy, thread, recipients, image, now } = { ...covered, ...changes }
  const decision = decide(scope, policy, thread, recipients, image, now)
  expect(decision.permit).toBe(decision.reasons.length === 0)
  return decision.reasons
}

function withScope(changes: Partial<Scope>): Partial<Case> {
  return { scope: aScope(changes) }
}

const { conditions, valid_from, valid_until } = aScope()

test('what is covered is permitted', () => expect(reasons({})).toEqual([]))

test.each<[string, Partial<Case>, string, string | null]>([
  ['consent_missing', { scope: null, recipients: [] }, 'record_consent', null],
  ['consent_refused', withScope({ decision: 'refused' }), 'respect_refusal', null],
  ['consent_withdrawn', withScope({ decision: 'withdrawn' }), 'respect_refusal', null],
  ['consent_not_yet_valid', withScope({ valid_from: NOW + 1 }), 'wait', null],
  ['consent_expired', withScope({ valid_until: NOW }), 'ask_patient', null],
  ['subject_mismatch', { image: anImage({ subject: id('subject', 9) }) }, 'use_right_consent', null],
  ['purpose_not_covered', { thread: aThread({ purpose: 'teaching' }) }, 'ask_patient', null],
  ['purpose_not_covered', { thread: aThread({ purpose: 'none' }) }, 'choose_other_thread', null],
  ['basis_insufficient', { ...withScope({ basis: 'expected-in-direct-care', purposes: ['research'] }), thread: aThread({ purpose: 'research' }) }, 'ask_patient', null],
  ['social_thread', { thread: aThread({ kind: 'social' }) }, 'choose_other_thread', null],
  ['image_kind_not_covered', { image: anImage({ kind: 'photograph' }) }, 'ask_patient', null],
  ['not_deidentified', { ...withScope({ conditions: { ...conditions, deidentified_only: true } }), image: anImage({ deidentified: false }) }, 'deidentify', null],
  ['onward_sharing_forbidden', { ...withScope({ conditions: { ...conditions, no_onward_sharing: true } }), image: anImage({ onward: true }) }, 'ask_patient', null],
  ['nobody', { recipients: [] }, 'choose_other_thread', null],
  ['not_attested', { recipients: [known([])] }, 'renew_attestation', person],
  ['not_attested', { recipients: [known([anAttestation({ person: id('person', 9) })])] }, 'renew_attestation', person],
  ['attestation_lapsed', { recipients: [known([anAttestation({ valid_until: NOW })])] }, 'renew_attestation', person],
  ['person_not_covered', withScope({ recipients: [] }), 'ask_patient_or_remove', person],
])('%s alone', (code, changes, remedy, who) => {
  expect(reasons(changes)).toEqual([{ code, who, remedy }])
})

test('every reason is given, in the order of the table', () => {
  const worst: Partial<Case> = {
    scope: aScope({
      decision: 'withdrawn', basis: 'expected-in-direct-care', valid_until: NOW, subject: id('subject', 9), recipients: [],
      conditions: { deidentified_only: true, no_onward_sharing: true, image_kinds: [], sensitive: [] },
    }),
    thread: aThread({ kind: 'social', purpose: 'none' }), image: anImage({ deidentified: false, onward: true }),
    recipients: [known([], id('person', 3)), known(), known([anAttestation({ valid_until: 1 })], person), known([], id('person', 3))],
  }
  expect(reasons(worst).map(({ code }) => code)).toEqual([
    'consent_withdrawn', 'consent_expired', 'subject_mismatch', 'purpose_not_covered', 'basis_insufficient', 'social_thread',
    'image_kind_not_covered', 'not_deidentified', 'onward_sharing_forbidden', 'not_attested', 'person_not_covered',
  ])
})

test('intervals are half open', () => {
  const at = (now: number) => reasons({ now, recipients: [known([anAttestation({ valid_from: 0, valid_until: NOW * 2 })])] }).map(({ code }) => code)
  expect([valid_from - 1, valid_from, valid_until - 1, valid_until].map(at)).toEqual([['consent_not_yet_valid'], [], [], ['consent_expired']])
})

describe('who is covered', () => {
  const covers = (entry: Recipient, attestations: Attestation[] = [anAttestation()]) =>
    reasons({ ...withScope({ recipients: [entry] }), recipients: [known(attestations)] }).length === 0

  test('by team, organisation, role at an organisation, or the thread itself', () => {
    expect(covers({ kind: 'team', organisation: id('organisation'), team: id('team') })).toBe(true)
    expect(covers({ kind: 'organisation', organisation: id('organisation') })).toBe(true)
    expect(covers({ kind: 'role', organisation: id('organisation'), role: 'radiologist' })).toBe(true)
    expect(covers({ kind: 'group', thread: id('thread') })).toBe(true)
  })

  test('and by nothing that is nearly that', () => {
    expect(covers({ kind: 'person', person: id('person', 9) })).toBe(false)
    expect(covers({ kind: 'team', organisation: id('organisation'), team: id('team', 9) })).toBe(false)
    expect(covers({ kind: 'team', organisation: id('organisation', 9), team: id('team') })).toBe(false)
    expect(covers({ kind: 'organisation', organisation: id('organisation', 9) })).toBe(false)
    expect(covers({ kind: 'role', organisation: id('organisation', 9), role: 'radiologist' })).toBe(false)
    expect(covers({ kind: 'role', organisation: id('organisation'), role: 'intern' })).toBe(false)
    expect(covers({ kind: 'group', thread: id('thread', 9) })).toBe(false)
  })

  test('no organisation puts its people into another’s team', () => {
    const claimed = anAttestation({ organisation: id('organisation', 2) })
    expect(covers({ kind: 'team', organisation: id('organisation'), team: id('team') }, [claimed])).toBe(false)
    expect(covers({ kind: 'team', organisation: id('organisation'), team: id('team') }, [anAttestation({ teams: [] }), claimed])).toBe(false)
  })

  test('a role at one organisation and membership of another do not add up', () => {
    const elsewhere = anAttestation({ organisation: id('organisation', 2), roles: ['intern'], teams: [] })
    expect(covers({ kind: 'role', organisation: id('organisation', 2), role: 'radiologist' }, [anAttestation(), elsewhere])).toBe(false)
  })

  test('not by an attestation that lapsed or that a later one made void', () => {
    const team: Recipient = { kind: 'team', organisation: id('organisation'), team: id('team') }
    const lapsed = anAttestation({ valid_until: NOW })
    const other = anAttestation({ organisation: id('organisation', 2), teams: [] })
    expect(covers(team, [lapsed, other])).toBe(false)
    expect(covers(team, [anAttestation(), anAttestation({ serial: 2, teams: [] })])).toBe(false)
    expect(covers(team, [anAttestation(), anAttestation({ serial: 2, valid_until: NOW })])).toBe(false)
    expect(covers(team, [anAttestation(), { ...other, serial: 2 }])).toBe(true)
  })

  test('of a person named twice the first entry counts', () => {
    expect(reasons({ recipients: [known(), known([])] })).toEqual([])
    expect(reasons({ recipients: [known([]), known()] }).map(({ code }) => code)).toEqual(['not_attested'])
  })
})

const small = fc.integer({ min: 1, max: 3 })
const anyEntry: fc.Arbitrary<Recipient> = fc.oneof(
  small.map((n) => ({ kind: 'person' as const, person: id('person', n) })),
  fc.tuple(small, small).map(([n, team]) => ({ kind: 'team' as const, organisation: id('organisation', n), team: id('team', team) })),
  small.map((n) => ({ kind: 'organisation' as const, organisation: id('organisation', n) })),
)
const anyPerson = fc.tuple(small, small, small).map(([who, team, organisation]) =>
  known([anAttestation({ person: id('person', who), teams: [id('team', team)], organisation: id('organisation', organisation) })], id('person', who)))
const anyCase = fc.record({
  entries: fc.array(anyEntry, { maxLength: 4 }), recipients: fc.array(anyPerson, { minLength: 1, maxLength: 4 }),
  purposes: fc.subarray<Purpose>(['direct-care-advice', 'teaching', 'research']),
})

test('a narrower scope, and more people, never permit what was denied', () => {
  fc.assert(fc.property(anyCase, anyPerson, fc.nat(3), ({ entries, recipients, purposes }, another, dropped) => {
    const before = reasons({ ...withScope({ recipients: entries, purposes }), recipients })
    const narrower = reasons({ ...withScope({ recipients: entries.filter((_, i) => i !== dropped), purposes }), recipients })
    const more = reasons({ ...withScope({ recipients: entries, purposes }), recipients: [...recipients, another] })
    for (const reason of before) {
      expect(narrower).toContainEqual(reason)
      expect(more).toContainEqual(reason)
    }
  }))
})

test('permits exactly when each person alone is permitted', () => {
  fc.assert(fc.property(anyCase, ({ entries, recipients, purposes }) => {
    const scoped = withScope({ recipients: entries, purposes })
    const unique = recipients.filter((entry, i) => recipients.findIndex((other) => other.person === entry.person) === i)
    const eachAlone = unique.every((one) => reasons({ ...scoped, recipients: [one] }).length === 0)
    expect(reasons({ ...scoped, recipients }).length === 0).toBe(eachAlone)
  }))
})
