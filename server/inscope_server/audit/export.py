"""The log as a file, and its verification without a database (SPEC S10.7)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from inscope_protocol.encoding import decode_base64url, encode_base64url
from inscope_protocol.failures import ProtocolError
from inscope_protocol.identifiers import check_identifier
from inscope_protocol.statements import verify
from inscope_protocol.types import TreeHead

from ..progress import stage
from .entry import says
from .recomputation import LogFault, Recomputation


def first_line(log: str, key: bytes, head: dict[str, Any]) -> bytes:
    """Whose log it is and its newest signed head; the entries follow, one a line."""
    return json.dumps({"log": log, "key": encode_base64url(key), "head": head}, separators=(",", ":")).encode() + b"\n"


def read_head(source: bytes, log: str, key: bytes) -> TreeHead:
    """A signed head: the statement itself, or a JSON object with one as its `head`, as the API answers.

    Raises ProtocolError when it is not one of this log under this key.
    """
    try:
        value = json.loads(source)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("malformed", "This file holds no signed head.") from error
    held = value.get("head", value) if isinstance(value, dict) else value
    head = verify(held, "tree-head", log, key)
    assert isinstance(head, TreeHead)
    if head.log != log:
        raise ProtocolError("wrong_signer", layer="signature")
    return head


def verify_export(path: Path, saved: list[bytes]) -> int:
    """How many entries there are; `saved` are heads as `read_head` takes them, which came from somewhere else.

    Raises LogFault, or ProtocolError for a file that is no export or a head that this log did not sign.
    """
    with path.open("rb") as file:
        log, key, newest = _read_first_line(file.readline())
        recomputed = Recomputation([newest, *(read_head(source, log, key) for source in saved)])
        with stage("Entries of the log", newest.size) as advance:
            for number, body in enumerate(_lines(file), start=1):
                if not says(body, {"seq": number}):
                    raise LogFault(number, f"entry {number} is missing or was edited")
                recomputed.add(body)
                advance(1)
    recomputed.end()
    if recomputed.tree.size > newest.size:
        raise LogFault(newest.size + 1, f"entry {newest.size + 1} lies after the head")
    return recomputed.tree.size


def _read_first_line(line: bytes) -> tuple[str, bytes, TreeHead]:
    try:
        told = json.loads(line)
        log, key = check_identifier("log", told["log"]), decode_base64url(told["key"], 32)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ProtocolError("malformed", "This file is not an exported log.") from error
    return log, key, read_head(line, log, key)


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    for line in file:
        yield line.removesuffix(b"\n")
