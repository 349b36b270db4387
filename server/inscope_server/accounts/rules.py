"""Which signed statements the server takes: pure decisions (SPEC S3.6, S4)."""

from __future__ import annotations

import hmac
import unicodedata
from dataclasses import dataclass

from inscope_protocol.types import Attestation, Device, Invitation, Request, SignIn

from ..errors import Refusal

REQUEST_AGE = 60_000
CLOCK_TOLERANCE = 300_000
TURNING = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))


@dataclass(frozen=True)
class Standing:
    """A person as an attestation finds them: who invited them, and what stands already."""

    home: str
    serial: int | None
    home_identity_key: str | None


def check_attestation(attestation: Attestation, signer: str, standing: Standing) -> None:
    """Raises Refusal: `wrong_signer` in another's name; `stale_statement` for no higher serial;
    `statement_mismatch` when an organisation that is not the person's own names another identity key.
    """
    if attestation.organisation != signer:
        raise Refusal("wrong_signer")
    if standing.serial is not None and attestation.serial <= standing.serial:
        raise stale()
    if signer != standing.home and attestation.identity_key != standing.home_identity_key:
        raise Refusal("statement_mismatch", "The person's own organisation knows them by another key.")
    check_names(attestation.display_name)
    if attestation.valid_from >= attestation.valid_until:
        raise Refusal("malformed", "The attestation ends before it begins.")


def next_instant(valid_from: int, valid_until: int, now: int) -> int | None:
    """When an attestation begins or ends next, or None once it has ended."""
    return min((instant for instant in (valid_from, valid_until) if instant > now), default=None)


def check_names(*names: str) -> None:
    """A name is shown beside what its bearer says: no control characters, and none that turn the writing."""
    for name in names:
        if not name.strip() or any(unicodedata.category(letter) == "Cc" or letter in TURNING for letter in name):
            raise Refusal("malformed", "A name is empty or holds a control character.")


def stale() -> Refusal:
    return Refusal("stale_statement", "A newer statement stands already.", "reload")


def check_invitation(invitation: Invitation, signer: str, home: str | None, now: int) -> None:
    """`home`: the organisation that the person already belongs to. Raises Refusal."""
    if invitation.organisation != signer or home not in (None, signer):
        raise Refusal("wrong_signer")
    check_names(invitation.display_name)
    if now >= invitation.valid_until:
        raise Refusal("malformed", "The invitation is over already.")


def check_enrolling_device(device: Device, person: str, now: int) -> None:
    """A certificate as it is redeemed with a token for `person`. Raises Refusal."""
    if device.person != person:
        raise Refusal("wrong_signer")
    if now >= device.valid_until:
        raise Refusal("malformed", "The device certificate is over already.")
    if device.created_at > now + CLOCK_TOLERANCE:
        raise Refusal("malformed", "The device's clock is ahead of the server's.", "set_clock")


def check_request(request: Request, signer: str, now: int) -> None:
    """Raises Refusal: `wrong_signer`, or `stale_statement` more than a minute from the server's clock."""
    if request.organisation != signer:
        raise Refusal("wrong_signer")
    if abs(now - request.at) > REQUEST_AGE:
        raise stale()


def check_sign_in(sign_in: SignIn, device: str, origin: str) -> None:
    """S4.5: for this device, at this server. Raises Refusal `not_signed_in`."""
    same_device = hmac.compare_digest(sign_in.device, device)
    if not (same_device and hmac.compare_digest(sign_in.origin.encode(), origin.encode())):
        raise Refusal("not_signed_in")
