"""What disclosures answer over HTTP (API.md, "Consent and images")."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, UnsetType

from inscope_protocol.statements import Envelope
from inscope_protocol.types import BlobId, Bytes32, ConsentId, DisclosureId, ImageId, Natural, PersonId, ThreadId, Time

from ..web.described import Media, Reason, Told

UPLOAD = Media(("application/offset+octet-stream",))
ARRIVED = Media((), ("Tus-Resumable", "Upload-Offset"))


class Half(Told, frozen=True):
    disclosure: DisclosureId
    blob: BlobId
    server_half: Bytes32
    lapses_at: Time


class Granted(Half, frozen=True):
    preview: Half | None = None
    status: Envelope | UnsetType = UNSET


class Decision(Told, frozen=True):
    thread: ThreadId
    permit: bool
    reasons: list[Reason]


class Decisions(Told, frozen=True):
    decisions: list[Decision]


class Opened(Told, frozen=True):
    server_half: Bytes32
    consent: Envelope
    state: Literal["live", "pending", "suspended"]
    statement_hash: Bytes32
    status: Envelope | UnsetType = UNSET


class LoggedAt(Told, frozen=True):
    """`body`: the exact bytes of the entry, base64url."""

    index: Natural
    body: str


class OpeningOf(Told, frozen=True):
    person: PersonId
    at: Time
    outcome: str
    log: LoggedAt


class Openings(Told, frozen=True):
    openings: list[OpeningOf]


class Denial(Told, frozen=True):
    disclosure: DisclosureId
    image: ImageId
    consent: ConsentId
    reasons: list[Reason]


class AddAnswer(Told, frozen=True):
    permit: bool
    denials: list[Denial]
