"""The link that opens a question to a patient (SPEC S5.10): one secret, of which the server learns only the token."""

from nacl import bindings
from nacl.exceptions import CryptoError

from .encoding import labelled_hash, parse_canonical, serialise
from .failures import ProtocolError
from .labels import PATIENT_LOOK_BACK, PATIENT_SEAL, PATIENT_TOKEN, PATIENT_TOKEN_HASH

NONCE_BYTES = bindings.crypto_secretbox_NONCEBYTES
LONGEST_NAME = 200
"""Of a greeted patient, in characters (Unicode code points)."""


def patient_token(secret: bytes) -> bytes:
    """What the link's path carries; from it the secret (32 bytes) cannot be found."""
    return labelled_hash(PATIENT_TOKEN, secret)


def patient_token_hash(token: bytes) -> bytes:
    """What the server keeps."""
    return labelled_hash(PATIENT_TOKEN_HASH, token)


def look_back_token(visit: bytes) -> bytes:
    """Of the link that who answered keeps, from the secret of their visit (32 bytes): so a page can show it again while
    the visit lasts, and nobody keeps it.
    """
    return labelled_hash(PATIENT_LOOK_BACK, visit)


def patient_seal_key(secret: bytes) -> bytes:
    """Opens the sealed greeting. The secret stays in the link's fragment, which browsers send to nobody."""
    return labelled_hash(PATIENT_SEAL, secret)


def seal_greeting(name: str, secret: bytes, nonce: bytes) -> bytes:
    """The nonce (24 fresh random bytes), then `{"name":…}` sealed. Fails with `malformed`: no name, or too long."""
    return nonce + bindings.crypto_secretbox(serialise({"name": _checked(name)}), nonce, patient_seal_key(secret))


def open_greeting(sealed: bytes, secret: bytes) -> str:
    """The name. Fails with `seal_broken` (changed, or of another secret), `not_canonical`, `malformed`."""
    nonce, box = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    if len(box) < bindings.crypto_secretbox_MACBYTES:
        raise _broken()
    try:
        greeting = parse_canonical(bindings.crypto_secretbox_open(box, nonce, patient_seal_key(secret)))
    except CryptoError as error:
        raise _broken() from error
    if not isinstance(greeting, dict) or list(greeting) != ["name"] or not isinstance(greeting["name"], str):
        raise ProtocolError("malformed", "A greeting is a name.", layer="seal")
    return _checked(greeting["name"])


def _checked(name: str) -> str:
    if not 1 <= len(name) <= LONGEST_NAME:
        raise ProtocolError("malformed", "A greeting's name has 1 to 200 characters.", layer="seal")
    return name


def _broken() -> ProtocolError:
    return ProtocolError("seal_broken", "The greeting was changed, or the secret is another.", layer="seal")
