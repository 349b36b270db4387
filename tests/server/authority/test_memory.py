"""What the authority remembers, through crashes, and what it says of a database that was set back."""

from __future__ import annotations

from pathlib import Path

import pytest

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.types import StandingVersion
from inscope_server.authority.memory import Memory
from inscope_server.config import ConfigError
from world.device import new_id

CONSENT, OTHER = new_id("con"), new_id("con")


def version(number: int, consent: str = CONSENT, mark: int = 0) -> StandingVersion:
    return StandingVersion(consent, number, encode_base64url(bytes([number, mark]) * 16))


async def test_only_what_follows_is_said_and_the_rest_goes_on(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory")
    assert await memory.none_older([version(2), version(1, OTHER)]) == [version(2), version(1, OTHER)]
    assert await memory.none_older([version(1), version(2, OTHER)]) == [version(2, OTHER)]
    assert await memory.none_older([version(2, mark=1)]) == [], "the same number with another content"
    assert await memory.none_older([version(2), version(3)]) == [version(2), version(3)]
    assert await memory.none_older([version(2)]) == []


async def test_it_remembers_beyond_its_end_and_writes_each_version_once(tmp_path: Path) -> None:
    for _ in range(3):
        memory = Memory(tmp_path / "memory")
        assert await memory.none_older([version(2)]) == [version(2)]
    assert len((tmp_path / "memory").read_text().splitlines()) == 1
    assert (tmp_path / "memory").stat().st_mode & 0o077 == 0


async def test_a_line_that_a_crash_cut_short_goes_and_the_next_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "memory"
    await Memory(path).none_older([version(2)])
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole + whole[:length])
        assert await Memory(path).none_older([version(1)]) == []
        assert path.read_bytes() == whole
    assert await Memory(path).none_older([version(3)]) == [version(3)]
    assert await Memory(path).none_older([version(2)]) == []


@pytest.mark.parametrize("damaged", [b"one two\n", b"a b c\n", b"\xff 1 x\n"])
def test_a_file_that_is_something_else_is_named(tmp_path: Path, damaged: bytes) -> None:
    (tmp_path / "memory").write_bytes(damaged)
    with pytest.raises(ConfigError, match="authority_memory_file"):
        Memory(tmp_path / "memory")
