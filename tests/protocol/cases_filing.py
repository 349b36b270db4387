"""The cases of `filing/`: where an image may be filed (S12.3), and the package that goes there (S12.4, S12.5)."""

from typing import Any

from inscope_protocol.encoding import decode_base64url, plain_hash
from inscope_protocol.filing import location_hash
from inscope_protocol.package import join_package, seal_package

from .cases import CLINIC, HOSPITAL, INTERN, NOW, SPECIALIST, Case, attestation, b64, case, filled, policy, scope
from .cases_decision import (
    ASK,
    EXPIRED,
    NOT_COVERED,
    UNATTESTED,
    WITHDRAWN,
    WRONG_KIND,
    WRONG_PURPOSE,
    image,
    intern,
    recipient,
    specialist,
    thread,
)

NOT_FOR_CARE = ("not_for_care", None, "choose_other_thread")
NOT_THERE = ("filer_not_of_organisation", INTERN, "ask_who_works_there")
NOT_IN_THE_RECORD = ("record_not_covered", None, ASK)
RECORD = {"kind": "record", "organisation": CLINIC}
WHOLE_CLINIC = {"kind": "organisation", "organisation": CLINIC}
SEALING_KEY = decode_base64url("E75P6uryBMf9M1j8nAByGIHRdCeBKCJ-xnTzf3_pe20")
"""The X25519 key of the secret key filled(7)."""


def filed(name: str, *reasons: tuple[str, str | None, str], **changes: Any) -> Case:
    given = {
        "scope": scope(),
        "policy": policy(),
        "thread": thread(),
        "filer": intern(),
        "recorder": intern(),
        "organisation": HOSPITAL,
        "image": image(),
        "now": NOW,
    } | changes
    listed = [{"code": code, "who": who, "remedy": remedy} for code, who, remedy in reasons]
    return case(name, "decision", "S12.3", "decide_filing", given, {"reasons": listed})


def naming(*entries: dict[str, Any]) -> dict[str, Any]:
    return scope(recipients=[*scope()["recipients"], *entries])


def decisions() -> list[Case]:
    teaching = scope(purposes=["direct-care-advice", "teaching"])
    elsewhere = {"filer": specialist(), "organisation": CLINIC}
    gone = intern(valid_from=0, valid_until=NOW)
    works_at_both = recipient(INTERN, *intern()["attestations"], attestation(INTERN))
    return [
        filed("where the patient is treated, by who recorded the consent"),
        filed("no consent", ("consent_missing", None, "record_consent"), scope=None),
        filed("withdrawn", WITHDRAWN, scope=scope(decision="withdrawn")),
        filed("expired", EXPIRED, scope=scope(valid_until=NOW)),
        filed("another kind of image than was agreed to", WRONG_KIND, image=image(kind="scan")),
        filed("for teaching", NOT_FOR_CARE, scope=teaching, thread=thread(purpose="teaching")),
        filed("for teaching, and not agreed to either", WRONG_PURPOSE, NOT_FOR_CARE, thread=thread(purpose="teaching")),
        filed("the adviser's own hospital, which the patient did not name", NOT_IN_THE_RECORD, **elsewhere),
        filed("the adviser's own hospital, whose record the patient named", scope=naming(RECORD), **elsewhere),
        filed("the adviser's own hospital, named with all who work there", scope=naming(WHOLE_CLINIC), **elsewhere),
        filed("a role there does not name the record", NOT_IN_THE_RECORD, **elsewhere,
              scope=scope(recipients=[{"kind": "role", "organisation": CLINIC, "role": "radiologist"}])),
        filed("another's record does not do", NOT_IN_THE_RECORD, **elsewhere,
              scope=naming(RECORD | {"organisation": HOSPITAL})),
        filed("a record that is named covers nobody who files", NOT_COVERED, **elsewhere,
              scope=scope(recipients=[RECORD])),
        filed("into a hospital where the filer does not work", NOT_THERE, scope=naming(RECORD), organisation=CLINIC),
        filed("by who no longer works there", ("attestation_lapsed", INTERN, "renew_attestation"), NOT_THERE,
              filer=gone),
        filed("by a colleague, when who recorded the consent has left", filer=recipient(SPECIALIST,
              attestation(), attestation(organisation=HOSPITAL, roles=[])), recorder=gone),
        filed("by who is attested nowhere", UNATTESTED, ("filer_not_of_organisation", SPECIALIST,
              "ask_who_works_there"), filer=recipient(SPECIALIST)),
        filed("both hospitals of who recorded the consent are where the patient is treated", filer=works_at_both,
              recorder=works_at_both, organisation=CLINIC),
        filed("what a higher serial has made void does not make a hospital the treating one", NOT_IN_THE_RECORD,
              recorder=recipient(INTERN, attestation(SPECIALIST, organisation=CLINIC)), **elsewhere),
    ]  # fmt: skip


def packages() -> list[Case]:
    document, picture = b'{"filing":"x"}', bytes(range(256)) * 2 + b"\0\0"
    sealed = seal_package(SEALING_KEY, picture, filled(9))
    sealing = {"sealing_key": b64(SEALING_KEY), "plain": b64(picture), "ephemeral": b64(filled(9))}
    where = "fil_x/document.pdf \u00fc"
    return [
        case("a document and an image in one", "value", "S12.4", "join_package",
             {"document": b64(document), "image": b64(picture)}, b64(plain_hash(join_package(document, picture)))),
        case("sealed", "value", "S12.5", "seal_package", sealing, b64(sealed)),
        case("a location", "value", "S12.8", "location_hash", {"location": where}, b64(location_hash(where))),
    ]  # fmt: skip


def files() -> dict[str, list[Case]]:
    return {"filing/filing": decisions(), "filing/package": packages()}
