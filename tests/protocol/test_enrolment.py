"""S4 beyond the shared cases: every part of an invitation counts."""

import pytest

from inscope_protocol import enrolment

from .cases import FRIEND, INTERN, LAPTOP, PHONE, filled

PARTS: list[bytes | str] = [filled(1), filled(2), filled(3), INTERN, PHONE]
OTHERS: list[bytes | str] = [filled(9), filled(9), filled(9), FRIEND, LAPTOP]


def proof(parts: list[bytes | str]) -> bytes:
    return enrolment.invitation_proof(*parts)  # type: ignore[arg-type]


def test_the_attester_checks_the_proof() -> None:
    assert enrolment.check_invitation_proof(proof(PARTS), *PARTS)  # type: ignore[arg-type]
    assert not enrolment.check_invitation_proof(proof(PARTS)[:-1], *PARTS)  # type: ignore[arg-type]


@pytest.mark.parametrize("index", range(5))
def test_another_part_needs_another_proof(index: int) -> None:
    changed = [*PARTS[:index], OTHERS[index], *PARTS[index + 1 :]]
    assert not enrolment.check_invitation_proof(proof(PARTS), *changed)  # type: ignore[arg-type]


def test_keys_exchanged_need_another_proof() -> None:
    secret, identity_key, device_key, *rest = PARTS
    assert proof([secret, device_key, identity_key, *rest]) != proof(PARTS)


def test_what_the_server_holds_is_not_what_the_proof_is_made_of() -> None:
    token = enrolment.invitation_token(filled(1))
    derived = {token, enrolment.invitation_token_hash(token), filled(1)}
    assert len(derived) == 3
    assert proof([token, *PARTS[1:]]) != proof(PARTS)
    assert enrolment.parse_fragment(enrolment.invitation_fragment(filled(1), filled(5))) == (
        filled(1),
        enrolment.key_fingerprint(filled(5)),
    )
