"""Consents of other systems: each is read, and then exactly this far, or refused for a named reason."""

from __future__ import annotations

from typing import Any

import pytest

from inscope_protocol.types import MAX_LIST
from inscope_server.errors import Refusal
from inscope_server.fhir import reading
from inscope_server.fhir.codes import ACT_CODE, ACT_REASON, BASE, PARTICIPATION_TYPE, THO, Json
from inscope_server.fhir.findings import REMEDIES
from protocol.cases import CASE_THREAD, CLINIC, HOSPITAL, INTERN, PATIENT, RADIOLOGY, ident

from .foreign import (
    ADVICE,
    ELSEWHERE,
    EVERY_KIND,
    FROM,
    OUR_PATIENT,
    PATIENT_ELSEWHERE,
    SOMEBODY,
    SPAN,
    UNTIL,
    actor,
    coded,
    known,
    opted,
    permit,
    r4,
    r5,
)  # fmt: skip

UNREAD = {
    **dict.fromkeys(["subject", "how", "witness", "interpreter", "sheet", "representative", "assent", "reason"]),
    "deidentified_only": True, "no_onward_sharing": True, "image_kinds": [], "sensitive": [],
}  # fmt: skip
GIVEN = {
    **UNREAD, "decision": "given", "basis": "patient", "purposes": ["direct-care-advice"],
    "recipients": [{"kind": "person", "person": INTERN}], "valid_from": FROM, "valid_until": UNTIL,
}  # fmt: skip
REFUSED = {**GIVEN, "decision": "refused", "recipients": [], "valid_from": None, "valid_until": None}
DENIES = {"type": "deny", "purpose": [ADVICE]}
PAYS, RUNS = {"system": ACT_REASON, "code": "HPAYMT"}, {"system": ACT_REASON, "code": "HOPERAT"}

READ: list[tuple[str, Json, dict[str, Any], set[str]]] = [
    ("R4 permit", r4(), GIVEN, {"patient_unknown", "element_unknown", "policy_unknown"}),
    ("R5 permit", r5(), GIVEN, {"patient_unknown"}),
    ("a patient of ours", r5(subject=OUR_PATIENT, grantor=[OUR_PATIENT]), GIVEN | {"subject": PATIENT}, set()),
    ("nobody says who answered", r5(grantor=None), GIVEN | {"basis": None}, {"patient_unknown"}),
    (
        "a mother answered (PCF, treat-infant)", r4(performer=[{"reference": "RelatedPerson/mother"}]),
        GIVEN | {"basis": None}, {"patient_unknown", "element_unknown", "policy_unknown", "representative_unknown"},
    ),
    (
        "treatment, payment and operations (PCF, basic-treat)", r5([permit(type=None, purpose=[ADVICE, PAYS, RUNS])]),
        GIVEN, {"patient_unknown", "purpose_unknown"},
    ),
    (
        "one recipient is known", r5([permit(type=None, actor=[ELSEWHERE, SOMEBODY])]), GIVEN,
        {"patient_unknown", "actor_unknown"},
    ),
    (
        "every kind of recipient", r5([permit(type=None, actor=EVERY_KIND)]),
        GIVEN | {"recipients": [
            {"kind": "person", "person": INTERN}, {"kind": "team", "organisation": CLINIC, "team": RADIOLOGY},
            {"kind": "organisation", "organisation": HOSPITAL},
            {"kind": "role", "organisation": CLINIC, "role": "radiologist"}, {"kind": "group", "thread": CASE_THREAD},
        ]},
        {"patient_unknown"},
    ),
    (
        "training and research", r5([permit(type=None, purpose=[
            {"system": ACT_REASON, "code": "TRAIN"}, {"system": ACT_REASON, "code": "HRESCH"}, ADVICE, ADVICE])]),
        GIVEN | {"purposes": ["teaching", "research", "direct-care-advice"]}, {"patient_unknown"},
    ),
    (
        "the narrower of two periods", r5(period={"start": "2024-02-01T00:00:00Z", "end": "2025-01-01T00:00:00Z"}),
        GIVEN | {"valid_from": 1_706_745_600_000}, {"patient_unknown"},
    ),
    (
        "a period in days", r5([permit(type=None, period={"start": "2024-01-01", "end": "2024-06-30"})]),
        GIVEN | {"valid_from": FROM + 12 * 3_600_000, "valid_until": UNTIL - 14 * 3_600_000},
        {"patient_unknown", "time_zone_unsaid"},
    ),
    (
        "a base that denies, with one exception", r4({"type": "deny", "provision": [permit()]}), GIVEN,
        {"patient_unknown", "element_unknown", "policy_unknown"},
    ),
    (
        "dissent (PCF, basic-reject)", r4(DENIES), REFUSED, {"patient_unknown", "element_unknown", "policy_unknown"},
    ),
    ("dissent in R5", r5([]), REFUSED | {"purposes": []}, {"patient_unknown"}),
    (
        "dissent about some data (PCF, in a root that denies)",
        r4({"type": "deny", "dataPeriod": {"start": "2022-01-01"}, "securityLabel": [ADVICE]}),
        REFUSED | {"purposes": []}, {"patient_unknown", "element_unknown", "policy_unknown", "data_limited"},
    ),
    (
        "an extension", r5(extension=[{"url": "https://elsewhere.example/colour", "valueString": "blue"}]), GIVEN,
        {"patient_unknown", "extension_unknown"},
    ),
    ("release of information", r5(category=[coded("http://loinc.org", "64292-6")]), GIVEN, {"patient_unknown"}),
    ("an opt-in rule", opted("OPTIN", permit()), GIVEN | {"basis": None}, {"patient_unknown", "element_unknown",
                                                                           "policy_unknown"}),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "draft", "left_out"), [case[1:] for case in READ], ids=[case[0] for case in READ])
