"""Identifiers (SPEC S1.3): a three-letter prefix, `_`, and 16 random bytes in base64url."""

import re
from typing import Literal, get_args

from .encoding import decode_base64url, encode_base64url
from .failures import ProtocolError

Prefix = Literal[
    "per", "dev", "org", "tea", "thr", "msg", "con", "sub", "img", "dis", "blb", "aut", "req", "log", "gat", "fil"
]  # fmt: skip
PREFIXES: tuple[Prefix, ...] = get_args(Prefix)

# The 22nd character carries two bits; the four that leave its other bits zero are the canonical ones.
RANDOM_PATTERN = "[A-Za-z0-9_-]{21}[AQgw]"
ROLE_PATTERN = "[a-z][a-z0-9-]{0,47}"


def is_identifier(prefix: Prefix, text: str) -> bool:
    return re.fullmatch(f"{prefix}_{RANDOM_PATTERN}", text) is not None


def check_identifier(prefix: Prefix, text: str) -> str:
    """`text`, if it is an identifier with this prefix. Fails with `malformed`."""
    if not is_identifier(prefix, text):
        raise ProtocolError("malformed", "This is not an identifier of the right kind.")
    return text


def make_identifier(prefix: Prefix, random: bytes) -> str:
    """A new identifier of 16 random bytes. Fails with `malformed` for another length."""
    if prefix not in PREFIXES or len(random) != 16:
        raise ProtocolError("malformed", "An identifier is a known prefix and 16 bytes.", layer="value")
    return f"{prefix}_{encode_base64url(random)}"


def identifier_bytes(prefix: Prefix, text: str) -> bytes:
    """The 16 bytes of an identifier. Fails with `malformed`."""
    return decode_base64url(check_identifier(prefix, text)[4:], 16)
