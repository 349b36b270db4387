"""What an administrator looks up: people, devices, organisations, and what waits, as a table and as data."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest
from nacl.signing import SigningKey
from sqlalchemy import select

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.enrolment import key_fingerprint
from inscope_protocol.identifiers import make_identifier
from inscope_protocol.types import KnownOrganisation, NamedRole
from inscope_server import cli
from inscope_server.accounts import tables
from inscope_server.administrator import lists
from inscope_server.administrator.attester import DAY, Attester
from inscope_server.administrator.listing import until
from server.administrator.test_attester import attested, enrol, rewrite
from servers.terminal import into_pipe, on_terminal
from world.device import Device
from world.running import Running

HOSTILE = "Evil\x1b]0;mine\x07 \u202eeman"
SHOWN = "Evil\ufffd]0;mine\ufffd \ufffdeman"
KEY = bytes(SigningKey(bytes(32)).verify_key)


class Looks:
    """An administrator who types the commands: the answer as data, or as the lines of a pipe."""

    def __init__(self, attester: Attester, capsys: pytest.CaptureFixture[str]) -> None:
        self.attester, self.capsys = attester, capsys

    async def told(self, what: str, *, as_data: bool) -> str:
        self.capsys.readouterr()
        await getattr(lists, f"_{what}")(self.attester, argparse.Namespace(json=as_data))
        return self.capsys.readouterr().out

    async def data(self, what: str) -> Any:
        return json.loads(await self.told(what, as_data=True))

    async def lines(self, what: str) -> list[str]:
        return (await self.told(what, as_data=False)).splitlines()


@pytest.fixture
def looks(attester: Attester, capsys: pytest.CaptureFixture[str]) -> Looks:
    return Looks(attester, capsys)


async def test_a_person_from_the_invitation_to_the_end(
    server: Running,
    attester: Attester,
    devices: list[Device],
    looks: Looks,
) -> None:
    assert await looks.lines("people") == ["Nobody has been invited from this folder yet."]
    invited = await attester.invite("山田 太郎", ["intern"], ["Emergency"])
    (one,) = await looks.data("people")
    assert (one["name"], one["roles"], one["teams"], one["devices"]) == ("山田 太郎", ["intern"], ["Emergency"], 0)
    assert one["attested_until"] is None and one["invited_until"] > server.clock.now()
    device = await enrol(server, devices, invited)
    await attester.attest_pending()
    (one,) = await looks.data("people")
    async with server.server.database.read() as tx:
        stored = await tx.first(select(tables.attestations.c.valid_until))
    assert (one["attested_until"], one["devices"], one["invited_until"]) == (stored.valid_until, 1, None)
    (confirmed,) = await looks.data("devices")
    assert (confirmed["device"], confirmed["person"]) == (device.device, invited.person)
    await attester.set_roles(invited.person, ["registrar"], [], days=0)
    (_, row) = await looks.lines("people")
    assert "registrar" in row and "over since" in row and invited.person in row


async def test_what_waits_is_told_with_what_would_be_done_and_nothing_is(
    server: Running,
    attester: Attester,
    devices: list[Device],
    looks: Looks,
) -> None:
    assert await looks.lines("waiting") == ["No device waits."]
    invited = await attester.invite(HOSTILE.replace("\x1b", "").replace("\x07", "").replace("\u202e", ""), [], [])
    device = await enrol(server, devices, invited)
    for _ in range(2):
        (_, row) = await looks.lines("waiting")
        assert row.endswith("  Confirmed") and invited.person in row
        assert not await attested(device)
    await rewrite(server, tables.enrolments, proof=encode_base64url(bytes(32)))
    (one,) = await looks.data("waiting")
    assert "the proof is wrong" in one["refused"]
    assert "NOT confirmed: the proof is wrong" in (await looks.lines("waiting"))[1]


async def test_known_organisations_with_the_fingerprints_to_compare(
    attester: Attester,
    looks: Looks,
    tmp_path: Path,
) -> None:
    other = make_identifier("org", b"o" * 16)
    await attester.publish([KnownOrganisation(other, "Clínica Ñandú", encode_base64url(KEY), (), ())])
    attester.file.known.append(
        KnownOrganisation(make_identifier("org", b"x" * 16), HOSTILE, encode_base64url(KEY), (), (NamedRole("a", "b"),))
    )
    own, *known = await looks.data("organisations")
    assert own["fingerprint"] == encode_base64url(key_fingerprint(attester.public_key))
    assert [one["name"] for one in known] == ["Clínica Ñandú", HOSTILE]
    lines = await looks.lines("organisations")
    assert lines[2].startswith("Clínica Ñandú  ") and encode_base64url(key_fingerprint(KEY)) in lines[2]
    assert lines[3].startswith(SHOWN + "  ")


def test_days_in_words() -> None:
    now = 20_000 * DAY
    assert until(None, now) == ""
    assert until(now + 29 * DAY, now) == "2024-11-02 (in 29 days)"
    assert until(now + 400 * DAY, now) == "2025-11-08"
    assert until(now, now) == "over since 2024-10-04"


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """An administrator's, with two people; one's name is an attack on whoever lists it."""
    directory = tmp_path / "administrator"
    cli.main(
        ["administrator", "--dir", str(directory), "init", "--name", "Riverbend", "--origin", "http://127.0.0.1:1"]
    )
    (key,) = directory.glob("*.key.json")
    names = {make_identifier("per", bytes([number]) * 16): name for number, name in enumerate(("김철수", HOSTILE))}
    people = {person: {"display_name": name, "roles": ["intern"], "teams": []} for person, name in names.items()}
    (directory / key.name.replace(".key.", ".people.")).write_text(json.dumps({"people": people}))
    return directory


def test_typed_on_a_terminal_and_into_a_pipe(folder: Path) -> None:
    words = ("administrator", "--dir", str(folder), "people")
    seen, piped = on_terminal(*words, columns=72), into_pipe(*words)
    assert seen.status == piped.status == 0
    assert SHOWN in seen.text and "김철수" in seen.text and "\x07" not in seen.output and "\u202e" not in seen.output
    assert max(len(line) for line in seen.text.splitlines()) <= 72
    assert len(piped.output.splitlines()) == 3 and "\x1b" not in piped.output and SHOWN in piped.output
    assert piped.errors == ""
    for one in json.loads(into_pipe(*words, "--json").output):
        assert one["person"] in seen.text and one["person"] in piped.output, "whole, to be copied"


def test_what_a_server_says_moves_no_cursor(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuses(*_: Any) -> Any:
        from inscope_server.administrator.failure import AdministratorError

        raise AdministratorError(f"The server refused (malformed): {HOSTILE}")

    monkeypatch.setattr("inscope_server.administrator.connection.HttpConnection.post", refuses)
    with pytest.raises(SystemExit) as end:
        cli.main(["administrator", "--dir", str(folder), "waiting"])
    assert end.value.code == f"inscope: The server refused (malformed): {SHOWN}"