def test_what_is_read(resource: Json, draft: Json, left_out: set[str]) -> None:
    read = reading.read(resource)
    assert read["draft"] == draft
    assert {each["code"] for each in read["not_understood"]} == left_out


IN_DATA = {"type": "deny", "data": [{"meaning": "instance", "reference": {"reference": "Observation/one"}}]}
GLASS = {"system": ACT_REASON, "code": "BTG"}
CUSTODIAN = actor({"reference": "Organization/one"}, "CST")
AFTER = {"start": "2025-01-01T00:00:00Z", "end": "2024-01-01T00:00:00Z"}

REFUSALS: list[tuple[str, Json, dict[str, str]]] = [
    ("no consent", {"resourceType": "Patient"}, {"not_a_consent": "$.resourceType"}),
    ("not FHIR", r5(status=7), {"not_fhir": "Consent.status"}),
    ("an unknown element", r5(colour="blue"), {"not_fhir": "Consent.colour"}),
    ("an unknown status", r5(status="valid"), {"not_fhir": "Consent.status"}),
    ("a draft", r4(status="proposed"), {"status_not_active": "Consent.status"}),
    ("not about privacy", r4(scope=coded(THO + "consentscope", "treatment")), {"scope_not_privacy": "Consent.scope"}),
    ("an acknowledgement", r4(category=[coded(THO + "consentcategorycodes", "npp")]),
     {"category_unknown": "Consent.category[0]"}),
    ("access only", r5(category=[coded(ACT_CODE, "INFAO")]), {"category_unknown": "Consent.category[0]"}),
    ("emergencies only", r4(category=[coded(ACT_CODE, "EMRGONLY")]), {"emergency_override": "Consent.category[0]"}),
    ("no patient", r5(subject=None), {"patient_missing": "Consent.subject"}),
    ("unknown rules", r5(implicitRules="https://elsewhere.example/r"), {"modifier_unknown": "Consent.implicitRules"}),
    ("an unknown modifier", r5([permit(type=None, modifierExtension=[{"url": "https://elsewhere.example/x",
                                                                      "valueCode": "y"}])]),
     {"modifier_unknown": "Consent.provision[0].modifierExtension"}),
    ("no decision", r5(decision=None), {"decision_missing": "Consent.decision"}),
    ("everything to everybody", r5([], decision="permit"),
     {"actor_missing": "Consent.provision.actor", "purpose_missing": "Consent.provision.purpose",
      "no_period": "Consent.period.start"}),
    ("R5: most, but not this", r5(decision="permit"),
     {"provision_deny_within_permit": "Consent.provision[0]", "actor_missing": "Consent.provision.actor",
      "purpose_missing": "Consent.provision.purpose", "no_period": "Consent.period.start"}),
    ("R5: this, but not that of it", r5([permit(type=None, provision=[{"purpose": [PAYS]}])]),
     {"provision_deny_within_permit": "Consent.provision[0].provision[0]"}),
    ("two permits", r5([permit(type=None), permit(type=None)]), {"provisions_many": "Consent.provision[1]"}),
    ("not this (PCF, intermediate-not-data)", r4(permit(provision=[IN_DATA])),
     {"provision_deny_within_permit": "Consent.provision.provision[0]"}),
    ("and this too (PCF, focused-restricted)", r4(permit(provision=[permit(securityLabel=[PAYS])])),
     {"provision_nested": "Consent.provision.provision[0]"}),
    ("two exceptions", r4({"type": "deny", "provision": [permit(), permit()]}),
     {"provisions_many": "Consent.provision.provision[0]"}),
    ("an exception of a part", r4({"type": "deny", "purpose": [PAYS], "provision": [permit()]}),
     {"provision_permit_within_deny": "Consent.provision.provision[0]"}),
    ("but for breaking the glass (PCF)", r4({"type": "deny", "provision": [permit(purpose=[GLASS])]}),
     {"emergency_override": "Consent.provision.provision[0].purpose",
      "purpose_unknown": "Consent.provision.provision[0].purpose"}),
    ("emergency treatment too", r5([permit(type=None, purpose=[ADVICE, {"system": ACT_REASON, "code": "ETREAT"}])]),
     {"emergency_override": "Consent.provision[0].purpose"}),
    ("recipients elsewhere", r4(permit(actor=[ELSEWHERE])), {"actor_unknown": "Consent.provision.actor"}),
    ("a recipient's identifier that is none", r5([permit(type=None, actor=[actor(known("person", "per_1"))])]),
     {"actor_unknown": "Consent.provision[0].actor"}),
    ("anybody (PCF, basic-treat)", r4(permit(actor=None)), {"actor_missing": "Consent.provision.actor"}),
    ("whose data", r4(permit(actor=[SOMEBODY, CUSTODIAN])), {"actor_role_unknown": "Consent.provision.actor[1].role"}),
    ("too many", r5([permit(type=None, actor=[actor(known("person", ident("per", n))) for n in range(MAX_LIST + 1)])]),
     {"actors_too_many": "Consent.provision[0].actor"}),
    ("any purpose", r4(permit(purpose=None)), {"purpose_missing": "Consent.provision.purpose"}),
    ("a purpose of their own (PCF, intermediate-purpose)",
     r4(permit(purpose=[{"system": "https://elsewhere.example/purposes", "code": "TREAT"}])),
     {"purpose_unknown": "Consent.provision.purpose"}),
    ("one trial only", r4(permit(purpose=[{"system": ACT_REASON, "code": "CLINTRCH"}])),
     {"purpose_unknown": "Consent.provision.purpose"}),
    ("only to look", r4(permit(action=[coded(THO + "consentaction", "access")])),
     {"action_limited": "Consent.provision.action"}),
    ("only so labelled (PCF)", r4(permit(securityLabel=[{"system": THO + "v3-Confidentiality", "code": "N"}])),
     {"data_limited": "Consent.provision.securityLabel"}),
    ("only of then (PCF, intermediate-timeframe)", r4(permit(dataPeriod={"start": "2022-01-01", "end": "2022-12-31"})),
     {"data_limited": "Consent.provision.dataPeriod"}),
    ("only these (PCF, intermediate-data)", r5([permit(type=None, data=IN_DATA["data"])]),
     {"data_limited": "Consent.provision[0].data"}),
    ("only this kind of document", r5([permit(type=None, resourceType=[{"code": "Media"}])]),
     {"data_limited": "Consent.provision[0].resourceType"}),
    ("for ever (PCF: no expiration)", r4(permit(period={"start": "2024-01-01T00:00:00Z"})),
     {"no_period": "Consent.provision.period.end"}),
    ("since nobody knows when (PCF, expired-treat)", r4(permit(period={"end": "2022-12-31"})),
     {"no_period": "Consent.provision.period.start"}),
    ("no time at all", r4(permit(period=AFTER)), {"period_empty": "Consent.provision.period"}),
    ("one day in some time zone", r4(permit(period={"start": "2024-01-01", "end": "2024-01-01"})),
     {"period_empty": "Consent.provision.period"}),
    ("opted out, and yet", opted("OPTOUT", permit()), {"policy_contradicts": "Consent.policyRule"}),
    ("HL7, basic", opted("OPTIN", {"period": SPAN}), {"provision_type_missing": "Consent.provision.type"}),
    ("HL7, notTime", opted("OPTIN", {"period": SPAN}), {"provision_type_missing": "Consent.provision.type"}),
    ("HL7, Out", opted("OPTOUT", {"actor": [CUSTODIAN]}), {"provision_type_missing": "Consent.provision.type"}),
    ("no provision", r4({"type": "permit"}),
     {"actor_missing": "Consent.provision.actor", "purpose_missing": "Consent.provision.purpose",
      "no_period": "Consent.provision.period.start"}),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "reasons"), [case[1:] for case in REFUSALS], ids=[case[0] for case in REFUSALS])
