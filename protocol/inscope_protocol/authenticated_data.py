"""The authenticated data of an application message: the disclosures it declares (SPEC S6.4)."""

from collections.abc import Sequence
from typing import NamedTuple

from . import labels
from .identifiers import identifier_bytes, make_identifier
from .tls_encoding import Reader, malformed
from .types import MAX_IMAGES

_PREFIX = labels.AUTHENTICATED_DATA.encode("ascii")


class AuthenticatedData(NamedTuple):
    """A message id and the statement hashes (32 bytes each) of its disclosures, in order."""

    message: str
    hashes: tuple[bytes, ...]


def build_authenticated_data(message: str, hashes: Sequence[bytes]) -> bytes:
    """S6.4. Fails with `malformed` for more than 16 hashes, one of another length or one there twice."""
    _check_hashes(hashes)
    return b"".join((_PREFIX, identifier_bytes("msg", message), bytes([len(hashes)]), *hashes))


def parse_authenticated_data(data: bytes) -> AuthenticatedData:
    """S6.4. Fails with `malformed`."""
    reader = Reader(data)
    if reader.take(len(_PREFIX)) != _PREFIX:
        raise malformed("This is not the authenticated data of a message.")
    message = make_identifier("msg", reader.take(16))
    hashes = tuple(reader.take(32) for _ in range(reader.uint(1)))
    reader.end()
    _check_hashes(hashes)
    return AuthenticatedData(message, hashes)


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if len(hashes) > MAX_IMAGES or len(set(hashes)) != len(hashes) or any(len(one) != 32 for one in hashes):
        raise malformed("These are not at most 16 different statement hashes.")
