"""What an administrator is told at their own machine: what happened, and what to do where it did not."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from inscope_server.administrator import commands
from inscope_server.administrator.attester import Attester
from inscope_server.administrator.connection import HttpConnection
from inscope_server.administrator.failure import AdministratorError, Unreachable
from inscope_server.administrator.founding import found
from inscope_server.clock import Clock
from inscope_server.records_gateway.keys import Keys
from server.administrator.test_attester import enrol
from servers.saying import Saying
from world.device import Device
from world.running import Running


@pytest.fixture
async def other() -> AsyncIterator[Saying]:
    made = Saying()
    yield made
    await made.close()


def attester_of(origin: str, folder: Path) -> tuple[Attester, HttpConnection]:
    connection = HttpConnection(origin)
    return Attester(found(folder, "Riverbend", origin, [], {}, Clock()), connection, Clock()), connection


async def test_watching_goes_on_through_a_proxys_503_and_says_so_once(
    other: Saying, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "WATCH_SECONDS", 0.02)
    await other.start()
    attester, connection = attester_of(f"http://127.0.0.1:{other.port}", tmp_path)
    told: list[str] = []

    async def until(words: str) -> None:
        while not told or words not in told[-1]:
            await asyncio.sleep(0.02)
            told.extend(capsys.readouterr().out.splitlines())

    async with connection, asyncio.timeout(20):
        watching = asyncio.create_task(commands._attest(attester, argparse.Namespace(watch=True)))
        await until("does not answer: what answers there says 503, and is no InScope server")
        other.says = (503, "application/json", '{"error": {"code": "server_busy", "message": "busy"}}')
        await asyncio.sleep(0.2)
        other.says = (200, "application/json", '{"enrolments": []}')
        await until("The server answers again.")
        assert len(told) == 2
        other.says = (200, "application/json", '{"enrolments": 5}')
        with pytest.raises(AdministratorError, match="not understood"):
            await watching


async def test_without_watching_a_server_that_does_not_answer_ends_it(other: Saying, tmp_path: Path) -> None:
    await other.start()
    attester, connection = attester_of(f"http://127.0.0.1:{other.port}", tmp_path)
    async with connection:
        with pytest.raises(Unreachable, match="says 503"):
            await commands._attest(attester, argparse.Namespace(watch=False))


async def test_a_certificate_that_is_not_trusted_is_called_that(other: Saying, tmp_path: Path) -> None:
    await other.start(tls=True)
    attester, connection = attester_of(f"https://127.0.0.1:{other.port}", tmp_path)
    async with connection:
        with pytest.raises(Unreachable, match=r"certificate is not trusted here \(.+\); .*SSL_CERT_FILE=FILE"):
            await attester.attest_pending()


async def test_an_organisation_that_is_not_registered_is_told_that(server: Running, tmp_path: Path) -> None:
    attester, connection = attester_of(server.origin, tmp_path)
    async with connection:
        with pytest.raises(AdministratorError, match="operator has not registered Riverbend yet") as told:
            await attester.publish([])
    assert told.value.code == "wrong_signer" and f"--key={attester.card().key}" in str(told.value)


async def test_ending_is_told_as_ending(
    server: Running, attester: Attester, devices: list[Device], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    invited = await attester.invite("Ines Moreau", ["intern"], ["Emergency"])
    await enrol(server, devices, invited)
    await attester.attest_pending()
    card = tmp_path / "card.json"
    card.write_bytes(commands.msgspec.json.encode(Keys.open(tmp_path / "gateway").card()))

    async def told(act: Any, days: int, **more: Any) -> str:
        await act(attester, argparse.Namespace(days=days, **more))
        return capsys.readouterr().out

    person = {"person": invited.person, "role": ["intern"], "team": []}
    gateway = {"card": card, "name": "Medical records"}
    assert "is attested anew, until 2" in await told(commands._set_roles, 30, **person)
    assert "is ended" in await told(commands._set_roles, 0, **person)
    assert "files with this gateway until 2" in await told(commands._gateway, 30, **gateway)
    assert "does not file with this gateway any more" in await told(commands._gateway, 0, **gateway)


async def test_who_is_invited_again_keeps_what_is_not_given(
    attester: Attester, capsys: pytest.CaptureFixture[str]
) -> None:
    async def told(person: str | None, *roles: str, teams: tuple[str, ...] = ()) -> str:
        given = argparse.Namespace(name="Ines Moreau", role=list(roles), team=list(teams), person=person)
        await commands._invite(attester, given)
        return capsys.readouterr().out

    assert "Roles: none. Teams: none." in await told(None)
    first = await attester.invite("Ines Moreau", ["intern"], ["Emergency"])
    assert "Roles: intern. Teams: Emergency." in await told(first.person)
    assert "Roles: registrar. Teams: Emergency." in await told(first.person, "registrar")
    kept = attester.folder.people().people[first.person]
    assert (kept.roles, kept.teams) == (["registrar"], [attester.file.teams[0].team])


def test_fewer_days_than_none_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from inscope_server import cli

    with pytest.raises(SystemExit):
        cli.main(["administrator", "set-roles", "--person", "per_x", "--days", "-1"])
    assert "argument --days" in capsys.readouterr().err


def test_more_keys_than_one_are_counted(tmp_path: Path) -> None:
    for name in "ab":
        found(tmp_path, name, "http://127.0.0.1:1", [], {}, Clock())
    with pytest.raises(AdministratorError, match="holds 2 organisation keys; name one with --id"):
        commands.only_organisation(tmp_path)
