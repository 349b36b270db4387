import { describe, expect, it } from 'vitest'
import type { ConsentDraft, ConsentView, PersonView, ThreadView } from '../../src/session/session'
import { begunAt, demanded, draftSummary, emergencyEnd, emptyRecord, finished, missing, newDraft, nextDraft, wideningFor } from '../../src/ui/consent/consent_draft'
import { wouldCover } from '../../src/ui/consent/coverage'
import { policyNamed } from '../../src/session/policies'

const now = new Date(2026, 4, 1, 10).getTime()
const person = (id: string, name: string): PersonView => ({ person: id, name, organisation: 'org_a', organisationName: 'Base', roles: ['intern'], teams: ['tea_a'], verified: true })
const me = person('per_me', 'Dr Me')
const thread: ThreadView = { thread: 'thr_a', kind: 'case', purpose: 'direct-care-advice', title: 't', leaving: false, outdated: [], people: [me], epoch: 0, lastAt: 0, lastText: '', unread: 0, trouble: null, consents: [], refusedDrafts: 0 }
const names = { person: (id: string) => (id === 'per_me' ? me : person(id, 'Dr Other')), organisations: [], threads: [thread] }
const filled = (more: Partial<ConsentDraft> = {}): ConsentDraft => {
  const draft = newDraft(thread, 'per_me', now)
  return { ...draft, imageKinds: ['radiograph'], record: { ...draft.record, patientName: 'Mr Test' }, ...more }
}

