"""S6 beyond the shared cases: the MLS working group's messages, and bytes that are nearly right."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inscope_protocol import framing, key_packages
from inscope_protocol.encoding import decode_base64url
from inscope_protocol.failures import ProtocolError
from inscope_protocol.tls_encoding import Reader

from .cases_framing import SCENES
from .mutations import mutated, read_or_refuse

MLS_VECTORS = Path(__file__).parents[3] / "shared" / "data" / "mls" / "messages.json"
COMMITS = [decode_base64url(text) for scene in SCENES for text in scene["commits"].values()]
REFUSED = [decode_base64url(text) for scene in SCENES for text in scene["not_allowed"].values()]
PACKAGES = [decode_base64url(scene["key_packages"]["second"]) for scene in SCENES]
PRIVATE = [decode_base64url(text) for scene in SCENES for text in scene["private_messages"].values()]


@settings(max_examples=400, deadline=None)
@given(mutated([*COMMITS, *REFUSED]) | st.binary(max_size=200))
def test_any_commit(data: bytes) -> None:
    """Whatever is read as a commit differs from the real ones only where no new leaf is signed."""
    commit = read_or_refuse(framing.parse_commit, data)
    if commit is not None:
        devices = {device for scene in SCENES for device in scene["device_keys"]}
        assert {commit.path.identity, *(add.identity for add in commit.adds)} <= devices


@settings(max_examples=300, deadline=None)
@given(mutated(PACKAGES))
def test_no_other_key_package_is_taken(data: bytes) -> None:
    package = read_or_refuse(framing.parse_key_package, data)
    assert package is None or data in PACKAGES


@given(mutated(PRIVATE) | st.binary(max_size=200))
def test_any_private_message(data: bytes) -> None:
    message = read_or_refuse(framing.parse_private_message, data)
    assert message is None or message.group_id.startswith("thr_")


@pytest.mark.parametrize("data", COMMITS)
def test_every_shorter_and_longer_commit_is_refused(data: bytes) -> None:
    for length in range(0, len(data), max(1, len(data) // 300)):
        with pytest.raises(ProtocolError, match="malformed"):
            framing.parse_commit(data[:length])
    with pytest.raises(ProtocolError, match="malformed"):
        framing.parse_commit(data + b"\0")


@pytest.fixture(scope="module")
def published() -> list[dict[str, Any]]:
    if not MLS_VECTORS.exists():
        pytest.skip("the MLS working group's messages.json is not beside the repository")
    loaded: list[dict[str, Any]] = json.loads(MLS_VECTORS.read_text())
    return loaded


def test_published_key_packages_are_read_to_their_end(published: list[dict[str, Any]]) -> None:
    for vector in published:
        data = bytes.fromhex(vector["mls_key_package"])
        reader = Reader(data)
        reader.take(4)
        written = key_packages.read_key_package(reader)
        reader.end()
        assert written.raw == data[4:]
        assert written.leaf.source == key_packages.SOURCE_KEY_PACKAGE


def test_published_private_messages_are_read_and_are_no_threads(published: list[dict[str, Any]]) -> None:
    """Their group ids are random bytes: read to the end, and refused for that alone."""
    for vector in published:
        data = bytes.fromhex(vector["private_message"])
        with pytest.raises(ProtocolError, match="not an identifier"):
            framing.parse_private_message(data)
        with pytest.raises(ProtocolError, match="left over"):
            framing.parse_private_message(data + b"\0")


def test_published_commits_are_read_or_not_allowed(published: list[dict[str, Any]]) -> None:
    """Never `malformed`: what these hold is well formed, and mostly not of the kind that S6.3 allows."""
    for vector in published:
        for name in ("public_message_commit", "public_message_proposal", "public_message_application"):
            with pytest.raises(ProtocolError) as failure:
                framing.parse_commit(bytes.fromhex(vector[name]))
            assert failure.value.code == "commit_not_allowed"


def test_published_proposals_of_the_allowed_kinds_are_read(published: list[dict[str, Any]]) -> None:
    """Their adds and removes, put into a commit of ours before its own proposals."""
    for vector in published:
        add, remove = bytes.fromhex(vector["add_proposal"]), bytes.fromhex(vector["remove_proposal"])
        reader = Reader(b"\1\0\1" + add + b"\1\0\3" + remove)
        [package, leaf] = [framing._read_proposal(reader) for _ in range(2)]
        reader.end()
        assert isinstance(package, key_packages.WrittenKeyPackage)
        assert package.raw == add
        assert leaf == int.from_bytes(remove, "big")
