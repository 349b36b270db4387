"""What may enter a thread's log, without any I/O (SPEC S6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inscope_protocol.framing import Commit, PrivateMessage
from inscope_protocol.key_packages import KeyPackage
from inscope_protocol.leaves import allocate

from ..errors import Refusal

APPLICATION = 1
PAGE_BYTES = 2 * 1024 * 1024
MOST_DEVICES = 300
WELCOME = b"\x00\x01\x00\x03"
PURPOSES = {"case": ("direct-care-advice", "teaching", "research"), "social": ("none",)}
PURPOSES["discussion"] = PURPOSES["case"]


@dataclass(frozen=True)
class Member:
    """One device at one leaf of a thread's tree."""

    leaf: int
    device: str
    person: str
    joined_seq: int = 0


@dataclass(frozen=True)
class Newcomer:
    """A device whose certificate and attestation were checked: what a commit may add."""

    device: str
    person: str
    device_key: bytes


def check_kind(kind: str, purpose: str) -> None:
    """S6.2: `social` goes with purpose `none` and only with it."""
    if purpose not in PURPOSES.get(kind, ()):
        raise Refusal("malformed", f"A thread of kind {kind} cannot have the purpose {purpose}.")


def check_message(framing: PrivateMessage, thread: str, epoch: int, standing_epoch: int) -> None:
    """S6.4: the framing says what the request says, and the epoch is the thread's."""
    if framing.group_id != thread or framing.epoch != epoch or framing.content_type != APPLICATION:
        raise Refusal("malformed", "The MLS message is not an application message of this thread and epoch.")
    if epoch != standing_epoch:
        raise Refusal("stale_epoch")


def check_commit(commit: Commit, thread: str, epoch: int, committer: Member, device_key: bytes) -> None:
    """S6.3: from a member, at the standing epoch, keeping the committer's device key."""
    if commit.group_id != thread:
        raise Refusal("malformed", "The commit is for another thread.")
    if commit.epoch != epoch:
        raise Refusal("stale_epoch")
    if commit.sender != committer.leaf:
        raise Refusal("commit_not_allowed", "The commit was made by another device.")
    if commit.path.signature_key != device_key or commit.path.identity != committer.device:
        raise Refusal("commit_not_allowed", "The commit would change the committer's device key.")


def fits(size: int) -> bool:
    """Whether so many bytes are no more than a page."""
    return size <= PAGE_BYTES


def fitting(sizes: Sequence[int]) -> int:
    """How many of these, from the first on, make one page of PAGE_BYTES; at least one, so that a reader gets on."""
    total = 0
    for number, size in enumerate(sizes):
        total += size
        if number and not fits(total):
            return number
    return len(sizes)


def check_welcome_size(welcome: bytes | None, devices: int) -> None:
    """A welcome tells each newcomer a secret and all of them the tree; one copy is kept for each newcomer.

    With the post-quantum suite that is about 1,400 bytes a newcomer, and up to 2,800 a device that is there then.
    """
    if welcome is not None and len(welcome) > 16 * 1024 + devices * 6 * 1024:
        raise Refusal("too_large", "This welcome is larger than a thread of this many devices can need.")


def check_welcome(welcome: bytes | None, commit: Commit) -> None:
    """A welcome (RFC 9420 section 12.4.3.1) goes with every add, and only with one; its inside is for the joiners."""
    if (welcome is not None) != bool(commit.adds):
        raise Refusal("roster_mismatch", "A welcome goes with every add, and only with one.")
    if welcome is not None and not welcome.startswith(WELCOME):
        raise Refusal("malformed", "This is not an MLS welcome.")


def new_roster(
    commit: Commit,
    members: list[Member],
    adds: list[str],
    removes: list[str],
    newcomers: dict[str, Newcomer],
    suite: int,
) -> tuple[list[int], list[Member]]:
    """The leaves freed and the members added; refuses unless the commit adds and removes exactly what is declared."""
    by_leaf = {member.leaf: member.device for member in members}
    removed = [by_leaf.get(leaf, "") for leaf in commit.removes]
    added = [_newcomer(package, newcomers, suite) for package in commit.adds]
    if sorted(removed) != sorted(removes) or sorted(new.device for new in added) != sorted(adds):
        raise Refusal("roster_mismatch")
    if len(members) - len(removed) + len(added) > MOST_DEVICES:
        raise Refusal("too_large", f"A thread has at most {MOST_DEVICES} devices.")
    leaves = allocate(by_leaf, commit.removes, [new.device for new in added])
    place = {device: leaf for leaf, device in leaves.items()}
    return list(commit.removes), [Member(place[new.device], new.device, new.person) for new in added]


def _newcomer(package: KeyPackage, newcomers: dict[str, Newcomer], suite: int) -> Newcomer:
    """The certified device that this key package belongs to; a leaf nobody certified is refused."""
    new = newcomers.get(package.identity)
    if new is None or package.signature_key != new.device_key or package.suite != suite:
        raise Refusal("roster_mismatch", "A key package is not of the device that the commit declares.")
    return new
