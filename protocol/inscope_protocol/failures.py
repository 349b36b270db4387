"""Failures as data (SPEC S8): a code that programs read, a sentence and a remedy that people read."""

from typing import Literal, NamedTuple

Layer = Literal["json", "shape", "signature", "framing", "seal", "decision", "value", "service"]


class Failure(NamedTuple):
    message: str
    remedy: str


FAILURES: dict[str, Failure] = {
    "malformed": Failure("This could not be read.", "update_application"),
    "not_canonical": Failure("This is not written in the one agreed spelling.", "update_application"),
    "wrong_type": Failure("This is a statement of another type.", "do_not_trust"),
    "wrong_signer": Failure("This was signed in another name.", "do_not_trust"),
    "bad_signature": Failure("The signature does not fit.", "do_not_trust"),
    "not_signed_in": Failure("You are not signed in.", "sign_in"),
    "origin_refused": Failure("This request came from another site.", "open_application"),
    "csrf_refused": Failure("This request lacks the session's token.", "reload"),
    "not_found": Failure("There is nothing here for you.", "check_address"),
    "rate_limited": Failure("Too many requests in a short time.", "wait"),
    "too_large": Failure("This is larger than allowed.", "make_smaller"),
    "too_slow": Failure("This did not arrive in time.", "retry"),
    "invitation_invalid": Failure("This invitation is not valid, or no longer.", "ask_administrator"),
    "link_invalid": Failure("This link is not valid, or no longer.", "show_new_code"),
    "enrolment_pending": Failure("The organisation has not confirmed this device yet.", "wait"),
    "device_revoked": Failure("This device has been revoked.", "enrol_again"),
    "not_attested": Failure("No organisation vouches for this device now.", "renew_attestation"),
    "stale_statement": Failure("A newer statement stands already.", "reload"),
    "stale_epoch": Failure("The thread has moved on.", "retry"),
    "commit_not_allowed": Failure("This change of the thread is not allowed.", "update_application"),
    "roster_mismatch": Failure("This does not fit who is in the thread.", "retry"),
    "members_not_covered": Failure("A live image does not cover everybody.", "remove_image_or_ask_patient"),
    "no_key_packages": Failure("A device has no key package left.", "wait"),
    "consent_conflict": Failure("This does not follow the newest version of the consent.", "reload"),
    "consent_not_yours": Failure("You may not change this consent.", "ask_recorder"),
    "answer_mismatch": Failure("This consent says other than the patient answered.", "reload"),
    "policy_mismatch": Failure("This consent names other rules than those in force here.", "reload"),
    "sheet_unknown": Failure("This consent names an information sheet that is not shown here.", "reload"),
    "patient_said_no": Failure("The patient said no to this.", "ask_patient"),
    "emergency_again": Failure("An emergency of this patient is not made longer by another.", "ask_patient"),
    "witness_unknown": Failure("The witness must be a colleague other than who records it.", "choose_witness"),
    "consent_superseded": Failure("There is a newer version of this consent.", "use_current_version"),
    "review_closed": Failure("This emergency has been reviewed already.", "reload"),
    "review_own": Failure("Another privacy officer reviews what you recorded yourself.", "ask_colleague"),
    "fhir_refused": Failure("This FHIR resource cannot be read as a consent.", "see_reasons"),
    "denied": Failure("The consent does not cover this.", "see_reasons"),
    "disclosure_lapsed": Failure("This was asked for too long ago.", "retry"),
    "disclosure_closed": Failure("This image is no longer shared.", "respect_refusal"),
    "blob_incomplete": Failure("Not every part of the image has arrived.", "retry"),
    "blob_mismatch": Failure("The bytes are not those declared.", "retry"),
    "offset_mismatch": Failure("Another number of bytes has arrived.", "retry"),
    "range_not_satisfiable": Failure("There are not so many bytes.", "retry"),
    "statement_mismatch": Failure("The statement is not what was granted.", "retry"),
    "seal_broken": Failure("The image was changed or cut short.", "report"),
    "not_as_declared": Failure("The image is not what was declared.", "report"),
    "authority_unavailable": Failure("The consent authority does not answer.", "wait"),
    "gateway_missing": Failure("This organisation has no records gateway.", "ask_administrator"),
    "filing_under_way": Failure("This image is being filed already.", "wait"),
    "already_filed": Failure("This image is in the record already.", "reload"),
    "push_service_unknown": Failure("The server does not call this push service.", "ask_administrator"),
    "server_busy": Failure("The server is busy.", "wait"),
    "storage_full": Failure("The server has no room left.", "ask_administrator"),
}


class ProtocolError(Exception):
    """What every reader in this package raises, and nothing else.

    `code` is one of S8, `layer` says where it was noticed.
    """

    def __init__(
        self, code: str, message: str | None = None, remedy: str | None = None, layer: Layer = "shape"
    ) -> None:
        known = FAILURES[code]
        self.code = code
        self.message = message or known.message
        self.remedy = remedy or known.remedy
        self.layer: Layer = layer
        super().__init__(f"{code}: {self.message}")
