"""The log's hash chain: each entry commits to all before it, so that an edit or a removal shows."""

from __future__ import annotations

import json
from typing import Any

from inscope_protocol.encoding import labelled_hash
from inscope_protocol.labels import AUDIT_ENTRY

GENESIS = bytes(32)


def entry_bytes(fields: dict[str, Any]) -> bytes:
    """The exact bytes that are hashed: compact JSON, keys sorted."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def link(previous: bytes, body: bytes) -> bytes:
    """The hash of an entry, given the hash of the one before it."""
    return labelled_hash(AUDIT_ENTRY, previous, body)
