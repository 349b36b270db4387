/**
 * Every code of the protocol in plain words: what a tired doctor at 3 a.m. needs to know, and what to do next.
 * One place, so that the same thing is called the same everywhere.
 */
import type { Basis, ImageKind, Purpose, Reason, Representative, Scope, Sensitivity, Taken, ThreadKind } from '../protocol/types'
import type { LogAlarmCode, ReviewOutcome, Unconfirmed } from '../session/session'
import type { LockReason } from './lock_reason.svelte'
import { dateWords } from './time_words'

export const kindWords: Record<ThreadKind, string> = { case: 'Case', discussion: 'Discussion', social: 'Social' }
export const kindMeans: Record<ThreadKind, string> = {
  case: 'About one patient’s care.',
  discussion: 'A standing group that talks about patients: a meeting, a journal club.',
  social: 'Rosters, news, cake. No patient’s image can ever come here.',
}
export const purposeWords: Record<Purpose | 'none', string> = {
  'direct-care-advice': 'Direct care advice', teaching: 'Teaching', research: 'Research', none: 'No patient purpose',
}
export const purposeMeans: Record<Purpose, string> = {
  'direct-care-advice': 'To decide how this patient is treated.', teaching: 'To learn or teach from the case.', research: 'For a study.',
}
export const imageKindWords: Record<ImageKind, string> = { radiograph: 'Radiograph (x-ray)', scan: 'Scan (CT, MRI, ultrasound)', photograph: 'Photograph', document: 'Document' }
export const imageKindShort: Record<ImageKind, string> = { radiograph: 'Radiograph', scan: 'Scan', photograph: 'Photograph', document: 'Document' }
export const lateralityWords = { left: 'left', right: 'right', bilateral: 'both sides' } as const
export const basisWords: Record<Basis, string> = {
  patient: 'The patient', 'young-person': 'The patient, a young person who understands it', guardian: 'The patient’s guardian or parent', 'substitute-decision-maker': 'A substitute decision-maker',
  'expected-in-direct-care': 'Nobody was asked: expected in direct care', emergency: 'Nobody could be asked: emergency',
}
export const relationWords: Record<Representative['relation'], string> = {
  parent: 'Parent', guardian: 'Guardian', 'spouse-or-partner': 'Spouse or partner', child: 'Grown-up child', sibling: 'Brother or sister',
  'other-relative': 'Another relative', 'friend-or-carer': 'Friend or carer', professional: 'A professional appointed to it',
}
export const authorityWords: Record<Representative['authority'], string> = {
  'parental-responsibility': 'Parental responsibility', 'court-order': 'A court’s or tribunal’s order', 'enduring-power': 'An enduring power or health care proxy',
  statutory: 'The law’s own order of decision-makers', nominated: 'Named by the patient',
}
export const assentWords: Record<NonNullable<Taken['assent']>, string> = { given: 'Agreed too', refused: 'Said no', unable: 'Cannot be asked' }
export const emergencyWords: Record<NonNullable<Taken['reason']>, string> = {
  unconscious: 'The patient is unconscious', 'too-ill': 'The patient is too ill to answer', confused: 'The patient is confused', 'no-time': 'There is no time: a delay would do harm',
}
/** What a privacy officer has found (S5.13), after “Reviewed by … on …:”. */
export const reviewWords: Record<ReviewOutcome, string> = { in_order: 'in order.', follow_up: 'to be talked about.' }
export const interpreterWords: Record<NonNullable<Taken['interpreter']>, string> = {
  professional: 'A professional interpreter', telephone: 'An interpreter by telephone or video', staff: 'A colleague who speaks the language', family: 'A relative or friend',
}
export const sensitivityWords: Record<Sensitivity, string> = { identifiable: 'Pictures that show who it is: a face, a tattoo, a birthmark', intimate: 'Pictures of intimate parts' }
export const sensitivityShort: Record<Sensitivity, string> = { identifiable: 'shows who it is', intimate: 'intimate' }
export const howWords = { verbal: 'By word of mouth', written: 'On paper', electronic: 'Electronically' } as const

const purposeInSentence: Record<Purpose | 'none', string> = { 'direct-care-advice': 'direct care advice', teaching: 'teaching', research: 'research', none: 'no patient purpose' }
export const purposesInSentence = (purposes: readonly (Purpose | 'none')[]) => joined(purposes.map((purpose) => purposeInSentence[purpose]))

