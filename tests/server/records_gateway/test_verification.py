"""What a gateway refuses, each with its own code (S12.8): a filing that is whole, bent in one place."""

from __future__ import annotations

import os
from typing import Any

import pytest
from msgspec.structs import replace

from inscope_protocol.annotations import HEADING
from inscope_protocol.encoding import encode_base64url, labelled_hash
from inscope_protocol.labels import CONSENT_RECORD
from inscope_protocol.statements import envelope_object, sign
from inscope_protocol.types import AnnotationBody, Line, Organisations, Point
from inscope_server.records_gateway.verification import FilingRefused, Told, Verified
from world.device import new_id
from world.filing import RECORD, described
from world.hospital_gateway import HospitalGateway


def verify(gateway: HospitalGateway, filed: tuple[Any, bytes], told: Told, later: int = 0) -> Verified:
    now = gateway.home.running.clock.now() + later
    verification = gateway.process.verification
    return verification.verify(verification.open(*filed), told, now)


def refused(gateway: HospitalGateway, filed: tuple[Any, bytes], told: Told, later: int = 0) -> str:
    with pytest.raises(FilingRefused) as failed:
        verify(gateway, filed, told, later)
    return failed.value.code


def test_what_is_whole_is_taken_and_names_are_those_that_organisations_signed(gateway, made, told):
    verified = verify(gateway, made.whole(), told)
    assert (verified.image, verified.record["recordNumber"]) == (made.image, "RN-771")
    assert verified.trust.name(made.specialist.me) == "Samuel Okafor, Coastal Orthopaedics"
    assert verified.trust.name(new_id("per")) == "somebody whom no known organisation names"


def test_a_package_that_is_another_or_sealed_to_another(gateway, made, told):
    statement, package = made.whole()
    assert refused(gateway, (statement, package[:-1] + bytes([package[-1] ^ 1])), told) == "package_mismatch"
    assert refused(gateway, (statement, b""), told) == "package_mismatch"
    assert refused(gateway, ({"payload": ""}, package), told) == "package_mismatch"
    disclosed = made.disclosed()
    stranger = made.seal(made.document(disclosed), disclosed, key=os.urandom(32))
    assert refused(gateway, stranger, told) == "package_mismatch"
    assert refused(gateway, made.whole(filing=new_id("fil")), told) == "package_mismatch"
    assert refused(gateway, made.whole(more=1), told) == "package_mismatch"


def test_a_filing_for_another_gateway(gateway, made, told):
    disclosed = made.disclosed()
    for changes in ({"gateway": new_id("gat")}, {"organisation": made.specialist.home.organisation}):
        filed = made.seal(made.document(disclosed), disclosed, **changes)
        assert refused(gateway, filed, told) == "not_for_this_gateway"


def test_a_list_of_organisations_that_its_own_did_not_sign(gateway, made, told):
    home = gateway.home
    said = Organisations(home.organisation, 9, 0, (home.described(), made.specialist.home.described()))
    forged = envelope_object(sign("organisations", said, home.organisation, os.urandom(32)))
    assert refused(gateway, made.whole(), replace_told(told, [forged])) == "organisation_unknown"


def replace_told(told: Told, organisations: list[Any]) -> Told:
    return Told(organisations, told.authority)


def test_an_adviser_whose_organisation_is_not_known_is_not_believed(gateway, made, told):
    assert refused(gateway, made.whole(), replace_told(told, [])) == "advice_unproven"


def test_a_filer_who_is_not_attested_now(gateway, made, told):
    year = 366 * 24 * 3_600_000
    assert refused(gateway, made.whole(), told, later=2 * year) == "filer_not_attested"
    revoked = described(made.intern)
    revoked["devices"][0]["revoked_at"] = made.intern.running.clock.now() - 1
    people = [revoked, described(made.specialist)]
    assert refused(gateway, made.whole(people=people), told) == "filer_not_attested"
    assert refused(gateway, made.whole(people=[described(made.specialist)]), told) == "filer_not_attested"


def test_a_disclosure_that_is_another(gateway, made, told):
    disclosed = made.disclosed()
    for changes in ({"thread": new_id("thr")}, {"consent": new_id("con")}, {"disclosure": new_id("dis")}):
        other = made.disclosed(**changes)
        assert refused(gateway, made.seal(made.document(other), other), told) == "disclosure_mismatch"
    assert refused(gateway, made.seal(made.document(disclosed), made.disclosed()), told) == "disclosure_mismatch"
    forged = envelope_object(sign("disclosure", _statement(disclosed), made.intern.device, os.urandom(32)))
    assert refused(gateway, made.seal(made.document(disclosed, disclosure=forged), disclosed), told) == (
        "disclosure_mismatch"
    )


def _statement(envelope: Any) -> Any:
    from inscope_protocol.types import decode_payload

    return decode_payload("disclosure", envelope.payload_bytes)


def test_a_picture_that_is_not_the_one_that_was_shared(gateway, made, told):
    disclosed = made.disclosed()
    made.image = made.image[:-1] + bytes([made.image[-1] ^ 1])
    assert refused(gateway, made.seal(made.document(disclosed), disclosed), told) == "image_mismatch"


