"""The demonstration's seed, its children and its command line."""

from __future__ import annotations

import asyncio
import os
import shlex
import socket
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from inscope_server.administrator.connection import HttpConnection
from inscope_server.cli import main
from inscope_server.clock import Clock
from inscope_server.demo.cast import COLLEAGUE, HOSPITALS, INTERN, OFFICER, ON_CALL, ORGANISER, SOCIAL_GROUP, SPECIALIST
from inscope_server.demo.children import Children
from inscope_server.demo.participants import PROGRAM, participant_command, state_path
from inscope_server.demo.record import start_gateway
from inscope_server.demo.seed import Invitee, Seed
from inscope_server.demo.welcome import welcome
from inscope_server.records_gateway import settings
from world.running import Running


async def seeded(server: Running, directory: Path) -> tuple[Seed, dict[str, Invitee]]:
    seed = Seed(directory, server.origin, Clock(now=server.clock.now))
    await seed.found(server.server.accounts)
    async with HttpConnection(server.origin) as connection:
        cast = {invitee.member.key: invitee for invitee in await seed.introduce_and_invite(connection)}
    return seed, cast


async def test_a_second_start_finds_what_the_first_one_made(server: Running, tmp_path: Path) -> None:
    _, first = await seeded(server, tmp_path)
    _, second = await seeded(server, tmp_path)
    assert first == second
    assert set(first) == {member.key for hospital in HOSPITALS for member in hospital.members}


async def test_each_hospital_knows_the_other(server: Running, tmp_path: Path) -> None:
    seed, _ = await seeded(server, tmp_path)
    for hospital in HOSPITALS:
        own = seed.file.organisations[hospital.name]
        async with server.server.database.read() as tx:
            (statement,) = await server.server.accounts.listing.organisation_statements(tx, own)
        assert statement["signatures"][0]["keyid"] == own
        attester = seed.attester(hospital, HttpConnection(server.origin))
        assert {entry.name for entry in attester.file.known} == {other.name for other in HOSPITALS} - {hospital.name}


async def test_a_lost_device_gets_a_new_link_for_the_same_person(server: Running, tmp_path: Path) -> None:
    seed, cast = await seeded(server, tmp_path)
    async with HttpConnection(server.origin) as connection:
        again = await seed.invite_again(cast[ON_CALL.key], connection)
    assert again.person == cast[ON_CALL.key].person
    assert again.link != cast[ON_CALL.key].link
    _, later = await seeded(server, tmp_path)
    assert later[ON_CALL.key].link == again.link


async def test_who_does_what_and_where_to_click(server: Running, tmp_path: Path) -> None:
    _, cast = await seeded(server, tmp_path)
    program = Path("participant.js")
    answering = participant_command(program, server.origin, tmp_path, cast, ON_CALL.key)
    assert answering[-1] == "--answers"
    gathering = participant_command(program, server.origin, tmp_path, cast, ORGANISER.key)
    assert gathering[gathering.index("--gathers") + 1] == SOCIAL_GROUP
    people = gathering[gathering.index("--people") + 1].split(",")
    assert cast[INTERN.key].person in people
    assert not {cast[COLLEAGUE.key].person, cast[SPECIALIST.key].person} & set(people)
    words = welcome(server.origin, cast, tmp_path / "record")
    assert str(tmp_path / "record") in words
    assert cast[INTERN.key].link in words
    assert cast[SPECIALIST.key].link in words
    assert cast[OFFICER.key].link in words
    assert cast[ON_CALL.key].link not in words
    assert state_path(tmp_path, cast[ON_CALL.key]) != state_path(tmp_path, cast[ORGANISER.key])


async def test_who_is_enrolled_already_is_not_told_to_open_a_link(server: Running, tmp_path: Path) -> None:
    _, cast = await seeded(server, tmp_path)
    cast[INTERN.key] = replace(cast[INTERN.key], enrolled=True)
    words = welcome(server.origin, cast, tmp_path / "record")
    assert "it works once" not in words and cast[INTERN.key].link not in words
    assert "in the browser where you set up your device" in words


