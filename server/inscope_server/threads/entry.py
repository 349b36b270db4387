"""An entry of a thread's log: as a row, and as the one text that every recipient gets (API.md, "Threads")."""

from __future__ import annotations

from collections.abc import Mapping
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


def tombstone_row(
    thread: str, seq: int, at: int, disclosure: str, image: str, state: str, code: str, filed: Any = None
) -> dict[str, Any]:
    """`filed`: the statements that show that it is in a record (SPEC S12.9)."""
    proof = {} if filed is None else {"filed": filed}
    detail = _encoder.encode({"disclosure": disclosure, "image": image, "state": state, "code": code, **proof})
    base = {"thread": thread, "seq": seq, "at": at, "kind": "tombstone", "device": None, "epoch": None}
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