@pytest.mark.parametrize("what", ["key", "size", "media"])
def test_a_picture_that_is_not_as_it_says(gateway, made, told, what):
    disclosed = made.disclosed()
    written = made.document(disclosed)
    if what == "key":
        written["image_key"] = "A" * 43
    elif what == "size":
        written["picture"]["size"] += 1
    else:
        written["picture"]["media_type"] = "image/png"
    assert refused(gateway, made.seal(written, disclosed), told) == "image_mismatch"


def test_a_consent_whose_chain_does_not_hold(gateway, made, told):
    made.next_version()
    verify(gateway, made.whole(), told)
    both = [envelope_object(one) for one in made.consents()]
    for chain in ([], both[:1], both[1:], [both[1], both[0]]):
        assert refused(gateway, made.whole(consents=chain), told) == "consent_unproven", len(chain)
    forged = [both[0], envelope_object(sign("consent", made.scopes[1], made.intern.device, os.urandom(32)))]
    assert refused(gateway, made.whole(consents=forged), told) == "consent_unproven"


def test_a_record_that_the_consent_did_not_commit_to(gateway, made, told):
    assert refused(gateway, made.whole(record=RECORD.replace("Canary", "Other")), told) == "record_mismatch"


def test_a_record_that_cannot_be_read_is_refused_whoever_committed_to_it(gateway, made, told):
    """Refused for good: what failed in any other way would be tried again for ever."""
    record = "[" * 5000
    commitment = encode_base64url(labelled_hash(CONSENT_RECORD, record.encode()))
    made.scope = replace(made.scope, record_commitment=commitment)
    made.record, made.scopes = record, [made.scope]
    assert refused(gateway, made.whole(record=record), told) == "record_mismatch"


@pytest.mark.parametrize("at", [2**53 - 1, 253_402_300_800_000])
def test_a_time_that_no_calendar_tells_is_refused(gateway, made, told, at):
    made.advice = [{**made.said("Undisplaced."), "at": at}]
    assert refused(gateway, made.whole(), told) == "package_mismatch"


def test_what_its_own_decision_does_not_permit(gateway, made, told):
    assert refused(gateway, made.whole(), told, later=25 * 3_600_000) == "not_covered"
    made.next_version(decision="withdrawn")
    assert refused(gateway, made.whole(), told) == "not_covered"


def test_marks_are_taken_in_their_own_words_and_for_this_image_alone(gateway, made, told):
    words = f"{HEADING}\nLine from 0, 0 to 3, 4: 5 pixels, "
    line = Line(Point(0, 0), Point(3, 4))
    drawn, elsewhere = AnnotationBody(made.disclosure, (line,)), AnnotationBody(new_id("dis"), (line,))
    made.advice = [made.said(words + "not calibrated", body=drawn)]
    assert verify(gateway, made.whole(), told).document.advice[0].text == words + "not calibrated"
    for text, body in ((words + "1.0 mm", drawn), (words + "not calibrated", elsewhere), ("Displaced.", drawn)):
        made.advice = [made.said(text, body=body)]
        assert refused(gateway, made.whole(), told) == "advice_unproven", text


def test_marks_are_their_authors_though_another_named_theirs_alike(gateway, made, told):
    line = Line(Point(0, 0), Point(3, 4))
    words = f"{HEADING}\nLine from 0, 0 to 3, 4: 5 pixels, not calibrated"
    drawn = made.said(words, body=AnnotationBody(made.disclosure, (line,)))
    made.advice = [drawn, made.said("Undisplaced.", by=made.intern, message=drawn["message"])]
    marks = verify(gateway, made.whole(), told).marks
    assert [marks[one["message"], one["person"]] for one in made.advice] == [(line,), ()]


def test_advice_that_its_author_did_not_sign_so(gateway, made, told):
    honest = made.advice[0]
    elsewhere = made.said("Undisplaced. Backslab.")["signed"]
    for changes in (
        {"text": "Displaced!"},
        {"person": made.intern.me},
        {"signed": elsewhere},
        {"message": new_id("msg")},
    ):
        made.advice = [{**honest, **changes}]
        assert refused(gateway, made.whole(), told) == "advice_unproven", changes
    made.advice = [{**honest, "signed": None}]
    verify(gateway, made.whole(), told)


def test_a_patients_own_version_by_the_pinned_authority_alone(gateway, made, told):
    from nacl.signing import SigningKey

    from inscope_protocol.encoding import encode_base64url
    from inscope_protocol.types import RecordedByPatient

    seed, authority = os.urandom(32), new_id("aut")
    made.next_version()
    made.scopes[1] = replace(made.scopes[1], recorded_by=RecordedByPatient(authority), purposes=("direct-care-advice",))
    envelope = envelope_object(sign("consent", made.scopes[1], authority, seed))
    chain = [envelope_object(made.consents()[0]), envelope]
    pinned = {"authority": authority, "key": encode_base64url(bytes(SigningKey(seed).verify_key))}
    verify(gateway, made.whole(consents=chain), Told(told.organisations, pinned))
    other = {**pinned, "key": encode_base64url(bytes(SigningKey(os.urandom(32)).verify_key))}
    assert refused(gateway, made.whole(consents=chain), Told(told.organisations, other)) == "consent_unproven"
    assert refused(gateway, made.whole(consents=chain), told) == "consent_unproven"