@pytest.mark.parametrize("port", ["80000", "0", "-1", "eight"])
def test_a_port_that_is_none_is_refused_at_once(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["demo", "--port", port])
    assert "argument --port" in capsys.readouterr().err


def test_where_the_port_is_taken_both_ways_to_choose_another_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inscope_server.demo.command.shutil.which", lambda _: "node")
    monkeypatch.setenv("INSCOPE_CLIENT_DIR", str(tmp_path / "dist"))
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "index.html").touch()
    (tmp_path / PROGRAM).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / PROGRAM).touch()
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SystemExit) as ended:
        main(["demo", "--data", str(tmp_path / "demo"), "--port", str(taken.getsockname()[1])])
    assert "make run PORT=" in str(ended.value.code) and "--port" in str(ended.value.code)


async def test_the_hospitals_gateway_is_signed_for_once(server: Running, tmp_path: Path) -> None:
    seed, _ = await seeded(server, tmp_path)
    for _ in range(2):
        children = Children()
        try:
            async with HttpConnection(server.origin) as connection:
                await start_gateway(children, tmp_path, seed, server.server.config, connection)
        finally:
            await children.close()
    read = settings.load(str(tmp_path / "records-gateway.toml"))
    assert (read.folder, read.organisation().name) == (str(tmp_path / "record"), HOSPITALS[0].name)
    async with server.server.database.read() as tx:
        gateway = await server.server.accounts.gateways.of(tx, seed.file.organisations[HOSPITALS[0].name])
    assert gateway is not None and (gateway.gateway, gateway.serial) == (seed.file.gateway, 1)


async def test_every_child_ends_even_one_that_will_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inscope_server.demo.children.PATIENCE", 0.5)
    children, log = Children(), tmp_path / "child.log"
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); time.sleep(60)"
    )
    kind = await children.start("kind", [sys.executable, "-c", "import time; time.sleep(60)"], os.environ, log)
    other = await children.start("stubborn", [sys.executable, "-c", stubborn], os.environ, log)
    while "on" not in log.read_text():
        await asyncio.sleep(0.05)
    await children.close()
    assert (kind.returncode, other.returncode) == (-15, -9)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["demo", "--data", "DIR", "--port", "1"], "not built yet"),
        (
            ["administrator", "--dir", "DIR", "attest"],
            "holds no organisation key. Where is yours?",
        ),
        (["--config", "DIR/none.toml", "migrate"], "none.toml"),
        (["organisation", "register", "--id", "org_x", "--name", "X", "--key", "AA"], "--id: is no org_ identifier"),
        (["organisation", "register", "--id", f"org_{'A' * 22}", "--name", "X", "--key", "AA"], "--key: is no public"),
        (["log", "verify"], "inscope migrate"),
    ],
)
def test_every_failure_is_one_sentence(
    arguments: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSCOPE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("INSCOPE_CLIENT_DIR", str(tmp_path / "nothing"))
    with pytest.raises(SystemExit) as ended:
        main([argument.replace("DIR", str(tmp_path)) for argument in arguments])
    assert isinstance(ended.value.code, str)
    assert told in ended.value.code
    assert "\n" not in ended.value.code


def test_an_operators_first_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("INSCOPE_DATA_DIR", str(tmp_path / "data"))
    admin = ["administrator", "--dir", str(tmp_path / "admin")]
    main(["migrate"])
    main(
        [
            *admin,
            "init",
            "--name",
            "Riverbend",
            "--origin",
            "http://localhost:1",
            "--team",
            "Emergency",
            "--role",
            "intern=Intern",
        ]
    )
    inscope, *command = shlex.split(capsys.readouterr().out.splitlines()[-1])
    main(command)
    main(["log", "verify"])
    assert "Riverbend is registered" in capsys.readouterr().out
    *same, key = command
    with pytest.raises(SystemExit) as ended:
        main([*same, f"--key=-{'A' * 42}"])
    assert inscope == "inscope" and key.startswith("--key=") and "another key" in str(ended.value.code)
    with pytest.raises(SystemExit) as ended:
        main([*admin, "invite", "--name", "Ines Moreau", "--role", "intern"])
    assert "does not answer" in str(ended.value.code)