def test_what_is_refused(resource: Json, reasons: dict[str, str]) -> None:
    with pytest.raises(Refusal) as refusal:
        reading.read(resource)
    assert refusal.value.code == "fhir_refused" and refusal.value.status == 422
    assert {reason["code"]: reason["path"] for reason in refusal.value.reasons} == reasons
    assert all(reason["remedy"] == REMEDIES[reason["code"]] for reason in refusal.value.reasons)


def test_every_reason_but_those_of_bundles_exports_and_depth_is_seen_above() -> None:
    seen = {code for _, _, reasons in REFUSALS for code in reasons}
    elsewhere = {"too_deep", "consents_many", "not_as_exported", "period_unreadable"}
    assert seen | elsewhere == set(REMEDIES)


@pytest.mark.parametrize(
    ("start", "code"),
    [("soon", "not_fhir"), ("2024-01-01T00:00:00", "not_fhir"), ("2024-01-01T00:00:60Z", "period_unreadable"),
     (5, "period_unreadable")],
)  # fmt: skip
def test_a_period_is_not_guessed(start: Any, code: str) -> None:
    """fhir.resources lets numbers and leap seconds pass."""
    with pytest.raises(Refusal) as refusal:
        reading.read(r5([permit(type=None, period={**SPAN, "start": start})]))
    assert refusal.value.reasons[0]["code"] == code


