"""An entry of a thread's log: as a row, and as the one text that every recipient gets (API.md, "Threads")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Raw

from inscope_protocol.encoding import encode_base64url

FIELDS = ("thread", "seq", "at", "kind", "device", "epoch", "message")
_encoder = msgspec.json.Encoder()


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
    """The entry as API.md has it. What `detail` holds is in that form already, and is not read again."""
    data = {key: row[key] for key in FIELDS if row[key] is not None}
    if row["mls"] is not None:
        data["mls"] = encode_base64url(row["mls"])
    return Raw(_encoder.encode(data)[:-1] + b"," + row["detail"][1:])
