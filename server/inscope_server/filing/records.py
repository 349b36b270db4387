"""The statements that a filing's row keeps, as they were verified when they were taken."""

from __future__ import annotations

import json
from typing import Any

from inscope_protocol.statements import parse_envelope
from inscope_protocol.types import Filing, FilingReceipt, decode_payload


def filing_of(row: Any) -> Filing:
    said = decode_payload("filing", parse_envelope(json.loads(row.envelope)).payload_bytes)
    if not isinstance(said, Filing):
        raise TypeError("a stored filing is none")
    return said


def receipt_of(row: Any) -> FilingReceipt:
    """Of a filing that is `filed` or `refused`."""
    receipt = decode_payload("filing-receipt", parse_envelope(json.loads(row.receipt)).payload_bytes)
    if not isinstance(receipt, FilingReceipt):
        raise TypeError("a filing is stored with something else than its receipt")
    return receipt
