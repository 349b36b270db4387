"""Bytes, hashes and the one spelling of signed JSON (SPEC S1.2, S1.4, S1.5)."""

import base64
import hashlib
import json
import re
from typing import Any, NoReturn

from .failures import ProtocolError

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 16

_KEY = re.compile(r"[a-z][a-z_]*")


def encode_base64url(data: bytes) -> str:
    """Base64url without padding (S1.2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode_base64url(text: str, length: int | None = None) -> bytes:
    """The bytes of the one canonical spelling (S1.2), `length` of them if given. Fails with `malformed`."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise ProtocolError("malformed", "This is not base64url.") from error
    # Python passes over signs that are none of base64's: the spelling tells them.
    if encode_base64url(data) != text or (length is not None and len(data) != length):
        raise ProtocolError("malformed", "This is not base64url of the right length.")
    return data


def _framed(label: str, fields: tuple[bytes, ...]) -> bytes:
    parts = [label.encode("ascii"), b"\0"]
    for field in fields:
        parts += (len(field).to_bytes(4, "big"), field)
    return b"".join(parts)


def plain_hash(data: bytes) -> bytes:
    """BLAKE2b-256 (S1.4)."""
    return hashlib.blake2b(data, digest_size=32).digest()


def labelled_hash(label: str, *fields: bytes) -> bytes:
    """`H(label, m...)` of S1.4: 32 bytes."""
    return plain_hash(_framed(label, fields))


class LabelledHash:
    """`H(label, m)` of one field whose `length` is known before its bytes, which are added as they come."""

    def __init__(self, label: str, length: int) -> None:
        self.state = hashlib.blake2b(_framed(label, ()) + length.to_bytes(4, "big"), digest_size=32)

    def add(self, data: bytes | memoryview) -> None:
        self.state.update(data)

    def digest(self) -> bytes:
        """32 bytes, once all are there."""
        return self.state.digest()


def labelled_mac(key: bytes, label: str, *fields: bytes) -> bytes:
    """`MAC(key, label, m...)` of S1.4: 32 bytes. The key is 16 to 64 bytes."""
    return hashlib.blake2b(_framed(label, fields), digest_size=32, key=key).digest()


def serialise(value: Any) -> bytes:
    """The one spelling of a JSON value (S1.5), keys in their order. Fails with `not_canonical`."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise _not_canonical() from error


def parse_canonical(data: bytes) -> Any:
    """The JSON value of bytes in the one spelling (S1.5). Fails with `not_canonical`."""
    try:
        value = json.loads(data.decode("utf-8"), parse_float=_refuse_number, parse_constant=_refuse_number)
    except (ValueError, RecursionError) as error:
        raise _not_canonical() from error
    _check_values(value, MAX_DEPTH)
    if serialise(value) != data:
        raise _not_canonical()
    return value


def _check_values(value: Any, depth: int) -> None:
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise _not_canonical()
    if not isinstance(value, dict | list):
        return
    if depth == 0:
        raise _not_canonical()
    if isinstance(value, dict) and not all(_KEY.fullmatch(key) for key in value):
        raise _not_canonical()
    for inner in value.values() if isinstance(value, dict) else value:
        _check_values(inner, depth - 1)


def _refuse_number(_: str) -> NoReturn:
    raise _not_canonical()


def _not_canonical() -> ProtocolError:
    return ProtocolError("not_canonical", layer="json")
