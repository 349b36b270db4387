"""S3.6: which attestations stand, and when a device is attested."""

from typing import Any

import pytest

from inscope_protocol.attestations import is_attested, is_valid, standing
from inscope_protocol.types import Attestation, Device, convert

from .cases import FRIEND, HOSPITAL, HOUR, NOW, PHONE, SPECIALIST, attestation, signing_key


def attested(**changes: Any) -> Attestation:
    return convert(attestation(**changes), Attestation)


def device(**changes: Any) -> Device:
    return convert({
        "device": PHONE, "person": SPECIALIST, "device_key": signing_key(4), "identity_key": signing_key(7),
        "created_at": NOW - HOUR, "valid_until": NOW + HOUR, "label": "",
    } | changes, Device)  # fmt: skip


def test_the_higher_serial_of_one_organisation_stands() -> None:
    old, new, elsewhere = attested(serial=1), attested(serial=2), attested(serial=0, organisation=HOSPITAL)
    assert standing([old, new, elsewhere], SPECIALIST) == (new, elsewhere)
    assert standing([new, old], SPECIALIST) == (new,)


def test_somebody_elses_attestation_counts_for_nothing() -> None:
    assert standing([attested(person=FRIEND, serial=9), attested()], SPECIALIST) == (attested(),)


@pytest.mark.parametrize(
    ("now", "valid"), [(NOW - HOUR - 1, False), (NOW - HOUR, True), (NOW + HOUR - 1, True), (NOW + HOUR, False)]
)
def test_time_is_half_open(now: int, valid: bool) -> None:
    assert is_valid(attested(), now) is valid
    assert is_valid(device(), now) is valid


@pytest.mark.parametrize(
    ("certificate", "attestations", "expected"),
    [
        (device(), [attested()], True),
        (device(), [], False),
        (device(identity_key=signing_key(8)), [attested()], False),
        (device(person=FRIEND), [attested()], False),
        (device(valid_until=NOW), [attested()], False),
        (device(created_at=NOW + 1), [attested()], False),
        (device(), [attested(valid_until=NOW)], False),
        (device(), [attested(), attested(serial=4, identity_key=signing_key(8))], False),
        (device(), [attested(), attested(serial=4, valid_until=NOW)], False),
        (device(), [attested(valid_until=NOW), attested(organisation=HOSPITAL)], True),
    ],
)
def test_a_device_is_attested(certificate: Device, attestations: list[Attestation], expected: bool) -> None:
    assert is_attested(certificate, attestations, NOW) is expected
