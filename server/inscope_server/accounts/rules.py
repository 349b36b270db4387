"""Which signed statements the server takes: pure decisions (SPEC S3.6, S4)."""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from inscope_protocol.public_keys import is_signing_key
from inscope_protocol.types import Attestation, Device, Gateway, GatewayRequest, Invitation, Request, SignIn

from ..clock import CLOCK_TOLERANCE
from ..errors import Refusal

REQUEST_AGE = 60_000
MOST_DEVICES = 5
"""Of one person at a time (S4.9)."""
LINK_LASTS = 10 * 60_000
JOINERS, JOINED = "\u200c\u200d", ("\u0600", "\u109f")
BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
LONGEST_NAME = 200
UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


WRONG_NAME = f"A name or label is empty, longer than {LONGEST_NAME} characters, or has one that cannot be seen."


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
    """A name is shown beside what its bearer says: nothing in it turns the writing, breaks the line or hides, and it
    leaves room. So it is with the label of a device, which its owner and administrators read.
    """
    for name in names:
        if not name.strip() or len(name) > LONGEST_NAME or any(_hides(name, place) for place in range(len(name))):
            raise Refusal("malformed", WRONG_NAME)


def _hides(name: str, place: int) -> bool:
    """Zero-width joiners shape Arabic, Persian and Indian letters: between two of those they are part of the name."""
    if name[place] in JOINERS:
        around = (name[place - 1 : place], name[place + 1 : place + 2])
        return not all(JOINED[0] <= letter <= JOINED[1] for letter in around)
    return name[place] in BLANK or unicodedata.category(name[place]) in UNSEEN


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
    check_names(device.label)


def check_asking(label: str, key: bytes) -> None:
    """What a device says of itself that asks by a link (S4.9): as its certificate has to have it. Raises Refusal."""
    check_names(label)
    if not is_signing_key(key):
        raise Refusal("malformed", "This is not a key that can be used.")


def check_room_for_device(certificates: Mapping[str, Device], device: str, now: int) -> None:
    """`certificates`: of the person's devices that are not revoked, `device` being the one beside which another is to
    come. Those under its identity key count until they are over, also one that begins in a moment. Raises Refusal.
    """
    key = certificates[device].identity_key if device in certificates else None
    if sum(each.identity_key == key and now < each.valid_until for each in certificates.values()) >= MOST_DEVICES:
        raise Refusal("too_large", f"A person has at most {MOST_DEVICES} devices at a time.", "revoke_one")


def check_added_device(said: Device, first: Device, asked: tuple[str, str, str], now: int) -> None:
    """S4.9: the certificate is of the first device's person and identity key, and of just the device, key and label
    that asked. Raises Refusal.
    """
    if (said.device, said.device_key, said.label) != asked or said.identity_key != first.identity_key:
        raise Refusal("statement_mismatch", "This is not the device that asked.")
    check_enrolling_device(said, first.person, now)


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


def check_gateway(said: Gateway, signer: str, serial: int | None) -> None:
    """S12.1. `serial`: that of the organisation's standing one. Raises Refusal."""
    if said.organisation != signer:
        raise Refusal("wrong_signer")
    if serial is not None and said.serial <= serial:
        raise stale()
    check_names(said.name)
    if said.valid_from >= said.valid_until:
        raise Refusal("malformed", "The statement ends before it begins.")


def check_gateway_request(request: GatewayRequest, gateway: str, ask: str, origin: str, now: int) -> None:
    """S12.6. Raises Refusal: `wrong_signer`, `wrong_type` for another question, `origin_refused`, `stale_statement`."""
    if request.gateway != gateway:
        raise Refusal("wrong_signer")
    if request.ask != ask:
        raise Refusal("wrong_type")
    if request.origin != origin:
        raise Refusal("origin_refused")
    if abs(now - request.at) > REQUEST_AGE:
        raise stale()
