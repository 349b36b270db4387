"""What the server reads of MLS messages (SPEC S6; RFC 9420 section 6), strictly.

Of an application message the open header; of a commit who made it, whom it adds and removes, and
the leaf of its update path.
"""

from typing import NamedTuple

from .encoding import MAX_INTEGER
from .failures import ProtocolError
from .key_packages import (
    MLS_VERSION,
    SOURCE_COMMIT,
    KeyPackage,
    LeafNode,
    WrittenKeyPackage,
    accept_key_package,
    accept_leaf,
    parse_key_package,
    read_identifier_text,
    read_key_package,
    read_leaf_node,
    verify_key_package,
    verify_with_label,
)
from .tls_encoding import Reader, malformed, write_opaque

__all__ = ["Commit", "KeyPackage", "PathLeaf", "PrivateMessage", "parse_commit", "parse_key_package",
           "parse_private_message"]  # fmt: skip

WIRE_PUBLIC_MESSAGE = 1
WIRE_PRIVATE_MESSAGE = 2
SENDER_MEMBER = 1
SENDERS = (1, 2, 3, 4)
CONTENT_APPLICATION = 1
CONTENT_COMMIT = 3
CONTENTS = (1, 2, 3)
INLINE = 1
BY_REFERENCE = 2
PROPOSAL_ADD = 1
PROPOSAL_REMOVE = 3
MOST_PROPOSALS = 400
MOST_PATH_NODES = 32
MOST_PATH_SECRETS = 400


class PrivateMessage(NamedTuple):
    """The open header of a PrivateMessage. `content_type`: 1 application, 2 proposal, 3 commit."""

    group_id: str
    epoch: int
    content_type: int
    authenticated_data: bytes


class PathLeaf(NamedTuple):
    """The committer's new leaf."""

    signature_key: bytes
    identity: str


class Commit(NamedTuple):
    """A commit of the kind S6.3 allows, made in `epoch` by the device at leaf `sender`."""

    group_id: str
    epoch: int
    sender: int
    adds: tuple[KeyPackage, ...]
    removes: tuple[int, ...]
    path: PathLeaf


class WrittenCommit(NamedTuple):
    """A commit as it is written, its identifiers not judged yet."""

    group_id: bytes
    epoch: int
    sender: int
    adds: tuple[WrittenKeyPackage, ...]
    removes: tuple[int, ...]
    path: LeafNode


def parse_private_message(data: bytes) -> PrivateMessage:
    """The header of an MLSMessage with a PrivateMessage. Fails with `malformed`."""
    reader = _open(data, WIRE_PRIVATE_MESSAGE)
    group_id, epoch, content_type = reader.opaque(), reader.uint(8), reader.uint(1)
    authenticated_data = reader.opaque()
    reader.opaque()  # encrypted_sender_data
    reader.opaque()  # ciphertext
    reader.end()
    if content_type not in CONTENTS:
        raise malformed("This is not a known kind of content.")
    return PrivateMessage(_thread(group_id), _epoch(epoch), content_type, authenticated_data)


def parse_commit(data: bytes) -> Commit:
    """A commit in an MLSMessage with a PublicMessage, with the signatures of its new leaves verified.

    Fails with `malformed`, `commit_not_allowed` (S6.3) or `bad_signature`. The commit's own signature, which
    covers the group's secrets' context, is for members to check.
    """
    written = read_commit(data)
    commit = _accept(written)
    placed = written.path.signed + write_opaque(written.group_id) + commit.sender.to_bytes(4, "big")
    verify_with_label(commit.path.signature_key, b"LeafNodeTBS", placed, written.path.signature)
    for package in written.adds:
        verify_key_package(package)
    return commit


def read_commit(data: bytes) -> WrittenCommit:
    """A commit as it is written. Fails with `malformed` or `commit_not_allowed`."""
    reader = _open(data, WIRE_PUBLIC_MESSAGE)
    group_id, epoch = reader.opaque(), reader.uint(8)
    _expect(reader.uint(1), SENDER_MEMBER, SENDERS)
    sender = reader.uint(4)
    if reader.opaque():
        raise _not_allowed()
    _expect(reader.uint(1), CONTENT_COMMIT, CONTENTS)
    proposals = reader.vector(_read_proposal, MOST_PROPOSALS)
    _expect(reader.uint(1), 1, (0, 1))  # the update path is there
    path = _read_path(reader)
    for _ in range(3):  # signature, confirmation_tag, membership_tag
        reader.opaque()
    reader.end()
    adds = tuple(proposal for proposal in proposals if isinstance(proposal, WrittenKeyPackage))
    removes = tuple(proposal for proposal in proposals if isinstance(proposal, int))
    return WrittenCommit(group_id, epoch, sender, adds, removes, path)


def _accept(written: WrittenCommit) -> Commit:
    thread, epoch = _thread(written.group_id), _epoch(written.epoch)
    adds = tuple(accept_key_package(package) for package in written.adds)
    path = PathLeaf(written.path.signature_key, accept_leaf(written.path, SOURCE_COMMIT))
    keys = {package.signature_key for package in adds}
    gone = {written.sender, *written.removes}
    if len(keys) != len(adds) or len(gone) != len(written.removes) + 1:
        raise _not_allowed()
    return Commit(thread, epoch, written.sender, adds, written.removes, path)


def _read_proposal(reader: Reader) -> WrittenKeyPackage | int:
    _expect(reader.uint(1), INLINE, (INLINE, BY_REFERENCE))
    kind = reader.uint(2)
    if kind == PROPOSAL_ADD:
        return read_key_package(reader)
    if kind == PROPOSAL_REMOVE:
        return reader.uint(4)
    raise _not_allowed()


def _read_path(reader: Reader) -> LeafNode:
    leaf = read_leaf_node(reader)
    reader.vector(_skip_path_node, MOST_PATH_NODES)
    return leaf


def _skip_path_node(reader: Reader) -> None:
    reader.opaque()  # encryption_key
    reader.vector(_skip_ciphertext, MOST_PATH_SECRETS)


def _skip_ciphertext(reader: Reader) -> None:
    reader.opaque()  # kem_output
    reader.opaque()  # ciphertext


def _open(data: bytes, wire_format: int) -> Reader:
    reader = Reader(data)
    if (reader.uint(2), reader.uint(2)) != (MLS_VERSION, wire_format):
        raise malformed("This is another kind of MLS message.")
    return reader


def _expect(value: int, wanted: int, known: tuple[int, ...]) -> None:
    if value not in known:
        raise malformed("This is not a known kind.")
    if value != wanted:
        raise _not_allowed()


def _thread(group_id: bytes) -> str:
    return read_identifier_text(group_id, "thr")


def _epoch(epoch: int) -> int:
    if epoch > MAX_INTEGER:
        raise malformed("This epoch is out of range.")
    return epoch


def _not_allowed() -> ProtocolError:
    return ProtocolError("commit_not_allowed", layer="framing")
