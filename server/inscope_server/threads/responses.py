"""What threads answer over HTTP, and the entries that the socket tells too (API.md, "Threads")."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, UnsetType

from inscope_protocol.statements import Envelope
from inscope_protocol.types import (
    Counting,
    DeviceId,
    DisclosureId,
    FailureCode,
    ImageId,
    MessageId,
    Natural,
    PersonId,
    ThreadId,
    ThreadKind,
    ThreadPurpose,
    Time,
)

from ..web.described import Told


class Created(Told, frozen=True):
    thread: ThreadId


class Seat(Told, frozen=True):
    device: DeviceId
    person: PersonId
    leaf: Natural


class Listed(Told, frozen=True):
    thread: ThreadId
    kind: ThreadKind
    purpose: ThreadPurpose
    suite: int
    epoch: Natural
    head: Natural
    joined_seq: Natural
    roster: list[Seat]


class Listing(Told, frozen=True):
    threads: list[Listed]


class DeclaredDisclosure(Told, frozen=True):
    disclosure: DisclosureId
    statement: Envelope


class MessageEntry(Told, frozen=True, tag_field="kind", tag="message"):
    """`mls`: base64url of an MLS private message."""

    thread: ThreadId
    seq: Counting
    at: Time
    device: DeviceId
    epoch: Natural
    message: MessageId
    mls: str
    disclosures: list[DeclaredDisclosure]


class CommitEntry(Told, frozen=True, tag_field="kind", tag="commit"):
    """`epoch`: the one it was made in."""

    thread: ThreadId
    seq: Counting
    at: Time
    device: DeviceId
    epoch: Natural
    mls: str
    adds: list[DeviceId]
    removes: list[DeviceId]


class FiledProof(Told, frozen=True):
    """S12.9."""

    gateway: Envelope
    filing: Envelope
    receipt: Envelope


class TombstoneEntry(Told, frozen=True, tag_field="kind", tag="tombstone"):
    """What became of an image."""

    thread: ThreadId
    seq: Counting
    at: Time
    disclosure: DisclosureId
    image: ImageId
    state: Literal["suspended", "live", "destroyed"]
    code: FailureCode
    filed: FiledProof | UnsetType = UNSET


class RestoredEntry(Told, frozen=True, tag_field="kind", tag="restored"):
    """S6.6."""

    thread: ThreadId
    seq: Counting
    at: Time
    epoch: Natural
    last: Natural


Entry = MessageEntry | CommitEntry | TombstoneEntry | RestoredEntry


class LogPage(Told, frozen=True):
    entries: list[Entry]
    head: Natural


class Committed(Told, frozen=True):
    seq: Counting
    epoch: Natural


class Sent(Told, frozen=True):
    seq: Counting
    at: Time


class Welcome(Told, frozen=True):
    thread: ThreadId
    kind: ThreadKind
    purpose: ThreadPurpose
    suite: int
    epoch: Natural
    seq: Counting
    at: Time
    by: DeviceId
    welcome: str


class Welcomes(Told, frozen=True):
    welcomes: list[Welcome]
    more: bool
