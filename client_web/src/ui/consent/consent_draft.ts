import { periodEnd, requirements, wasAsked, type Policy } from '../../protocol/policy'
import type { ImageDescriptor, ImageKind, Purpose, Reason, ReasonCode, Recipient, Scope, Sensitivity } from '../../protocol/types'
import type { ConsentDraft, ConsentView, ThreadView } from '../../session/session'
import { dayMs, endOfDay, untilWords } from '../time_words'
import { howWords, imageKindShort, joined, purposesInSentence, sensitivityShort, sensitivityWords } from '../words'
import type { ThreadPatient } from './thread_patients'
import { recipientInSentence, sameRecipient, type Names } from './recipient_names'

/** What a wider consent would have to add, so that the form can propose it and the clinician only asks and confirms. */
export interface Widening { recipients: Recipient[]; purposes: Purpose[]; imageKinds: ImageKind[]; sensitive: Sensitivity[]; onward: boolean }
export const noWidening: Widening = { recipients: [], purposes: [], imageKinds: [], sensitive: [], onward: false }

export const standardDays = 30
export const untilAfter = (days: number, now: number) => endOfDay(now + days * dayMs)
/** A consent recorded now must count at once, also where this device's clock runs a little ahead of the server's (S5.3 allows 5 minutes). */
const clockAllowance = 5 * 60_000

/**
 * Proposed, to be read out to the patient and changed: in a case everybody who is in it, as they are whom it is for; elsewhere the recorder alone.
 * `patient`: whose care the thread is about, where that is known.
 */
export function newDraft(thread: ThreadView, me: string, now: number, { recipients, imageKinds }: Widening = noWidening, patient: ThreadPatient | null = null): ConsentDraft {
  const people = [me, ...(thread.kind === 'case' ? thread.people.map(({ person }) => person) : [])]
  const { patientName = '', recordNumber = '', dateOfBirth = '' } = patient?.record ?? {}
  return {
    subject: patient?.record ? patient.subject : null, decision: 'given', basis: 'patient', how: 'verbal', witness: null, sheet: null, interpreter: null, representative: null, assent: null, reason: null,
    purposes: thread.purpose === 'none' ? [] : [thread.purpose], recipients: withRecipients([...new Set(people)].map((person) => ({ kind: 'person', person })), recipients),
    deidentifiedOnly: false, noOnwardSharing: false, imageKinds: [...imageKinds], sensitive: [],
    validFrom: now - clockAllowance, validUntil: untilAfter(standardDays, now), record: { ...emptyRecord, patientName, recordNumber, dateOfBirth },
  }
}

/** The next version of a consent, as it stands, with the widening already in it. */
export function nextDraft({ scope, record }: ConsentView, now: number, widening: Widening = noWidening): ConsentDraft {
  const { conditions } = scope
  return {
    subject: scope.subject, decision: 'given', basis: scope.basis, how: scope.taken.how, witness: scope.taken.witness, sheet: scope.taken.sheet,
    interpreter: scope.taken.interpreter, representative: scope.taken.representative, assent: scope.taken.assent, reason: scope.taken.reason,
    purposes: union(scope.purposes, widening.purposes), recipients: withRecipients(scope.recipients, widening.recipients),
    deidentifiedOnly: conditions.deidentified_only, noOnwardSharing: conditions.no_onward_sharing && !widening.onward,
    imageKinds: union(conditions.image_kinds, widening.imageKinds), sensitive: union(conditions.sensitive, widening.sensitive),
    validFrom: scope.valid_from, validUntil: scope.valid_until > now ? scope.valid_until : untilAfter(standardDays, now),
    record: record ? { ...record } : { ...emptyRecord },
  }
}

/** The same for a patient who is asked only now: nothing is left of what stood without an answer, and it lasts like any other consent. */
export function askedDraft(base: ConsentView, now: number, widening: Widening = noWidening): ConsentDraft {
  return { ...nextDraft(base, now, widening), basis: 'patient', reason: null, validUntil: untilAfter(standardDays, now) }
}