/** "a", "a and b", "a, b and c". */
export function joined(parts: readonly string[]): string {
  if (parts.length < 2) return parts[0] ?? ''
  return `${parts.slice(0, -1).join(', ')} and ${parts[parts.length - 1]}`
}
export const counted = (n: number, one: string, many = `${one}s`) => `${n} ${n === 1 ? one : many}`

/** What a sentence about a reason may name; every part may be unknown. */
export interface About { name?: string | undefined; scope?: Scope | null | undefined; purpose?: Purpose | 'none' | undefined; kind?: ImageKind | undefined; date?: ((at: number) => string) | undefined }

type Sentence = (about: About) => string
const dated = (about: About, at: number | undefined, before: string, otherwise: string) => (about.date && at !== undefined ? `${before} ${about.date(at)}.` : otherwise)

/** S5.4, in its order, then what the server adds (S5.11, S7.9). */
export const reasonSentences: Record<string, Sentence> = {
  consent_missing: () => 'No consent is recorded for this image.',
  consent_refused: ({ scope }) => (scope?.decision === 'refused' && scope.purposes.length > 0 ? `The patient said no to sharing for ${purposesInSentence(scope.purposes)}.` : 'The patient said no.'),
  consent_withdrawn: () => 'The patient has withdrawn consent.',
  assent_refused: () => 'The patient, who was asked beside the person deciding for them, said no.',
  policy_unknown: () => 'The rules under which this consent was recorded are not known here.',
  policy_period_over: () => 'The rules here let a consent count only so long, and that time is over.',
  sheet_required: () => 'The rules here ask for an information sheet to be explained.',
  witness_required: () => 'The rules here ask for a colleague as witness.',
  writing_required: () => 'The rules here ask for consent in writing or on the patient’s own page.',
  professional_interpreter_required: () => 'The rules here ask for a professional interpreter, not a relative or colleague.',
  assent_required: () => 'The rules here ask that the patient is asked too, beside the person deciding for them.',
  consent_not_yet_valid: (about) => dated(about, about.scope?.valid_from, 'The consent starts on', 'The consent has not started yet.'),
  consent_expired: (about) => dated(about, about.scope?.valid_until, 'The consent ended on', 'The consent has ended.'),
  subject_mismatch: () => 'The image is of one patient and the consent is another patient’s.',
  purpose_not_covered: (about) => purposeSentence(about),
  basis_insufficient: () => 'Whoever agreed to this is not enough for this purpose here.',
  social_thread: () => 'This is a social thread. No patient’s image can go here, whatever the consent.',
  image_kind_not_covered: (about) => (about.kind ? `The consent does not cover this kind of image: ${imageKindShort[about.kind].toLowerCase()}.` : 'The consent does not cover this kind of image.'),
  sensitivity_not_covered: () => 'The consent does not cover pictures that are intimate or show who it is.',
  not_deidentified: () => 'The patient agreed to de-identified images only, and this one is not marked as de-identified.',
  onward_sharing_forbidden: () => 'The patient agreed to this one place: no onward sharing.',
  nobody: () => 'There is nobody in this thread to see it.',
  not_attested: (about) => `No organisation confirms who ${about.name ?? 'this person'} is.`,
  attestation_lapsed: (about) => `The confirmation of ${about.name ?? 'this person'} by the organisation has lapsed.`,
  person_not_covered: (about) => `The consent does not cover ${about.name ?? 'this person'}.`,
  consent_superseded: () => 'The consent was changed a moment ago; this used the older version.',
  taken_out: () => 'It was taken out of the thread.',
  not_for_care: () => 'Only what was shared for direct care goes into the record.',
  filer_not_of_organisation: () => 'You do not work where this record is kept.',
  record_not_covered: () => 'The patient is treated elsewhere and has not agreed to this record.',
  device_key_doubled: (about) => `A device of ${about.name ?? 'somebody'} has the same key as another device.`,
  filed: () => 'It is filed in the record.',
  filed_unproven: () => 'The server says that it was filed, and shows no proof of it. Check the record.',
  retention_over: () => 'It was kept as long as the rules here allow.',
}

function purposeSentence({ scope, purpose }: About): string {
  if (purpose === 'none') return 'This thread has no patient purpose.'
  if (!purpose) return 'The consent does not cover this thread’s purpose.'
  if (scope && scope.decision !== 'given') return `The consent does not cover ${purposeInSentence[purpose]}.`
  const agreed = scope && scope.purposes.length > 0 ? `The patient agreed to ${purposesInSentence(scope.purposes)}` : 'The patient agreed to no purpose'
  return `${agreed}; this thread is for ${purposeInSentence[purpose]}.`
}

