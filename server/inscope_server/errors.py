"""Failures as data: a code from SPEC S8, a sentence, a remedy, and the reasons with the people they name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from inscope_protocol.decision import Reason
from inscope_protocol.failures import ProtocolError

STATUS = {
    "malformed": 400,
    "not_canonical": 400,
    "wrong_type": 400,
    "wrong_signer": 400,
    "bad_signature": 400,
    "not_signed_in": 401,
    "origin_refused": 403,
    "csrf_refused": 403,
    "denied": 403,
    "device_revoked": 403,
    "not_attested": 403,
    "enrolment_pending": 403,
    "consent_not_yours": 403,
    "review_own": 403,
    "not_found": 404,
    "too_slow": 408,
    "too_large": 413,
    "range_not_satisfiable": 416,
    "fhir_refused": 422,
    "rate_limited": 429,
    "authority_unavailable": 503,
    "server_busy": 503,
    "storage_full": 507,
}

OTHERWISE = 409
"""The status of every other code."""

SENTENCES = {
    "malformed": ("The request is not of the expected form.", "check_request"),
    "not_signed_in": ("You are not signed in.", "sign_in"),
    "origin_refused": ("The request came from another site.", "open_inscope"),
    "csrf_refused": ("The request lacks this session's token.", "reload"),
    "not_found": ("There is no such thing here.", "check_address"),
    "rate_limited": ("Too many requests in a short time.", "wait"),
    "too_large": ("That is larger than allowed.", "make_smaller"),
    "too_slow": ("What was sent did not arrive in time.", "retry"),
    "invitation_invalid": ("This invitation is unknown, used or out of date.", "ask_administrator"),
    "link_invalid": ("This link is unknown, used or out of date.", "show_new_code"),
    "device_revoked": ("This device has been revoked.", "ask_administrator"),
    "not_attested": ("Your organisation has not confirmed this device yet.", "ask_administrator"),
    "stale_epoch": ("The thread has moved on since this was made.", "catch_up"),
    "commit_not_allowed": ("This change to the group is not allowed.", "update_application"),
    "roster_mismatch": ("The change does not add and remove what it declares.", "catch_up"),
    "members_not_covered": ("A live image in this thread does not cover them.", "take_out_or_ask_patient"),
    "consent_conflict": ("This consent has changed since you read it.", "reload_consent"),
    "consent_not_yours": ("This consent is not yours to change.", "ask_recorder"),
    "policy_mismatch": ("This consent names other rules than those in force here.", "reload"),
    "answer_mismatch": ("The patient answered otherwise, took it back, or answered too long ago.", "ask_patient"),
    "sheet_unknown": ("This consent names an information sheet that is not shown here.", "reload"),
    "patient_said_no": (
        "The patient said no to this; it holds until they, or who decides for them, agree.",
        "ask_patient",
    ),
    "emergency_again": (
        "An emergency of this patient was recorded already: it is not made longer, and a new one waits a day.",
        "ask_patient",
    ),
    "witness_unknown": (
        "The witness (taken.witness) is not a colleague whom your organisation sees, or is who records it.",
        "choose_witness",
    ),
    "consent_superseded": ("There is a newer version of this consent.", "use_current_version"),
    "review_closed": ("This emergency has been reviewed already.", "reload"),
    "review_own": ("Another privacy officer reviews what you recorded yourself.", "ask_colleague"),
    "fhir_refused": ("This FHIR resource cannot be read as a consent.", "see_reasons"),
    "denied": ("The patient's consent does not cover this.", "see_reasons"),
    "disclosure_lapsed": ("This permission was not used in time or the thread moved on.", "ask_again"),
    "disclosure_closed": ("This image is no longer shared here.", "none"),
    "offset_mismatch": ("Another number of bytes has arrived than you say.", "ask_offset"),
    "range_not_satisfiable": ("There are not so many bytes.", "check_request"),
    "blob_incomplete": ("The image has not arrived whole.", "upload_rest"),
    "blob_mismatch": ("The bytes differ from those declared.", "upload_again"),
    "statement_mismatch": ("The signed disclosure differs from the one granted.", "ask_again"),
    "authority_unavailable": ("The consent authority does not answer. Text goes on; images wait for it.", "retry"),
    "gateway_missing": ("This organisation has no records gateway.", "ask_administrator"),
    "filing_under_way": ("This image is being filed already.", "wait"),
    "already_filed": ("This image is in the record already.", "reload"),
    "push_service_unknown": ("This server does not call the push service of this browser.", "ask_administrator"),
    "server_busy": ("The server cannot do this just now.", "retry"),
    "storage_full": ("The server has no room left.", "tell_administrator"),
}


class Refusal(Exception):
    """An answer of `no`: `code` of SPEC S8; `reasons` are dicts {code, who, remedy, image?}."""

    def __init__(self, code: str, message: str = "", remedy: str = "", reasons: list[dict[str, Any]] | None = None):
        sentence, usual = SENTENCES.get(code, (code.replace("_", " ") + ".", "check_request"))
        super().__init__(code)
        self.code, self.message, self.remedy = code, message or sentence, remedy or usual
        self.reasons = reasons or []

    @property
    def status(self) -> int:
        return STATUS.get(self.code, OTHERWISE)

    def as_data(self) -> dict[str, Any]:
        return {
            "error": {
                "code": self.code,
                "message": self.message,
                "remedy": self.remedy,
                "reasons": self.reasons,
            }
        }


def reasons_as_data(reasons: Iterable[Reason], image: str | None = None) -> list[dict[str, Any]]:
    """Reasons as a refusal has them and the log keeps them."""
    extra = {} if image is None else {"image": image}
    return [{"code": reason.code, "who": reason.who, "remedy": reason.remedy, **extra} for reason in reasons]


def as_refusal(error: ProtocolError) -> Refusal:
    """A protocol failure in what a client sent, as an answer."""
    return Refusal(error.code, error.message, error.remedy)
