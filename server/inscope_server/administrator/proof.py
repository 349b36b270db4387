"""Whether an enrolment comes from the person who was given the invitation: pure (SPEC S4.4)."""

from __future__ import annotations

import hmac

from msgspec import Struct

from inscope_protocol.encoding import decode_base64url
from inscope_protocol.enrolment import check_invitation_proof
from inscope_protocol.failures import ProtocolError
from inscope_protocol.statements import parse_envelope, verify
from inscope_protocol.types import Bytes32, Device, PersonId, decode_payload

from .records import OpenInvitation, PersonFile


class PendingEnrolment(Struct, forbid_unknown_fields=True):
    """As the server tells it; nothing in it is believed before `check`."""

    person: PersonId
    token_hash: Bytes32
    device: dict[str, object]
    proof: Bytes32


class ProofRefused(Exception):
    """Why this enrolment is not confirmed, in a sentence."""


def check(enrolment: PendingEnrolment, person: PersonFile | None, now: int) -> Device:
    """The device certificate, once it is certain that the invited person made it. Raises ProofRefused."""
    invitation = _invitation(enrolment, person)
    if now >= invitation.valid_until:
        raise ProofRefused("the invitation is over; invite them again")
    device = _certificate(enrolment)
    proven = check_invitation_proof(
        decode_base64url(enrolment.proof),
        decode_base64url(invitation.secret),
        decode_base64url(device.identity_key),
        decode_base64url(device.device_key),
        device.person,
        device.device,
    )
    if not proven:
        raise ProofRefused("the proof is wrong: somebody else's keys, or a server that swaps them")
    return device


def _invitation(enrolment: PendingEnrolment, person: PersonFile | None) -> OpenInvitation:
    for invitation in person.invitations if person else ():
        if hmac.compare_digest(invitation.token_hash, enrolment.token_hash):
            return invitation
    raise ProofRefused("no open invitation of ours fits it")


def _certificate(enrolment: PendingEnrolment) -> Device:
    """Signed under the identity key that it names; that this is the invited person's is what the proof says."""
    try:
        claimed = decode_payload("device", parse_envelope(enrolment.device).payload_bytes)
        if not isinstance(claimed, Device):
            raise ProofRefused("it is not a device certificate")
        key = decode_base64url(claimed.identity_key, 32)
        verify(enrolment.device, "device", enrolment.person, key)
    except ProtocolError as error:
        raise ProofRefused(f"its device certificate does not hold ({error.code})") from error
    if claimed.person != enrolment.person:
        raise ProofRefused("its device certificate is about somebody else")
    return claimed
