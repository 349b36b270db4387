import { describe, expect, it } from 'vitest'
import { FAILURES } from '../../src/protocol/failures'
import type { Reason, ReasonCode, Remedy, Scope } from '../../src/protocol/types'
import { codeSentences, joined, reasonSentence, reasonSentences, remediesOf, remedySentences, toldReasons } from '../../src/ui/words'

/** The keys are checked by the compiler against the protocol's own types: a new code without a word does not compile here. */
const reasonCodes: Record<ReasonCode, true> = {
  consent_missing: true, consent_refused: true, consent_withdrawn: true, assent_refused: true, consent_not_yet_valid: true, policy_unknown: true, policy_period_over: true,
  sheet_required: true, witness_required: true, writing_required: true, professional_interpreter_required: true, assent_required: true, sensitivity_not_covered: true, consent_expired: true, subject_mismatch: true,
  purpose_not_covered: true, basis_insufficient: true, social_thread: true, image_kind_not_covered: true, not_deidentified: true,
  onward_sharing_forbidden: true, nobody: true, not_attested: true, attestation_lapsed: true, person_not_covered: true, consent_superseded: true,
  not_for_care: true, filer_not_of_organisation: true, record_not_covered: true, device_key_doubled: true,
}
const remedies: Record<Remedy, true> = {
  record_consent: true, respect_refusal: true, wait: true, ask_patient: true, use_right_consent: true, choose_other_thread: true, deidentify: true,
  renew_attestation: true, renew_device: true, ask_patient_or_remove: true, record_again: true, complete_consent: true, use_current_version: true, ask_who_works_there: true, revoke_device: true,
}
const reason = (code: ReasonCode, remedy: Remedy, who: string | null = null): Reason => ({ code, remedy, who })

describe('words for codes', () => {
  it.each(Object.keys(reasonCodes))('has a sentence for the reason %s', (code) => { expect(reasonSentences[code]?.({})).toMatch(/\.$/) })
  it.each(Object.keys(remedies))('has a sentence for the remedy %s', (remedy) => { expect(remedySentences[remedy]).toMatch(/\.$/) })
  it.each(Object.keys(FAILURES))('has a sentence for the failure %s', (code) => { expect(codeSentences[code]).toMatch(/\.$/) })

  it('names the person who is not covered', () => {
    expect(reasonSentence(reason('person_not_covered', 'ask_patient_or_remove', 'per_'), { name: 'Dr Lin Wei' })).toBe('The consent does not cover Dr Lin Wei.')
  })

  it('tells a device that has ended from a person whom nobody confirms', () => {
    expect(reasonSentence(reason('not_attested', 'renew_device', 'per_'), { name: 'Dr Lin Wei' })).toBe('A device of Dr Lin Wei in this thread has ended.')
    expect(reasonSentence(reason('not_attested', 'renew_attestation', 'per_'), { name: 'Dr Lin Wei' })).toBe('No organisation confirms who Dr Lin Wei is.')
  })

  it('offers only what would help: a refusal is not asked away', () => {
    const refused = [reason('consent_refused', 'respect_refusal'), reason('person_not_covered', 'ask_patient_or_remove', 'per_')]
    expect(remediesOf(refused)).toEqual([remedySentences.respect_refusal])
    expect(remediesOf([reason('social_thread', 'choose_other_thread'), reason('image_kind_not_covered', 'ask_patient')])).toEqual([remedySentences.choose_other_thread])
  })

  it('never says of a refusal that the patient agreed, whatever else it does not cover', () => {
    const scope = { decision: 'refused', purposes: ['teaching'] } as Scope
    const all = [reason('consent_refused', 'respect_refusal'), reason('purpose_not_covered', 'ask_patient'), reason('image_kind_not_covered', 'ask_patient'), reason('person_not_covered', 'ask_patient_or_remove', 'per_')]
    expect(toldReasons(all).map((one) => reasonSentence(one, { scope, purpose: 'direct-care-advice' }))).toEqual(['The patient said no to sharing for teaching.'])
    for (const one of all) expect(reasonSentence(one, { scope, purpose: 'direct-care-advice' })).not.toContain('agreed')
    expect(reasonSentence(all[0]!)).toBe('The patient said no.')
  })

  it('says of a social thread that it is one, not that it has no purpose too', () => {
    expect(toldReasons([reason('purpose_not_covered', 'choose_other_thread'), reason('social_thread', 'choose_other_thread')]).map(({ code }) => code)).toEqual(['social_thread'])
  })

  it('says each remedy once', () => {
    const two = [reason('person_not_covered', 'ask_patient_or_remove', 'per_a'), reason('person_not_covered', 'ask_patient_or_remove', 'per_b')]
    expect(remediesOf(two)).toHaveLength(1)
  })

  it('joins names as a sentence does', () => {
    expect([joined([]), joined(['a']), joined(['a', 'b']), joined(['a', 'b', 'c'])]).toEqual(['', 'a', 'a and b', 'a, b and c'])
  })
})
