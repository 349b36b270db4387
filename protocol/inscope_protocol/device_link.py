"""A device beside the first: its link, the proof that it was opened, and the number that both show (SPEC S4.9)."""

import hmac
from typing import NamedTuple

from . import labels
from .encoding import encode_base64url, labelled_hash, labelled_mac


class AskingDevice(NamedTuple):
    """What asks to become a device of somebody. `device_key`: a raw Ed25519 public key."""

    device: str
    device_key: bytes
    label: str


def device_link_token(secret: bytes) -> bytes:
    """What the new device shows the server: 32 bytes."""
    return labelled_hash(labels.DEVICE_LINK_TOKEN, secret)


def device_link_token_hash(token: bytes) -> bytes:
    """What the server holds of a token: 32 bytes."""
    return labelled_hash(labels.DEVICE_LINK_TOKEN_HASH, token)


def device_link_commitment(opened: bytes) -> bytes:
    """What binds the first device to `opened`, 32 bytes that it tells only once it has been asked."""
    return labelled_hash(labels.DEVICE_LINK_COMMITMENT, opened)


def device_link_pin(
    organisation_key: bytes, identity_key: bytes, organisation: str, person: str, commitment: bytes
) -> bytes:
    """What the link says of all that the server tells beside it: 32 bytes. Keys are raw Ed25519 public keys."""
    names = organisation.encode(), person.encode()
    return labelled_hash(labels.DEVICE_LINK_PIN, organisation_key, identity_key, *names, commitment)


def device_link_proof(secret: bytes, identity_key: bytes, person: str, asking: AskingDevice) -> bytes:
    """32 bytes that only a holder of the link's secret can make."""
    key = labelled_hash(labels.DEVICE_LINK_PROOF_KEY, secret)
    said = person.encode(), asking.device.encode(), asking.label.encode()
    return labelled_mac(key, labels.DEVICE_LINK_PROOF, identity_key, asking.device_key, *said)


def check_device_link_proof(
    proof: bytes, secret: bytes, identity_key: bytes, person: str, asking: AskingDevice
) -> bool:
    """The first device's check, in constant time."""
    return hmac.compare_digest(proof, device_link_proof(secret, identity_key, person, asking))


def device_link_number(opened: bytes, proof: bytes) -> str:
    """Six digits, the same on both devices when it is this device that asked."""
    return f"{int.from_bytes(labelled_hash(labels.DEVICE_LINK_NUMBER, opened, proof)[:8], 'big') % 1_000_000:06}"


def device_link_fragment(secret: bytes, pin: bytes) -> str:
    """`<b64url(secret)>.<b64url(pin)>`, the end of the link; read by `enrolment.parse_fragment`."""
    return f"{encode_base64url(secret)}.{encode_base64url(pin)}"
