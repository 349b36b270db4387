"""What becomes of a disclosure, without any I/O (SPEC S5.4, S7.5, S7.9)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from msgspec.structs import asdict

from inscope_protocol.decision import Reason, decide
from inscope_protocol.encoding import encode_base64url
from inscope_protocol.policy import Policy
from inscope_protocol.types import (
    DisclosedImage,
    DisclosureStatement,
    ImageDescriptor,
    Recipient,
    Scope,
    Thread,
)

from ..clock import CLOCK_TOLERANCE
from ..errors import Refusal

LAPSE = 60 * 60 * 1000
"""How long what was granted waits for its message."""
PERSONAL = frozenset({"not_attested", "attestation_lapsed"})


def descriptor(row: Any) -> ImageDescriptor:
    """The image of a disclosure's row."""
    return ImageDescriptor(**asdict(described(row)), onward=row.origin is not None)


def described(row: Any) -> DisclosedImage:
    sensitive: Any = tuple(row.sensitive.split())
    return DisclosedImage(row.image, row.subject, row.kind, bool(row.deidentified), sensitive)


def columns(image: DisclosedImage) -> dict[str, Any]:
    """The image of a disclosure as its row keeps it."""
    return {**asdict(image), "sensitive": " ".join(image.sensitive)}


def reasons_against(
    scope: Scope | None,
    policy: Policy | None,
    thread: Thread,
    recipients: Sequence[Recipient],
    image: ImageDescriptor,
    now: int,
) -> list[Reason]:
    """The reasons of `decide`; an empty list permits."""
    return list(decide(scope, policy, thread, recipients, image, now).reasons)


def next_state(reasons: Sequence[Reason], *, consent_changed: bool) -> tuple[str, str | None]:
    """(state, code) after deciding again. Only what an attestation can mend is suspended; the rest is destroyed.

    After a consent change every denial is final: a wider consent later means a new disclosure, never an old key.
    """
    if not reasons:
        return "live", None
    mendable = all(reason.code in PERSONAL or (reason.code == "person_not_covered") for reason in reasons)
    if mendable and not consent_changed:
        return "suspended", reasons[0].code
    return "destroyed", reasons[0].code


def check_statement(
    statement: DisclosureStatement, granted: Any, purpose: str, message: str, epoch: int, upload: Any, now: int
) -> None:
    """S7.7: the signed statement equals the disclosure granted, this message and epoch, and the bytes uploaded, and was
    made between the grant and now: what is encrypted may have waited for a line."""
    if _said(statement) != _granted(granted):
        raise Refusal("statement_mismatch")
    if (statement.purpose, statement.message, statement.epoch) != (purpose, message, epoch):
        raise Refusal("statement_mismatch")
    if not granted.lapses_at - LAPSE - CLOCK_TOLERANCE <= statement.at <= now + CLOCK_TOLERANCE:
        raise Refusal("statement_mismatch", "The time of this statement is not since it was asked for.", "set_clock")
    if upload is None or not upload.whole:
        raise Refusal("blob_incomplete")
    if (encode_base64url(upload.hash), upload.size) != (statement.blob_hash, statement.sealed_size):
        raise Refusal("blob_mismatch")


SAME = ("thread", "epoch", "consent", "version", "origin", "preview_of", "blob", "person", "device")


def are_pairs(statements: Collection[DisclosureStatement], granted: Collection[str]) -> bool:
    """S7.7: each preview comes with its picture, and each picture with the preview that was granted with it.

    `granted`: the previews of these pictures. That a pair is of one image, consent, version and epoch follows from its
    grant, which each statement equals.
    """
    previews = {statement.disclosure: statement.preview_of for statement in statements if statement.preview_of}
    pictures = {statement.disclosure for statement in statements} - set(previews)
    return set(previews) == set(granted) and pictures.issuperset(previews.values())


def _said(statement: DisclosureStatement) -> tuple[Any, ...]:
    return (*(getattr(statement, name) for name in SAME), statement.image)


def _granted(row: Any) -> tuple[Any, ...]:
    return (*(getattr(row, name) for name in SAME), described(row))
