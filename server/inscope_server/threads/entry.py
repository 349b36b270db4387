"""An entry of a thread's log: as a row, and as the one text that every recipient gets (API.md, "Threads")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Raw

from inscope_protocol.statements import Envelope

COLUMNS = ("thread", "seq", "at", "kind", "device", "epoch", "message", "mls", "detail")
_encoder = msgspec.json.Encoder()
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class _Head(msgspec.Struct, omit_defaults=True):
    """What stands before the detail; `mls` last."""

    thread: str
    seq: int
    at: int
    kind: str
    device: str | None = None
    epoch: int | None = None
    message: str | None = None
    mls: bytes | None = None


def message_row(
    thread: str, seq: int, at: int, device: str, epoch: int, message: str, mls: bytes, disclosures: list[Any]
) -> dict[str, Any]:
    """`disclosures`: [{disclosure, statement}], stored as they will be shown."""
    detail = _encoder.encode({"disclosures": disclosures})
    base = {"thread": thread, "seq": seq, "at": at, "kind": "message", "device": device, "epoch": epoch}
    return {**base, "message": message, "mls": mls, "detail": detail}


def commit_row(
    thread: str, seq: int, at: int, device: str, epoch: int, mls: bytes, adds: list[str], removes: list[str]
) -> dict[str, Any]:
    detail = _encoder.encode({"adds": adds, "removes": removes})
    base = {"thread": thread, "seq": seq, "at": at, "kind": "commit", "device": device, "epoch": epoch}
    return {**base, "message": None, "mls": mls, "detail": detail}


class _Declared(msgspec.Struct):
    disclosure: str
    statement: Envelope


class _Declarations(msgspec.Struct):
    disclosures: list[_Declared]


_declarations = msgspec.json.Decoder(_Declarations)


def statement_in(detail: bytes, disclosure: str) -> Envelope:
    """Of a message's detail, the statement of one of its disclosures."""
    [statement] = [one.statement for one in _declarations.decode(detail).disclosures if one.disclosure == disclosure]
    return statement


@dataclass(frozen=True)
class Tombstone:
    """What became of an image of a thread. `filed`: the statements that show that it is in a record (SPEC S12.9)."""

    thread: str
    disclosure: str
    image: str
    state: str
    code: str
    filed: Any = None


def tombstone_row(said: Tombstone, seq: int, at: int) -> dict[str, Any]:
    told = {"disclosure": said.disclosure, "image": said.image, "state": said.state, "code": said.code}
    detail = _encoder.encode(told if said.filed is None else {**told, "filed": said.filed})
    base = {"thread": said.thread, "seq": seq, "at": at, "kind": "tombstone", "device": None, "epoch": None}
    return {**base, "message": None, "mls": None, "detail": detail}


def restored_row(thread: str, seq: int, at: int, epoch: int, last: int) -> dict[str, Any]:
    """`last`: of the entries before it, the number of the newest that the restored database has (SPEC S6.6)."""
    base = {"thread": thread, "seq": seq, "at": at, "kind": "restored", "device": None, "epoch": epoch}
    return {**base, "message": None, "mls": None, "detail": _encoder.encode({"last": last})}


def as_json(row: Mapping[str, Any]) -> Raw:
    """The entry as API.md has it."""
    return encoded(*(row[name] for name in COLUMNS))


def encoded(*row: Any) -> Raw:
    """The same of a row in the order of COLUMNS. What `detail` holds is in that form already, and is not read again.

    A device that was away asks for thousands of them: what is written at once and then respelt (base64 as base64url,
    S1.2) costs half of what each field by itself does. No other field has one of those signs.
    """
    text, detail = _encoder.encode(_Head(*row[:-1])), row[-1]
    if row[-2] is not None:
        text = text.translate(_URL_SAFE)[:-2].rstrip(b"=") + b'"}'
    return Raw(text[:-1] + b"," + detail[1:])