/** S6.7: the person may well be confirmed. */
const endedDevice: Sentence = (about) => `A device of ${about.name ?? 'somebody'} in this thread has ended.`
export const reasonSentence = (reason: Reason, about: About = {}) => (reason.remedy === 'renew_device' ? endedDevice(about) : null) ?? reasonSentences[reason.code]?.(about) ?? codeSentence(reason.code)

/** The reasons that are worth telling: after a no, what else it does not cover says nothing; that a thread is social says that it has no patient purpose. */
export function toldReasons(reasons: readonly Reason[]): Reason[] {
  const has = (code: string) => reasons.some((reason) => reason.code === code)
  if (has('consent_refused') || has('consent_withdrawn')) return reasons.filter(({ code }) => code === 'consent_refused' || code === 'consent_withdrawn' || code === 'social_thread')
  return has('social_thread') ? reasons.filter(({ code }) => code !== 'purpose_not_covered') : [...reasons]
}

export const remedySentences: Record<string, string> = {
  record_consent: 'Ask the patient, and record the answer.',
  respect_refusal: 'Respect the answer. If the patient decides anew, record a new consent.',
  wait: 'Wait until the consent starts.',
  record_again: 'Record the consent again.',
  complete_consent: 'Do what is asked for, then change the consent to say so.',
  ask_patient: 'Ask the patient whether a wider consent is right.',
  use_right_consent: 'Choose the consent of this patient.',
  choose_other_thread: 'Choose another thread.',
  deidentify: 'Remove what identifies the patient from the picture, then tick “de-identified”.',
  renew_device: 'Add their new device to the thread, or take them out of it.',
  renew_attestation: 'Their organisation’s administrator can renew it.',
  ask_patient_or_remove: 'Ask the patient for a wider consent, or leave the person out.',
  use_current_version: 'Try again with the newest version.',
  ask_who_works_there: 'Somebody who works there can file it.',
  revoke_device: 'Its owner or their administrator can revoke one of the two. Until then, leave the person out.',
}
export const remedySentence = (remedy: string) => remedySentences[remedy] ?? ''

/** Each remedy once; where one of them settles the matter, it alone, as the others would not help. */
export function remediesOf(reasons: readonly Reason[]): string[] {
  const settles = (remedy: string) => remedy === 'respect_refusal' || remedy === 'choose_other_thread'
  const final = reasons.filter((reason) => settles(reason.remedy))
  return [...new Set((final.length > 0 ? final : reasons).map((reason) => remedySentence(reason.remedy)))].filter((words) => words !== '')
}

/** Somebody's own word inside a sentence, where there is no markup: it keeps its direction, and the sentence its own. */
export const isolated = (word: string) => `\u2068${word}\u2069`

/** Buttons that put it right, for the remedies that a button can put right. */
export const remedyButtons: Record<string, string> = {
  record_consent: 'Record a consent', ask_patient: 'Ask the patient for a wider consent', ask_patient_or_remove: 'Ask the patient for a wider consent', use_right_consent: 'Choose another consent',
}