export const emptyRecord: ConsentDraft['record'] = { patientName: '', recordNumber: '', dateOfBirth: '', note: '', representativeName: '', interpreterName: '', offerAgainOn: '' }
export const isRepresented = ({ basis }: Pick<ConsentDraft, 'basis'>) => basis === 'guardian' || basis === 'substitute-decision-maker'

/** As it begins when it is recorded, not when the form was opened: an emergency's hours are counted from then. */
export function begunAt(draft: ConsentDraft, now: number): ConsentDraft {
  return { ...draft, validFrom: draft.basis === 'emergency' ? now : now - clockAllowance }
}

/** By when another emergency of this patient has to end: it makes none longer that runs, also where that was withdrawn (S5.3.1). */
export function emergencyEnd(consents: readonly ConsentView[], subject: string | null, now: number): number {
  const versions = consents.flatMap(({ history }) => history).filter((one) => one.subject === subject && one.basis === 'emergency' && one.valid_until > now)
  return Math.min(...versions.map(({ valid_until }) => valid_until))
}

/** As it is to be signed: nothing is left of fields that belong to another answer or basis, and an emergency ends when the profile says, and by `latestEnd`. */
export function finished(draft: ConsentDraft, policy: Policy | null, latestEnd = Infinity): ConsentDraft {
  const represented = isRepresented(draft)
  const emergency = draft.basis === 'emergency'
  const interpreter = emergency ? null : draft.interpreter
  const latest = Math.min(latestEnd, draft.validFrom + (policy?.emergency_hours ?? 24) * 3_600_000)
  return {
    ...draft, ...(draft.decision === 'given' ? {} : { recipients: [], imageKinds: [], sensitive: [] }),
    representative: represented ? draft.representative : null, assent: represented ? draft.assent : null, reason: emergency ? draft.reason : null, interpreter,
    purposes: emergency ? draft.purposes.filter((one) => one === 'direct-care-advice') : draft.purposes,
    validUntil: emergency ? Math.min(draft.validUntil, latest) : draft.validUntil,
    record: { ...draft.record, representativeName: represented ? draft.record.representativeName : '', interpreterName: interpreter === null ? '' : draft.record.interpreterName },
  }
}

/** What the profile would hold against this consent, for its own purposes and images (S5.7): said before it is signed, not after. */
export function demanded(draft: ConsentDraft, policy: Policy | null, me: string): ReasonCode[] {
  if (policy === null || draft.decision !== 'given') return []
  const { basis, how, witness, interpreter, sheet, representative, assent, reason, validFrom: valid_from } = draft
  const scope = { basis, valid_from, taken: { how, witness, interpreter, sheet, representative, assent, reason, answer: null }, recorded_by: { kind: 'clinician', person: me } } as Scope
  const codes = draft.purposes.flatMap((purpose): ReasonCode[] => [
    ...(policy.bases.some((row) => row.purpose === purpose && row.bases.includes(basis)) ? [] : ['basis_insufficient' as const]),
    ...requirements(policy, scope, purpose, { sensitive: draft.sensitive } as unknown as ImageDescriptor),
    ...(draft.validUntil > periodEnd(policy, scope, purpose) ? ['policy_period_over' as const] : []),
  ])
  return [...new Set(codes)]
}

const union = <T>(a: readonly T[], b: readonly T[]) => [...new Set([...a, ...b])]
export const withRecipients = (have: readonly Recipient[], more: readonly Recipient[]) => [...have, ...more.filter((one) => !have.some((other) => sameRecipient(one, other)))]

/** What a wider consent would add, one line each: nothing that was agreed to before. */
export function differenceOf({ scope }: ConsentView, { recipients, purposes, imageKinds, sensitive, onward }: Widening, names: Names): string[] {
  const { conditions } = scope
  const says = (words: string) => words.charAt(0).toUpperCase() + words.slice(1)
  return [
    ...recipients.filter((one) => !scope.recipients.some((other) => sameRecipient(one, other))).map((one) => `${says(recipientInSentence(one, names))} may see them too`),
    ...purposes.filter((one) => !scope.purposes.includes(one)).map((one) => `Also for ${purposesInSentence([one])}`),
    ...imageKinds.filter((one) => !conditions.image_kinds.includes(one)).map((one) => `Also ${imageKindShort[one].toLowerCase()}s`),
    ...sensitive.filter((one) => !conditions.sensitive.includes(one)).map((one) => sensitivityWords[one]),
    ...(onward && conditions.no_onward_sharing ? ['They may be passed on to other threads'] : []),
  ]
}

