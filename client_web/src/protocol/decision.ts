/** The consent decision (SPEC S5.4): may this image go to these people in this thread now? Pure; unknown means no. */
import { isValid, standing } from './attestations'
import { basisSuffices, periodEnd, requirements, wasAsked, type Policy } from './policy'
import type { Attestation, ImageDescriptor, Reason, ReasonCode, Recipient, RecipientPerson, Remedy, Scope, ThreadDescriptor } from './types'

export interface Decision { permit: boolean; reasons: Reason[] }
type Row = [applies: boolean, code: ReasonCode, remedy: Remedy]

/** All reasons against it, in the order of the table; none is Permit. Attestations were verified before. `policy`: the profile that the scope names, or null. */
export function decide(
  scope: Scope | null, policy: Policy | null, thread: ThreadDescriptor, recipients: RecipientPerson[], image: ImageDescriptor, now: number,
): Decision {
  const reasons = scope === null
    ? [{ code: 'consent_missing', who: null, remedy: 'record_consent' } as const]
    : [...reasonsOfScope(scope, policy, thread, recipients, image, now), ...reasonsOfPeople(scope, thread, recipients, now)]
  return { permit: reasons.length === 0, reasons }
}

function reasonsOfScope(
  scope: Scope, policy: Policy | null, thread: ThreadDescriptor, recipients: RecipientPerson[], image: ImageDescriptor, now: number,
): Reason[] {
  const { conditions } = scope
  const { purpose } = thread
  const rows: Row[] = [
    [scope.decision === 'refused', 'consent_refused', 'respect_refusal'],
    [scope.decision === 'withdrawn', 'consent_withdrawn', 'respect_refusal'],
    [scope.taken.assent === 'refused', 'assent_refused', 'respect_refusal'],
    [now < scope.valid_from, 'consent_not_yet_valid', 'wait'],
    [now >= scope.valid_until, 'consent_expired', 'ask_patient'],
    [!isNamed(policy, scope), 'policy_unknown', 'record_again'],
    [isNamed(policy, scope) && purpose !== 'none' && now >= periodEnd(policy, scope, purpose), 'policy_period_over', 'ask_patient'],
    [image.subject !== scope.subject, 'subject_mismatch', 'use_right_consent'],
    [!covers(scope.purposes, thread.purpose), 'purpose_not_covered', thread.purpose === 'none' ? 'choose_other_thread' : 'ask_patient'],
    [!isOnBasisFor(scope, policy, thread), 'basis_insufficient', 'ask_patient'],
    ...(policy === null || purpose === 'none' ? [] : requirements(policy, scope, purpose, image)).map((code): Row => [true, code, 'complete_consent']),
    [thread.kind === 'social', 'social_thread', 'choose_other_thread'],
    [!covers(conditions.image_kinds, image.kind), 'image_kind_not_covered', 'ask_patient'],
    [!image.sensitive.every((one) => covers(conditions.sensitive, one)), 'sensitivity_not_covered', 'ask_patient'],
    [conditions.deidentified_only && (!image.deidentified || covers(image.sensitive, 'identifiable')), 'not_deidentified', 'deidentify'],
    [conditions.no_onward_sharing && image.onward, 'onward_sharing_forbidden', 'ask_patient'],
    [recipients.length === 0, 'nobody', 'choose_other_thread'],
  ]
  return rows.filter(([applies]) => applies).map(([, code, remedy]) => ({ code, who: null, remedy }))
}

function isNamed(policy: Policy | null, { policy: { profile, version } }: Scope): policy is Policy {
  return policy !== null && policy.profile === profile && policy.version === version
}

function isOnBasisFor(scope: Scope, policy: Policy | null, { purpose }: ThreadDescriptor): boolean {
  if (!wasAsked(scope) && purpose !== 'direct-care-advice') return false
  return policy === null || purpose === 'none' || basisSuffices(policy, scope.basis, purpose)
}

function covers(permitted: readonly string[], asked: string): boolean {
  return permitted.includes(asked)
}

function reasonsOfPeople(scope: Scope, thread: ThreadDescriptor, recipients: RecipientPerson[], now: number): Reason[] {
  const firstEntries = recipients.filter((entry, i) => recipients.findIndex(({ person }) => person === entry.person) === i)
  return firstEntries.flatMap((recipient) => reasonOfPerson(scope, thread, recipient, now) ?? [])
}

function reasonOfPerson(scope: Scope, thread: ThreadDescriptor, { person, attestations }: RecipientPerson, now: number): Reason | null {
  const own = standing(attestations, person)
  if (own.length === 0) return { code: 'not_attested', who: person, remedy: 'renew_attestation' }
  const valid = own.filter((attestation) => isValid(attestation, now))
  if (valid.length === 0) return { code: 'attestation_lapsed', who: person, remedy: 'renew_attestation' }
  if (scope.recipients.some((entry) => matches(entry, person, valid, thread))) return null
  return { code: 'person_not_covered', who: person, remedy: 'ask_patient_or_remove' }
}

/** Whether an entry of the scope names this person, by themselves or by what a valid attestation says of them (S5.5). */
function matches(entry: Recipient, person: string, valid: Attestation[], thread: ThreadDescriptor): boolean {
  switch (entry.kind) {
    case 'person': return entry.person === person
    case 'team': return valid.some(({ organisation, teams }) => organisation === entry.organisation && teams.includes(entry.team))
    case 'organisation': return valid.some(({ organisation }) => organisation === entry.organisation)
    case 'role': return valid.some(({ organisation, roles }) => organisation === entry.organisation && roles.includes(entry.role))
    case 'group': return entry.thread === thread.thread
    // It names a place to file in, and nobody who reads.
    case 'record': return false
  }
}
