"""The link that opens a question to a patient (SPEC S5.10): one secret, of which the server learns only the token."""

from .encoding import labelled_hash
from .labels import PATIENT_SEAL, PATIENT_TOKEN, PATIENT_TOKEN_HASH


def patient_token(secret: bytes) -> bytes:
    """What the link's path carries; from it the secret (32 bytes) cannot be found."""
    return labelled_hash(PATIENT_TOKEN, secret)


def patient_token_hash(token: bytes) -> bytes:
    """What the server keeps."""
    return labelled_hash(PATIENT_TOKEN_HASH, token)


def patient_seal_key(secret: bytes) -> bytes:
    """Opens the sealed greeting. The secret stays in the link's fragment, which browsers send to nobody."""
    return labelled_hash(PATIENT_SEAL, secret)
