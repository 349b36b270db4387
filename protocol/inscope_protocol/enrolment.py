"""Invitations and the proof that the invited person chose these keys (SPEC S4.1, S4.2)."""

import hmac
from typing import NamedTuple

from . import labels
from .encoding import decode_base64url, encode_base64url, labelled_hash, labelled_mac
from .failures import ProtocolError


class InvitationFragment(NamedTuple):
    """What the printed link carries: the secret and the organisation key's fingerprint, 32 bytes each."""

    secret: bytes
    fingerprint: bytes


def invitation_token(secret: bytes) -> bytes:
    """What the device shows the server: 32 bytes."""
    return labelled_hash(labels.INVITATION_TOKEN, secret)


def invitation_token_hash(token: bytes) -> bytes:
    """What the server holds of a token: 32 bytes."""
    return labelled_hash(labels.INVITATION_TOKEN_HASH, token)


def key_fingerprint(organisation_key: bytes) -> bytes:
    """What a client pins: 32 bytes."""
    return labelled_hash(labels.KEY_FINGERPRINT, organisation_key)


def invitation_proof(secret: bytes, identity_key: bytes, device_key: bytes, person: str, device: str) -> bytes:
    """32 bytes that only a holder of the invitation secret can make. Keys are raw Ed25519 public keys."""
    key = labelled_hash(labels.INVITATION_PROOF_KEY, secret)
    return labelled_mac(key, labels.INVITATION_PROOF, identity_key, device_key, person.encode(), device.encode())


def check_invitation_proof(
    proof: bytes, secret: bytes, identity_key: bytes, device_key: bytes, person: str, device: str
) -> bool:
    """The attester's check (S4.4), in constant time."""
    return hmac.compare_digest(proof, invitation_proof(secret, identity_key, device_key, person, device))


def invitation_fragment(secret: bytes, organisation_key: bytes) -> str:
    """`<b64url(secret)>.<b64url(fingerprint)>`, the end of the link (S4.1)."""
    return f"{encode_base64url(secret)}.{encode_base64url(key_fingerprint(organisation_key))}"


def parse_fragment(text: str) -> InvitationFragment:
    """The secret and fingerprint of a link's end. Fails with `malformed`."""
    parts = text.split(".")
    if len(parts) != 2:
        raise ProtocolError("malformed", "This is not an invitation.", layer="value")
    return InvitationFragment(decode_base64url(parts[0], 32), decode_base64url(parts[1], 32))
