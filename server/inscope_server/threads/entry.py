"""An entry of a thread's log: as a row, and as the one text that every recipient gets (API.md, "Threads")."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from inscope_protocol.encoding import encode_base64url

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


def as_data(row: dict[str, Any]) -> dict[str, Any]:
    """The entry as API.md has it."""
    data = {key: row[key] for key in ("thread", "seq", "at", "kind")}
    for key in ("device", "epoch", "message"):
        if row[key] is not None:
            data[key] = row[key]
    if row["mls"] is not None:
        data["mls"] = encode_base64url(row["mls"])
    return {**data, **json.loads(row["detail"])}