def test_what_the_library_stumbles_over_is_refused() -> None:
    with pytest.raises(Refusal) as refusal:
        reading.read(r5(contained=[{"resourceType": "elatedPerson"}]))
    assert refusal.value.reasons[0] == {"code": "not_fhir", "who": None, "path": "Consent", "remedy": "check_resource"}


@pytest.mark.parametrize("depth", [30, 900])
def test_depth_is_bounded(depth: int) -> None:
    inner: Any = "x"
    for _ in range(depth):
        inner = [inner]
    with pytest.raises(Refusal) as refusal:
        reading.read({**r5(), "extension": inner})
    assert refusal.value.reasons[0]["code"] == "too_deep"


def bundle(*resources: Json) -> Json:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}


def test_of_a_bundle_the_consent_in_force_is_read() -> None:
    assert reading.read(bundle(r5(status="inactive"), {"resourceType": "Patient"}, r5()))["draft"] == GIVEN


@pytest.mark.parametrize(
    ("resource", "code"),
    [(bundle(r5(), r5()), "consents_many"), (bundle(r5(status="inactive")), "status_not_active"),
     (bundle({"resourceType": "Patient"}), "not_a_consent"), ({"resourceType": "Bundle"}, "not_a_consent"),
     ([], "not_a_consent"), (None, "not_a_consent")],
)  # fmt: skip
def test_of_a_bundle_without_one_nothing_is_read(resource: Any, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        reading.read(resource)
    assert [reason["code"] for reason in refusal.value.reasons] == [code]


def test_the_patient_answers_only_as_themselves() -> None:
    other = r4(performer=[PATIENT_ELSEWHERE, {"reference": "Patient/two"}])
    assert reading.read(other)["draft"]["basis"] is None


def test_our_own_words_in_another_systems_consent_change_nothing() -> None:
    """Only a whole export is read by its extensions."""
    said = {
        "url": f"{BASE}StructureDefinition/consent-taken",
        "extension": [{"url": "basis", "valueCode": "emergency"}],
    }
    assert reading.read(r5(extension=[said]))["draft"] == GIVEN


def test_a_role_is_needed_in_the_system_that_says_it() -> None:
    elsewhere = {"role": coded("https://elsewhere.example", "IRCP"), "reference": SOMEBODY["reference"]}
    with pytest.raises(Refusal) as refusal:
        reading.read(r5([permit(type=None, actor=[elsewhere])]))
    assert refusal.value.reasons[0]["code"] == "actor_role_unknown"
    both = {"role": {"coding": [*elsewhere["role"]["coding"], {"system": PARTICIPATION_TYPE, "code": "IRCP"}]},
            "reference": SOMEBODY["reference"]}  # fmt: skip
    assert reading.read(r5([permit(type=None, actor=[both])]))["draft"] == GIVEN
