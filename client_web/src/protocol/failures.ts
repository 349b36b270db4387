/** Failures as data (SPEC S8): a code that programs read, a sentence and a remedy that people read. */

/** Where a case was refused; the vectors name it, so that two ends do not refuse the same thing for different reasons. */
export type Layer = 'json' | 'shape' | 'signature' | 'framing' | 'seal' | 'decision'

export const FAILURES = {
  malformed: { message: 'This could not be read.', remedy: 'update_application' },
  not_canonical: { message: 'This is not written in the one agreed spelling.', remedy: 'update_application' },
  wrong_type: { message: 'This is a statement of another type.', remedy: 'do_not_trust' },
  wrong_signer: { message: 'This was signed in another name.', remedy: 'do_not_trust' },
  bad_signature: { message: 'The signature does not fit.', remedy: 'do_not_trust' },
  not_signed_in: { message: 'You are not signed in.', remedy: 'sign_in' },
  origin_refused: { message: 'This request came from another site.', remedy: 'open_application' },
  csrf_refused: { message: "This request lacks the session's token.", remedy: 'reload' },
  not_found: { message: 'There is nothing here for you.', remedy: 'check_address' },
  rate_limited: { message: 'Too many requests in a short time.', remedy: 'wait' },
  too_large: { message: 'This is larger than allowed.', remedy: 'make_smaller' },
  too_slow: { message: 'This did not arrive in time.', remedy: 'retry' },
  invitation_invalid: { message: 'This invitation is not valid, or no longer.', remedy: 'ask_administrator' },
  link_invalid: { message: 'This link is not valid, or no longer.', remedy: 'show_new_code' },
  enrolment_pending: { message: 'The organisation has not confirmed this device yet.', remedy: 'wait' },
  device_revoked: { message: 'This device has been revoked.', remedy: 'enrol_again' },
  not_attested: { message: 'No organisation vouches for this device now.', remedy: 'renew_attestation' },
  stale_statement: { message: 'A newer statement stands already.', remedy: 'reload' },
  stale_epoch: { message: 'The thread has moved on.', remedy: 'retry' },
  commit_not_allowed: { message: 'This change of the thread is not of an allowed kind.', remedy: 'update_application' },
  roster_mismatch: { message: 'This does not fit who is in the thread.', remedy: 'retry' },
  members_not_covered: { message: 'An image in this thread does not cover everybody.', remedy: 'remove_image_or_ask_patient' },
  no_key_packages: { message: 'A device has no key package left.', remedy: 'wait' },
  consent_conflict: { message: 'This does not follow the newest version of the consent.', remedy: 'reload' },
  consent_not_yours: { message: 'You may not change this consent.', remedy: 'ask_recorder' },
  answer_mismatch: { message: 'This consent says other than the patient answered.', remedy: 'reload' },
  policy_mismatch: { message: 'This consent names other rules than those in force here.', remedy: 'reload' },
  sheet_unknown: { message: 'This consent names an information sheet that is not shown here.', remedy: 'reload' },
  patient_said_no: { message: 'The patient said no to this.', remedy: 'ask_patient' },
  emergency_again: { message: 'An emergency of this patient is not made longer by another.', remedy: 'ask_patient' },
  witness_unknown: { message: 'The witness must be a colleague other than who records it.', remedy: 'choose_witness' },
  consent_superseded: { message: 'There is a newer version of this consent.', remedy: 'use_current_version' },
  review_closed: { message: 'This emergency has been reviewed already.', remedy: 'reload' },
  review_own: { message: 'Another privacy officer reviews what you recorded yourself.', remedy: 'ask_colleague' },
  fhir_refused: { message: 'This FHIR resource cannot be read as a consent.', remedy: 'see_reasons' },
  denied: { message: 'The consent does not cover this.', remedy: 'see_reasons' },
  disclosure_lapsed: { message: 'This was asked for too long ago.', remedy: 'retry' },
  disclosure_closed: { message: 'This image is no longer shared.', remedy: 'respect_refusal' },
  blob_incomplete: { message: 'Not every part of the image has arrived.', remedy: 'retry' },
  blob_mismatch: { message: 'The bytes are not those declared.', remedy: 'retry' },
  offset_mismatch: { message: 'Another number of bytes has arrived.', remedy: 'retry' },
  range_not_satisfiable: { message: 'There are not so many bytes.', remedy: 'retry' },
  statement_mismatch: { message: 'The statement is not what was granted.', remedy: 'retry' },
  seal_broken: { message: 'The image was changed or cut short.', remedy: 'report' },
  not_as_declared: { message: 'The image is not what was declared.', remedy: 'report' },
  authority_unavailable: { message: 'The consent authority does not answer.', remedy: 'wait' },
  gateway_missing: { message: 'This organisation has no records gateway.', remedy: 'ask_administrator' },
  filing_under_way: { message: 'This image is being filed already.', remedy: 'wait' },
  already_filed: { message: 'This image is in the record already.', remedy: 'reload' },
  push_service_unknown: { message: 'The server does not call this push service.', remedy: 'ask_administrator' },
  server_busy: { message: 'The server is busy.', remedy: 'wait' },
  storage_full: { message: 'The server has no room left.', remedy: 'ask_administrator' },
} as const
export type FailureCode = keyof typeof FAILURES

/** What every reader in this folder throws, and nothing else. The message names the rule broken, never what broke it. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly remedy: string

  constructor(readonly code: FailureCode, readonly layer: Layer, message: string = FAILURES[code].message) {
    super(message)
    this.remedy = FAILURES[code].remedy
  }
}

/** S1.6: a shape, a size or a spelling of bytes that no honest writer makes. */
export function malformed(message: string, layer: Layer = 'shape'): ProtocolError {
  return new ProtocolError('malformed', layer, message)
}

/** S1.5: JSON in any spelling but the one. */
export function notCanonical(message: string): ProtocolError {
  return new ProtocolError('not_canonical', 'json', message)
}