/** What the reasons of a refusal say a wider consent would need (S5.4, the remedies that ask the patient). */
export function wideningFor(reasons: readonly Reason[], purpose: Purpose | 'none', image: { kind?: ImageKind | undefined; sensitive?: readonly Sensitivity[] } = {}): Widening {
  const has = (code: string) => reasons.some((reason) => reason.code === code)
  return {
    recipients: reasons.flatMap((reason) => (reason.code === 'person_not_covered' && reason.who ? [{ kind: 'person' as const, person: reason.who }] : [])),
    purposes: has('purpose_not_covered') && purpose !== 'none' ? [purpose] : [],
    imageKinds: has('image_kind_not_covered') && image.kind ? [image.kind] : [],
    sensitive: has('sensitivity_not_covered') ? [...(image.sensitive ?? [])] : [], onward: has('onward_sharing_forbidden'),
  }
}

/** What is still to be said before it can be recorded, in words; a refusal needs no more than whose it is. */
export function missing(draft: ConsentDraft): string[] {
  const { decision, basis, purposes, recipients, imageKinds, validFrom, validUntil, record, representative, reason } = draft
  const whose = record.patientName.trim() === '' && record.recordNumber.trim() === '' && 'the patient’s name or record number'
  if (decision !== 'given') return whose === false ? [] : [whose]
  return [
    isRepresented(draft) && (representative === null || record.representativeName.trim() === '') && 'who decides for the patient',
    basis === 'emergency' && reason === null && 'why nobody could be asked', basis === 'emergency' && record.note.trim() === '' && 'a note on the emergency',
    purposes.length === 0 && 'a purpose', recipients.length === 0 && 'somebody who may see it', imageKinds.length === 0 && 'a kind of image',
    !(validFrom < validUntil) && 'an end that lies ahead', whose,
  ].filter((what) => what !== false)
}

const basisSentence = {
  patient: (name: string) => `${name} agreed`, 'young-person': (name: string) => `${name}, a young person who understands it, agreed`, guardian: (name: string) => `The guardian of ${name} agreed`,
  'substitute-decision-maker': (name: string) => `The substitute decision-maker of ${name} agreed`,
  'expected-in-direct-care': (name: string) => `${name} was not asked; it is expected in direct care`, emergency: (name: string) => `${name} could not be asked; it is an emergency. It is taken`,
} as const

/** The whole consent in two or three sentences, to be read before it is signed. */
export function draftSummary(draft: ConsentDraft, names: Names): string {
  const patient = draft.record.patientName.trim() || 'The patient'
  if (draft.decision === 'refused') return `${patient} said no${draft.purposes.length > 0 ? ` to sharing for ${purposesInSentence(draft.purposes)}` : ''}. No image of this patient can be shared under this record.`
  const asked = wasAsked(draft) ? ` ${howWords[draft.how].charAt(0).toLowerCase()}${howWords[draft.how].slice(1)}` : ''
  const who = joined(draft.recipients.map((one) => recipientInSentence(one, names))) || 'nobody'
  const what = joined(draft.imageKinds.map((kind) => `${imageKindShort[kind].toLowerCase()}s`)) || 'no images'
  const conditions = [draft.sensitive.length > 0 && `Also pictures of this kind: ${joined(draft.sensitive.map((one) => sensitivityShort[one]))}.`, draft.deidentifiedOnly && 'De-identified images only.', draft.noOnwardSharing && 'No onward sharing.'].filter((one) => one !== false)
  return [`${basisSentence[draft.basis](patient)}${asked} that ${who} may see ${what} for ${purposesInSentence(draft.purposes) || 'no purpose'}, until ${untilWords(draft.validUntil)}.`, ...conditions].join(' ')
}