/** S8, and the session's own. */
export const codeSentences: Record<string, string> = {
  malformed: 'The other side did not understand this. Update InScope and try again.',
  not_canonical: 'A signed statement is not in its one spelling, so it is not trusted.',
  wrong_type: 'A signed statement is of the wrong kind, so it is not trusted.',
  wrong_signer: 'A statement is signed by somebody else than it says, so it is not trusted.',
  bad_signature: 'A signature is wrong, so this is not trusted.',
  not_signed_in: 'You are signed out. Unlock again.',
  answer_mismatch: 'The patient answered otherwise, took the answer back, or gave it more than a day ago. Ask the patient again.',
  policy_mismatch: 'The rules for consents have changed here. Load this page again, then record the consent.',
  sheet_unknown: 'The information sheets have changed here. Load this page again, then choose the one that the patient was shown.',
  patient_said_no: 'The patient said no to this. A no holds in an emergency too, until the patient, or who decides for them, agrees.',
  emergency_again: 'An emergency of this patient runs, or ended within the last day, and another does not make it longer. While it runs, change that one. Otherwise ask the patient, or who decides for them.',
  witness_unknown: 'The witness is somebody whom your organisation confirms now, and not yourself. Choose who was there.',
  review_closed: 'A colleague has reviewed this already. Load the list again.',
  review_own: 'You recorded this yourself. Another privacy officer of your organisation reviews it.',
  fhir_refused: 'This consent from another system cannot be read here. Record it by hand.',
  consent_not_current: 'It could not be made sure that the patient’s consent still stands. Try again.',
  origin_refused: 'This page was not opened from the address it belongs to.',
  csrf_refused: 'This page is out of date. Load it again.',
  not_found: 'That is not there, or not yours to see.',
  rate_limited: 'Too many tries. Wait a minute.',
  too_large: 'That is too large.',
  too_slow: 'The connection is too slow just now. Try again.',
  invitation_invalid: 'This invitation has been used, has ended, or was copied in part. Ask the person who invited you for a new one.',
  link_invalid: 'This link has been used, has ended, or was copied in part. Show a new one on your other device.',
  wrong_number: 'That is not the number that the new device shows. Look again.',
  device_not_added: 'It was not confirmed on your other device.',
  enrolment_pending: 'Your organisation has not confirmed you yet.',
  device_revoked: 'This device was signed out for good by you or your organisation.',
  device_replaced: 'This device has been replaced by another one of yours. Use that one, or ask your administrator.',
  not_attested: 'Your organisation does not confirm you at present. Its administrator can renew it.',
  stale_statement: 'A newer statement has already been accepted.',
  stale_epoch: 'The people in this thread changed at that moment. Try again.',
  commit_not_allowed: 'That change of the thread’s people is not allowed.',
  roster_mismatch: 'The list of people does not agree between devices. Images stop in this thread until it does.',
  device_key_doubled: 'Two devices with the same key cannot be in one thread, so nobody was added.',
  members_not_covered: 'An image in this thread does not cover everybody you want to add.',
  no_key_packages: 'This person has not set up a device yet, so cannot be added.',
  consent_conflict: 'Somebody changed this consent at the same moment. Look at it again.',
  consent_not_yours: 'Only the person who recorded this consent, or somebody it covers, can change it.',
  consent_superseded: 'The consent was changed a moment ago. Try again with the newest version.',
  denied: 'The consent does not allow this.',
  disclosure_lapsed: 'The upload took too long. Send it again.',
  disclosure_closed: 'This image is no longer shared.',
  blob_incomplete: 'The upload did not finish. Send it again.',
  offset_mismatch: 'The server has another part of it than this device thought. Send it again.',
  range_not_satisfiable: 'The rest of the image is not where it was looked for. Open it again.',
  blob_mismatch: 'What arrived is not what was sent. Send it again.',
  statement_mismatch: 'What was declared is not what was sent. Nothing was shared.',
  seal_broken: 'This image is damaged or was tampered with. It is not shown.',
  not_as_declared: 'This image is not what its sender declared. It is not shown, and you can report it.',
  authority_unavailable: 'Whether the consent still stands cannot be checked just now. Messages go on; images wait.',
  push_service_unknown: 'This server does not use this browser’s way to notify. Another browser may do.',
  push_unavailable: 'This browser could not be reached for notifications just now. Try again later.',
  gateway_missing: 'Your organisation has not connected its medical record.',
  filing_under_way: 'This image is being filed already.',
  already_filed: 'This image is in the record already.',
  record_missing: 'This device does not have the patient’s name and record number. Somebody whose device has them can file it.',
  package_mismatch: 'What arrived at the record is not what was sent. Try again.',
  not_for_this_gateway: 'It was sent to another record. Try again.',
  organisation_unknown: 'The record does not know the organisation of somebody in this. Its administrator can help.',
  filer_not_attested: 'The record does not know you at present. Your administrator can renew it.',
  disclosure_mismatch: 'The record could not verify where this image comes from. Nothing was filed.',
  image_mismatch: 'The record found another picture than was shared. Nothing was filed.',
  consent_unproven: 'The record could not verify the consent. Nothing was filed.',
  record_mismatch: 'The patient’s details are not those of the consent. Nothing was filed.',
  not_covered: 'By the record’s own check the consent does not cover this. Nothing was filed.',
  target_refused: 'The record did not take it. Its administrator can see why.',
  advice_unproven: 'The record could not verify who wrote a message. Leave it out, or try again.',
  server_busy: 'The server is busy. Try again in a moment.',
  storage_full: 'The server has no room left. Nothing was lost.',
  draft_ended: 'It could not be sent within a day, so its pictures were deleted from this device.',
  on_its_way: 'It has been sent already. You can take it out once it is here.',
  stopped: 'It was stopped.',
  unlock_waits: 'Too many wrong passphrases. Wait, then try again.',
  wrong_passphrase: 'That passphrase does not open this device. Nothing is lost; try again.',
  weak_passphrase: 'That passphrase is too short: at least 10 characters.',
  passkey_cancelled: 'It was cancelled, or took too long. Nothing has changed; try again.',
  passkey_unavailable: 'This browser cannot unlock InScope with a fingerprint, a face or a security key here. Use your passphrase.',
  passkey_without_prf: 'This fingerprint, face or security key cannot unlock InScope: it has no secret of its own for that (the “PRF” of passkeys). Nothing was added. Another one may do, or a newer browser.',
  passkey_unverified: 'It did not ask for a finger, a face or a PIN, so it is not trusted to unlock. Use your passphrase.',
  passkey_known: 'That one unlocks this device already.',
  passkey_unfit: 'That one does not open this device. Use your passphrase; in Settings you can remove it and add it again.',
  passkey_failed: 'Your device could not do that just now. Try again, or use your passphrase.',
  keystore_broken: 'The keys on this device are damaged. Ask for a new invitation.',
  locked: 'This device is locked.',
  other_tab: 'InScope is open in another tab or window. Go on there, or close it and try again.',
  already_enrolled: 'This browser already is somebody’s device. Unlock it, or sign out first.',
  not_enrolled: 'This browser is not set up. You need an invitation.',
  sheet_altered: 'This information sheet is not the text it should be, so it is not shown. Tell your administrator.',
  leaving: 'You are leaving this thread: nothing more goes from you to it.',
  removed: 'You are no longer in this thread. What you have read stays with you.',
  welcome_rejected: 'The invitation into this thread could not be verified. Ask somebody in it to add you again.',
  commit_rejected: 'A change of its people could not be verified. Nothing more is sent or shown here; start a new thread.',
  state_lost: 'This device’s copy is older than what it has already sent. Ask somebody in it to take you out and add you again.',
  set_back: 'The server was restored from a backup older than a change of its people. What was said can be read here; start a new thread.',
  closed_before_restore: 'It was closed before the server was restored from a backup.',
  server_restored: 'The server was restored from a backup, and cannot know what patients took back since. Send it again, or file it.',
  unreachable: 'The server cannot be reached. What you wrote is kept here; try again.',
  server_fault: 'The server failed. Nothing was lost; try again.',
  cannot_open: 'It could not be decrypted on this device.',
  offline: 'There is no connection.',
  internal: 'Something went wrong on this device. Try again.',
  unexpected: 'That did not work. Try again.',
}
export const codeSentence = (code: string, about: About = {}) => codeSentences[code] ?? reasonSentences[code]?.(about) ?? codeSentences.unexpected as string