describe('a consent while it is written', () => {
  it('begins with the thread’s purpose, and with no kind of image', () => {
    expect(newDraft(thread, 'per_me', now)).toMatchObject({ subject: null, purposes: ['direct-care-advice'], imageKinds: [], record: { patientName: '' } })
  })

  it('proposes everybody who is in a case, each once, the recorder first; in a group the recorder alone', () => {
    const two = { ...thread, people: [person('per_b', 'Dr B'), me] }
    const named = (kind: ThreadView['kind']) => newDraft({ ...two, kind }, 'per_me', now).recipients
    expect(named('case')).toEqual([{ kind: 'person', person: 'per_me' }, { kind: 'person', person: 'per_b' }])
    for (const kind of ['discussion', 'social'] as const) expect(named(kind)).toEqual([{ kind: 'person', person: 'per_me' }])
  })

  it('proposes the patient whom the thread is about, with what is known of them', () => {
    const record = { ...emptyRecord, patientName: 'Alex Canary', recordNumber: 'RN-1', note: 'of then' }
    expect(newDraft(thread, 'per_me', now, undefined, { subject: 'sub_a', record })).toMatchObject({ subject: 'sub_a', record: { patientName: 'Alex Canary', recordNumber: 'RN-1', note: '' } })
    expect(newDraft(thread, 'per_me', now, undefined, { subject: 'sub_a', record: null }).subject).toBeNull()
  })

  it('begins when it is recorded: an emergency lasts its hours from then, however long the form was open', () => {
    const later = now + 7 * 60_000
    const emergency = finished(begunAt(filled({ basis: 'emergency', reason: 'unconscious' }), later), null)
    expect([emergency.validFrom, emergency.validUntil]).toEqual([later, later + 24 * 3_600_000])
    expect(begunAt(filled(), later).validFrom).toBeLessThan(later)
  })

  it('says what is missing, and of a refusal only whose it is', () => {
    expect(missing(newDraft(thread, 'per_me', now))).toEqual(['a kind of image', 'the patient’s name or record number'])
    expect(missing({ ...newDraft(thread, 'per_me', now), decision: 'refused' })).toEqual(['the patient’s name or record number'])
    expect(missing(filled({ decision: 'refused' }))).toEqual([])
    expect(missing(filled())).toEqual([])
    expect(missing(filled({ recipients: [], purposes: [], validUntil: now - 1e9 }))).toHaveLength(3)
  })

  it('has no witness in who records it, where the rules ask for one', () => {
    const spoken = filled({ basis: 'guardian', assent: 'given', representative: { relation: 'parent', authority: 'parental-responsibility' } })
    const rules = policyNamed({ profile: 'au', version: 1 })
    const against = (witness: string | null) => demanded({ ...spoken, witness }, rules, 'per_me')
    expect([against(null), against('per_me'), against('per_b')]).toEqual([['witness_required'], ['witness_required'], []])
  })

  it('is no longer than the emergency of the same patient that runs, also where that was withdrawn', () => {
    const hour = 3_600_000
    const version = (valid_until: number, more: object = {}) => ({ subject: 'sub_a', basis: 'emergency', decision: 'given', valid_until, ...more })
    const consents = (...history: object[]) => [{ history }] as unknown as ConsentView[]
    const runs = consents(version(now + 9 * hour), version(now + 5 * hour, { decision: 'withdrawn' }), version(now - 1), version(now + hour, { subject: 'sub_b' }), version(now + hour, { basis: 'patient' }))
    expect(emergencyEnd(runs, 'sub_a', now)).toBe(now + 5 * hour)
    expect(finished(filled({ basis: 'emergency', reason: 'unconscious' }), null, now + 5 * hour).validUntil).toBe(now + 5 * hour)
    expect(emergencyEnd(consents(), 'sub_a', now)).toBe(Infinity)
    expect(finished(filled({ basis: 'emergency', reason: 'unconscious' }), null).validUntil).toBe(filled().validFrom + 24 * hour)
  })

  it('ends at the end of the thirtieth day', () => {
    expect(new Date(newDraft(thread, 'per_me', now).validUntil)).toEqual(new Date(2026, 5, 1))
  })

  it('is read back as a sentence that names people, images, purpose and conditions', () => {
    const words = draftSummary(filled({ deidentifiedOnly: true }), names)
    expect(words).toContain('Mr Test agreed by word of mouth that Dr Me may see radiographs for direct care advice, until')
    expect(words).toContain('De-identified images only.')
    expect(draftSummary(filled({ decision: 'refused', purposes: ['teaching'] }), names)).toContain('Mr Test said no to sharing for teaching.')
    expect(draftSummary(filled({ decision: 'refused', purposes: [] }), names)).toContain('Mr Test said no.')
  })

  it('proposes exactly the difference that a refusal named', () => {
    const widening = wideningFor([
      { code: 'person_not_covered', who: 'per_b', remedy: 'ask_patient_or_remove' }, { code: 'not_attested', who: 'per_c', remedy: 'renew_attestation' },
      { code: 'purpose_not_covered', who: null, remedy: 'ask_patient' }, { code: 'image_kind_not_covered', who: null, remedy: 'ask_patient' },
      { code: 'sensitivity_not_covered', who: null, remedy: 'ask_patient' },
    ], 'teaching', { kind: 'scan', sensitive: ['intimate'] })
    expect(widening).toEqual({ recipients: [{ kind: 'person', person: 'per_b' }], purposes: ['teaching'], imageKinds: ['scan'], sensitive: ['intimate'], onward: false })
  })

  it('carries a version over and adds the difference, without doubles', () => {
    const scope = { subject: 'sub_a', basis: 'patient', taken: { how: 'written', witness: null, sheet: null, interpreter: null, representative: null, assent: null, reason: null, answer: null }, purposes: ['teaching'], recipients: [{ kind: 'person', person: 'per_me' }], conditions: { deidentified_only: true, no_onward_sharing: true, image_kinds: ['scan'], sensitive: [] }, valid_from: now - 5, valid_until: now + 5 }
    const next = nextDraft({ consent: 'con_a', envelopeHash: '', mine: true, record: null, scope } as unknown as ConsentView, now, { recipients: [{ kind: 'person', person: 'per_me' }, { kind: 'person', person: 'per_b' }], purposes: ['teaching'], imageKinds: [], sensitive: ['intimate'], onward: true })
    expect(next).toMatchObject({ subject: 'sub_a', how: 'written', purposes: ['teaching'], deidentifiedOnly: true, noOnwardSharing: false, validUntil: now + 5 })
    expect(next.recipients).toHaveLength(2)
    expect(next.sensitive).toEqual(['intimate'])
  })

  it.each([
    [{ kind: 'person', person: 'per_me' }, true], [{ kind: 'person', person: 'per_b' }, false], [{ kind: 'team', organisation: 'org_a', team: 'tea_a' }, true], [{ kind: 'team', organisation: 'org_b', team: 'tea_a' }, false], [{ kind: 'organisation', organisation: 'org_b' }, false],
    [{ kind: 'role', organisation: 'org_a', role: 'intern' }, true], [{ kind: 'role', organisation: 'org_b', role: 'intern' }, false], [{ kind: 'group', thread: 'thr_a' }, true], [{ kind: 'group', thread: 'thr_b' }, false],
  ] as const)('previews whom %j covers', (entry, covered) => { expect(wouldCover([entry], me, 'thr_a')).toBe(covered) })
})
