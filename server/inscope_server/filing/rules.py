"""Which filings and receipts the server takes, without any I/O (SPEC S12.7, S12.9)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inscope_protocol.encoding import encode_base64url, labelled_hash
from inscope_protocol.labels import BLOB
from inscope_protocol.types import BLOB_PART_BYTES, Filing, FilingReceipt, Gateway

from ..caller import Caller
from ..clock import CLOCK_TOLERANCE
from ..errors import Refusal

OPEN = ("uploading", "waiting", "fetched")
STOPPABLE = ("uploading", "waiting")
"""Until the gateway has it, what ends the image ends its filing too."""


def check_filing(filing: Filing, caller: Caller, disclosure: Any, gateway: Gateway | None, now: int) -> None:
    """Raises Refusal: `gateway_missing`, `disclosure_closed`, `statement_mismatch`."""
    if gateway is None or (filing.organisation, filing.gateway) != (gateway.organisation, gateway.gateway):
        raise Refusal("gateway_missing")
    if disclosure.state != "live":
        raise Refusal("disclosure_closed")
    if disclosure.preview_of is not None:
        raise Refusal("statement_mismatch", "A preview is not filed, but its picture.")
    said = (filing.person, filing.device, filing.thread, filing.consent)
    if said != (caller.person, caller.device, disclosure.thread, disclosure.consent):
        raise Refusal("statement_mismatch")
    if abs(now - filing.at) > CLOCK_TOLERANCE:
        raise Refusal("statement_mismatch", "The time of this filing is not now.", "set_clock")


def check_part(filing: Filing, part: int, size: int) -> None:
    """Raises `too_large` for what lies beyond the package that the statement names."""
    if part * BLOB_PART_BYTES + size > filing.package_size:
        raise Refusal("too_large", "The package that was signed for ends before this part does.")


def check_again(receipt: FilingReceipt, standing: FilingReceipt) -> None:
    """A filing ends once: the same may be said again, and nothing else. Raises `statement_mismatch`."""
    if (receipt.outcome, receipt.target, receipt.location, receipt.code) != (
        standing.outcome, standing.target, standing.location, standing.code,
    ):  # fmt: skip
        raise Refusal("statement_mismatch", "Another receipt of this filing was taken.", "none")


def check_package(filing: Filing, uploaded: Sequence[Any]) -> None:
    """Raises `blob_incomplete`, or `blob_mismatch`: the parts are those of the signed statement (S7.6)."""
    whole = [row.part for row in uploaded] == list(range(len(uploaded))) and bool(uploaded)
    full = all(row.size == BLOB_PART_BYTES for row in uploaded[:-1])
    if not whole or not full or sum(row.size for row in uploaded) != filing.package_size:
        raise Refusal("blob_incomplete")
    if encode_base64url(labelled_hash(BLOB, *(row.hash for row in uploaded))) != filing.package_hash:
        raise Refusal("blob_mismatch")


def check_receipt(receipt: FilingReceipt, gateway: Gateway, row: Any) -> None:
    """`row`: the filing's. Raises `not_found` for what this gateway never fetched, `statement_mismatch`."""
    if row is None or row.gateway != gateway.gateway or row.state not in ("fetched", "filed", "refused"):
        raise Refusal("not_found")
    said = (receipt.gateway, receipt.organisation, receipt.statement, receipt.disclosure)
    if said != (gateway.gateway, gateway.organisation, row.statement_hash, row.disclosure):
        raise Refusal("statement_mismatch")