/** S10.6. */
const logAlarmSentences: Record<LogAlarmCode, string> = {
  log_split: 'The server shows different people different logs of who has seen images.',
  log_rewritten: 'The server has changed its log of who has seen images after it was written.',
  log_shortened: 'The server has taken entries out of its log of who has seen images.',
  log_key_changed: 'The server’s log of who has seen images is signed with another key than before.',
}
export const logAlarmSentence = (code: LogAlarmCode) => logAlarmSentences[code]

export const lineWords = { online: 'Online', connecting: 'Connecting', offline: 'Offline' } as const
export const lineMeans = { connecting: 'Connecting. You can read and write meanwhile.', offline: 'Offline. What you write is kept here and will be sent.' } as const

export const unconfirmedWords = { device_replaced: 'Replaced', not_attested: 'Not confirmed' } as const
export function unconfirmedMeans(why: Unconfirmed): string {
  if (why.code === 'not_attested') return 'Your organisation does not confirm you at present. Nothing is sent or received here until its administrator renews it.'
  return `This device has been replaced: since ${dateWords(why.since)} your organisation confirms another device of yours. Use that one, or ask your administrator. Nothing is sent or received here any more.`
}

/** Why an image is closed (S7.9), for a tombstone. */
export function closedSentence(code: string | null, suspended: boolean, name: string): string {
  const why = code ? codeSentence(code, { name }) : 'It is no longer shared.'
  return suspended ? `Closed for now. ${why}` : `No longer here. ${why}`
}

/** Six digits as they are read aloud. */
export const spacedNumber = (number: string) => `${number.slice(0, 3)} ${number.slice(3)}`

export const lockWords = (why: LockReason) => (why === null ? '' : why === 'pressed' ? 'You locked it.' : `Locked after ${counted(why.minutes, 'minute')} without use.`)
