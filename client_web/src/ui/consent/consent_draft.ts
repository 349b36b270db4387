import type { ImageKind, Purpose, Reason, Recipient } from '../../protocol/types'
import type { ConsentDraft, ConsentView, ThreadView } from '../../session/session'
import { dayMs, endOfDay, untilWords } from '../time_words'
import { howWords, imageKindShort, joined, purposesInSentence } from '../words'
import { recipientInSentence, sameRecipient, type Names } from './recipient_names'

/** What a wider consent would have to add, so that the form can propose it and the clinician only asks and confirms. */
export interface Widening { recipients: Recipient[]; purposes: Purpose[]; imageKinds: ImageKind[]; onward: boolean }
export const noWidening: Widening = { recipients: [], purposes: [], imageKinds: [], onward: false }

export const standardDays = 30
export const untilAfter = (days: number, now: number) => endOfDay(now + days * dayMs)
/** A consent recorded now must count at once, also where this device's clock runs a little ahead of the server's (S5.3 allows 5 minutes). */
const clockAllowance = 5 * 60_000

export function newDraft(thread: ThreadView, me: string, now: number, { recipients, imageKinds }: Widening = noWidening): ConsentDraft {
  return {
    subject: null, decision: 'given', basis: 'patient', how: 'verbal', witness: null, sheet: null,
    purposes: thread.purpose === 'none' ? [] : [thread.purpose], recipients: withRecipients([{ kind: 'person', person: me }], recipients),
    deidentifiedOnly: false, noOnwardSharing: false, imageKinds: [...imageKinds],
    validFrom: now - clockAllowance, validUntil: untilAfter(standardDays, now), record: { patientName: '', recordNumber: '', dateOfBirth: '', note: '' },
  }
}

/** The next version of a consent, as it stands, with the widening already in it. */
export function nextDraft({ scope, record }: ConsentView, now: number, widening: Widening = noWidening): ConsentDraft {
  const { conditions } = scope
  return {
    subject: scope.subject, decision: 'given', basis: scope.basis, how: scope.taken.how, witness: scope.taken.witness, sheet: scope.taken.sheet,
    purposes: union(scope.purposes, widening.purposes), recipients: withRecipients(scope.recipients, widening.recipients),
    deidentifiedOnly: conditions.deidentified_only, noOnwardSharing: conditions.no_onward_sharing && !widening.onward,
    imageKinds: union(conditions.image_kinds, widening.imageKinds),
    validFrom: scope.valid_from, validUntil: scope.valid_until > now ? scope.valid_until : untilAfter(standardDays, now),
    record: record ? { ...record } : { patientName: '', recordNumber: '', dateOfBirth: '', note: '' },
  }
}

const union = <T>(a: readonly T[], b: readonly T[]) => [...new Set([...a, ...b])]
export const withRecipients = (have: readonly Recipient[], more: readonly Recipient[]) => [...have, ...more.filter((one) => !have.some((other) => sameRecipient(one, other)))]

/** What the reasons of a refusal say a wider consent would need (S5.4, the remedies that ask the patient). */
export function wideningFor(reasons: readonly Reason[], purpose: Purpose | 'none', kind?: ImageKind): Widening {
  const has = (code: string) => reasons.some((reason) => reason.code === code)
  return {
    recipients: reasons.flatMap((reason) => (reason.code === 'person_not_covered' && reason.who ? [{ kind: 'person' as const, person: reason.who }] : [])),
    purposes: has('purpose_not_covered') && purpose !== 'none' ? [purpose] : [],
    imageKinds: has('image_kind_not_covered') && kind ? [kind] : [], onward: has('onward_sharing_forbidden'),
  }
}

/** What is still to be said before it can be recorded, in words; a refusal needs nothing more. */
export function missing({ decision, purposes, recipients, imageKinds, validFrom, validUntil, record }: ConsentDraft): string[] {
  if (decision !== 'given') return []
  return [
    purposes.length === 0 && 'a purpose', recipients.length === 0 && 'somebody who may see it', imageKinds.length === 0 && 'a kind of image',
    !(validFrom < validUntil) && 'an end that lies ahead', record.patientName.trim() === '' && record.recordNumber.trim() === '' && 'the patient’s name or record number',
  ].filter((what) => what !== false)
}

const basisSentence = {
  patient: (name: string) => `${name} agreed`, guardian: (name: string) => `The guardian of ${name} agreed`,
  'substitute-decision-maker': (name: string) => `The substitute decision-maker of ${name} agreed`,
  'expected-in-direct-care': (name: string) => `${name} was not asked; it is expected in direct care`, emergency: (name: string) => `${name} could not be asked; it is an emergency. It is taken`,
} as const

/** The whole consent in two or three sentences, to be read before it is signed. */
export function draftSummary(draft: ConsentDraft, names: Names): string {
  const patient = draft.record.patientName.trim() || 'The patient'
  if (draft.decision === 'refused') return `${patient} said no. No image of this patient can be shared under this record.`
  const asked = draft.basis === 'expected-in-direct-care' || draft.basis === 'emergency' ? '' : ` ${howWords[draft.how].charAt(0).toLowerCase()}${howWords[draft.how].slice(1)}`
  const who = joined(draft.recipients.map((one) => recipientInSentence(one, names))) || 'nobody'
  const what = joined(draft.imageKinds.map((kind) => `${imageKindShort[kind].toLowerCase()}s`)) || 'no images'
  const conditions = [draft.deidentifiedOnly && 'De-identified images only.', draft.noOnwardSharing && 'No onward sharing.'].filter((one) => one !== false)
  return [`${basisSentence[draft.basis](patient)}${asked} that ${who} may see ${what} for ${purposesInSentence(draft.purposes) || 'no purpose'}, until ${untilWords(draft.validUntil)}.`, ...conditions].join(' ')
}
