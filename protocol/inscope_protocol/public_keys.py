"""Which public keys are taken in statements (SPEC S3.8): with any other, a signature or a seal would bind nobody."""

from nacl.bindings import crypto_core_ed25519_is_valid_point, crypto_scalarmult
from nacl.exceptions import RuntimeError as WeakKey

_ANY_SCALAR = b"\x01" * 32


def is_signing_key(key: bytes) -> bool:
    """Whether these 32 bytes are an Ed25519 point in its one spelling, on the main subgroup, not of low order."""
    return bool(crypto_core_ed25519_is_valid_point(key))


def is_sealing_key(key: bytes) -> bool:
    """Whether X25519 with these 32 bytes gives a secret: with a point of low order all get the same."""
    try:
        crypto_scalarmult(_ANY_SCALAR, key)
    except WeakKey:
        return False
    return True
