"""A scope as Consent and back: nothing is lost, everything is FHIR, and nothing permits more than the scope."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inscope_protocol.types import Scope, convert
from inscope_server.errors import Refusal
from inscope_server.fhir import consent_r4, consent_r5, elements, extensions, reading, times, validation
from inscope_server.fhir.bindings import REQUIRED, unbound
from inscope_server.fhir.codes import Json, Release
from protocol.cases import PARENT, on, scope, taken

from .strategies import LAST_YEAR_ENDS, scopes

RELEASES: list[Release] = ["R4", "R5"]
SLOW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def written(of: Scope, release: Release, superseded: bool = False) -> Json:
    return (consent_r4 if release == "R4" else consent_r5).write(of, superseded=superseded)


def plain(**changes: Any) -> Scope:
    return convert(scope(**changes), Scope)


@pytest.mark.parametrize("release", RELEASES)
@SLOW
@given(of=scopes(), superseded=st.booleans())
def test_every_scope_comes_back_and_is_fhir(release: Release, of: Scope, superseded: bool) -> None:
    consent = written(of, release, superseded)
    validation.check_written(consent, release)
    assert reading.release_of(consent) == release
    assert reading.scope_of(consent, release) == of


@pytest.mark.parametrize("release", RELEASES)
@SLOW
@given(of=scopes())
def test_an_export_in_force_imports_without_loss(release: Release, of: Scope) -> None:
    data = elements.plain(of)
    if of.decision == "withdrawn":
        with pytest.raises(Refusal) as refusal:
            reading.read(written(of, release))
        assert [reason["code"] for reason in refusal.value.reasons] == ["status_not_active"]
        return
    read = reading.read({**written(of, release), "id": "kept-elsewhere", "meta": {"versionId": "7"}})
    draft = {name: data[name] for name in reading.DRAFTED}
    draft |= {name: data["taken"][name] for name in reading.TAKEN}
    draft |= {name: data["conditions"][name] for name in reading.CONDITIONS}
    assert read == {"draft": draft, "not_understood": [], "release": release}


@pytest.mark.parametrize("release", RELEASES)
def test_a_superseded_version_is_not_in_force(release: Release) -> None:
    with pytest.raises(Refusal) as refusal:
        reading.read(written(plain(), release, superseded=True))
    assert refusal.value.reasons[0]["code"] == "status_not_active"


ALTERED = [
    ("the decision", lambda c: part(c, "decision").update(valueCode="refused")),
    ("the end", lambda c: part(c, "valid-until").update(valueString="9000000000000")),
    ("no representative", lambda c: c.pop("contained")),
    ("a relation", lambda c: c["contained"][0]["relationship"][0]["coding"].pop()),
    ("a further element", lambda c: c.update(verification=[{"verified": True}])),
    ("a doubled extension", lambda c: c["extension"].append(c["extension"][0])),
]


def part(consent: Json, url: str) -> Json:
    found: Json = next(each for each in consent["extension"][0]["extension"] if each["url"] == url)
    return found


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(("what", "alter"), ALTERED, ids=[name for name, _ in ALTERED])
def test_an_altered_export_is_not_read_in_part(release: Release, what: str, alter: Any) -> None:
    consent = copy.deepcopy(written(plain(**on("guardian")), release))
    alter(consent)
    with pytest.raises(Refusal) as refusal:
        reading.read(consent)
    assert [reason["code"] for reason in refusal.value.reasons] == ["not_as_exported"]


def test_what_r4_says_of_a_given_consent() -> None:
    consent = written(plain(purposes=["direct-care-advice", "research"]), "R4")
    provision = consent["provision"]
    assert (consent["status"], provision["type"]) == ("active", "permit")
    assert [purpose["code"] for purpose in provision["purpose"]] == ["TREAT", "HRESCH"]
    assert [actor["reference"]["type"] for actor in provision["actor"]] == ["Practitioner", "PractitionerRole"]
    assert {actor["role"]["coding"][0]["code"] for actor in provision["actor"]} == {"IRCP"}
    assert provision["period"] == {"start": "2023-11-14T21:13:20.000Z", "end": "2023-11-14T23:13:19.999Z"}
    assert consent["patient"]["identifier"]["system"] == "urn:inscope:subject"
    assert "display" not in consent["patient"]


def test_r5_denies_but_for_one_provision() -> None:
    """Each level of provision negates the one above it."""
    consent = written(plain(), "R5")
    assert consent["decision"] == "deny" and len(consent["provision"]) == 1
    assert "provision" not in consent["provision"][0]
    assert consent["period"] == consent["provision"][0]["period"]


NOBODY: list[dict[str, Any]] = [
    {"decision": "refused"},
    {"decision": "withdrawn"},
    {"recipients": []},
    {"purposes": []},
    {"conditions": {"deidentified_only": False, "no_onward_sharing": False, "image_kinds": [], "sensitive": []}},
    {"basis": "guardian", "taken": taken(representative=PARENT, assent="refused")},
]


@pytest.mark.parametrize("changes", NOBODY, ids=[next(iter(each)) for each in NOBODY])
def test_what_permits_nobody_denies(changes: dict[str, Any]) -> None:
    """FHIR reads a list that is not there as everybody and everything."""
    of = plain(**changes)
    assert written(of, "R4")["provision"] == {"type": "deny"}
    in_r5 = written(of, "R5")
    assert in_r5["decision"] == "deny" and "provision" not in in_r5
    assert [reading.scope_of(written(of, release), release) for release in RELEASES] == [of, of]


@pytest.mark.parametrize("release", RELEASES)
def test_conditions_cannot_be_overlooked(release: Release) -> None:
    """They take away from the provision, so they are a modifier (FHIR: "extensions that cannot be ignored")."""
    consent = written(plain(), release)
    rule = consent["provision"] if release == "R4" else consent["provision"][0]
    assert [each["url"] for each in rule["modifierExtension"]] == [extensions.CONDITIONS]


def test_who_answered() -> None:
    assert written(plain(), "R4")["performer"][0]["type"] == "Patient"
    guardian = written(plain(**on("guardian")), "R5")
    assert guardian["grantor"] == [{"reference": "#representative"}]
    assert [each["code"] for each in guardian["contained"][0]["relationship"][0]["coding"]] == ["parent", "PRN"]
    assert "performer" not in written(plain(**on("emergency")), "R4")


def test_after_the_last_year_of_fhir_the_period_ends_with_it() -> None:
    of = plain(valid_from=LAST_YEAR_ENDS - 5, valid_until=LAST_YEAR_ENDS + 5)
    end = written(of, "R4")["provision"]["period"]["end"]
    assert end == times.instant(times.LAST) == "9999-12-31T23:59:59.999Z"


@pytest.mark.parametrize("release", RELEASES)
def test_a_code_outside_its_required_binding_is_noticed(release: Release) -> None:
    consent = {**written(plain(), release), "status": "valid"}
    assert validation.misshapen(consent, release) is None
    assert unbound(consent, release) == ["Consent.status"]
    with pytest.raises(ValueError, match=r"Consent\.status"):
        validation.check_written(consent, release)


def test_required_bindings_are_those_that_fhir_resources_lists() -> None:
    """Where the library knows a binding's codes, ours are the same."""
    from fhir.resources.consent import Consent as R5
    from fhir.resources.R4B.consent import Consent as R4

    for release, model in (("R4", R4), ("R5", R5)):
        listed = model.model_fields["status"].json_schema_extra
        assert isinstance(listed, dict)
        assert REQUIRED[release]["Consent.status"] == set(listed["enum_values"])  # type: ignore[arg-type, index]
