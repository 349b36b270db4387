"""The gateway's work through crashes and failures: nothing is lost, nothing is written twice (S12.7, S12.8)."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from inscope_server.records_gateway.connection import Connection, Unreachable
from inscope_server.records_gateway.dicom_target import DicomTarget
from inscope_server.records_gateway.folder_target import FolderTarget
from inscope_server.records_gateway.verification import Verified
from server.filing.desk import Desk
from server.images.arena import Arena, arena
from servers.process import end
from servers.saying import Saying
from world.filing import Made
from world.gateway import GatewayKeys
from world.hospital_gateway import HospitalGateway
from world.running import ROOT, Running

__all__ = ["arena"]


class Crash(BaseException):
    """The process is gone at this instant."""


class Failing(FolderTarget):
    """Fails at the given steps: `before` or `after` writing."""

    def __init__(self, settings: Any, *steps: str) -> None:
        super().__init__(settings)
        self.steps, self.writes = list(steps), 0

    async def write(self, filed: Verified) -> str:
        step = self.steps.pop(0) if self.steps else ""
        if step == "before":
            raise Unreachable("the folder is away")
        self.writes += 1
        location = await super().write(filed)
        if step == "after":
            raise Crash
        return location


@pytest.fixture
async def desk(arena: Arena, gateway: HospitalGateway, made: Made) -> Desk:
    """A real disclosure on the server, whose filing is the one that was made by hand."""
    keys = gateway.process.keys
    spy = GatewayKeys(arena.intern.home, keys.gateway, keys.seed, keys.sealing_secret)
    room = await arena.room()
    assert (await arena.intern.record(made.scope)).status == 200
    made.thread, made.disclosure = room.thread, await room.attached(arena.intern, made.scope)
    made.advice = [made.said("Undisplaced. Backslab.")]
    return Desk(arena, spy, room, made.scope, made.disclosure)


async def send(desk: Desk, made: Made) -> str:
    """To the server, as the intern's device does."""
    intern = desk.arena.intern
    statement, package = made.whole()
    answers = [
        await intern.call("POST", "/api/filings", {"filing": statement}),
        await desk.upload(intern, made.filing, package),
        await intern.call("POST", f"/api/filings/{made.filing}/send", {}),
    ]
    assert [answer.status for answer in answers] == [200] * 3, answers
    return made.filing


async def test_it_is_filed_and_acknowledged(desk, made, gateway):
    filing = await send(desk, made)
    assert await gateway.round()
    assert await desk.state(desk.arena.intern, filing) == ("filed", None)
    assert [path.name for path in gateway.filed()] == [filing]
    assert (await desk.arena.row(desk.disclosure)).code == "filed"


async def test_a_crash_between_writing_and_receipt_is_made_good(desk, made, gateway):
    filing = await send(desk, made)
    gateway.restart(Failing(gateway.settings, "after"))
    with pytest.raises(Crash):
        await gateway.round()
    assert len(gateway.filed()) == 1
    assert (await desk.arena.row(desk.disclosure)).state == "live", "not acknowledged yet"
    before = (gateway.filed()[0] / "document.pdf").stat().st_mtime_ns
    again = Failing(gateway.settings)
    gateway.restart(again)
    assert await gateway.round()
    assert (again.writes, len(gateway.filed())) == (0, 1)
    assert (gateway.filed()[0] / "document.pdf").stat().st_mtime_ns == before
    assert await desk.state(desk.arena.intern, filing) == ("filed", None)


async def test_even_when_the_consent_ended_meanwhile(desk, made, gateway):
    filing = await send(desk, made)
    gateway.restart(Failing(gateway.settings, "after"))
    with pytest.raises(Crash):
        await gateway.round()
    withdrawn = desk.arena.intern.following(made.scope, decision="withdrawn")
    assert (await desk.arena.intern.record(withdrawn)).status == 200
    gateway.restart()
    assert await gateway.round()
    assert await desk.state(desk.arena.intern, filing) == ("filed", None)
    assert [one["code"] for one in await desk.tombstones()] == ["consent_withdrawn", "filed"]


async def test_a_receipt_that_did_not_arrive_is_said_again_and_is_the_same(desk, made, gateway, monkeypatch):
    filing = await send(desk, made)

    async def lost(self: Connection, receipt: Any) -> None:
        raise Unreachable("the line is down")

    with monkeypatch.context() as line:
        line.setattr(Connection, "acknowledge", lost)
        assert not await gateway.round()
    kept = gateway.process.journal.receipt(filing)
    gateway.restart(Failing(gateway.settings))
    assert await gateway.round()
    answer = await desk.arena.intern.call("GET", f"/api/filings/{filing}")
    assert answer.data["receipt"] == kept


LIES: dict[str, Any] = {
    "no filings": {"organisations": [], "authority": {"authority": "aut_A", "key": "A"}},
    "no list": {"filings": 5, "organisations": [], "authority": {}},
    "no statement": {"filings": ["../../../outside"], "organisations": [], "authority": {}},
    "another statement": {"filings": [{"payload": "e30", "signatures": []}], "organisations": [], "authority": {}},
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_server_that_answers_otherwise_ends_nothing_and_names_no_file(desk, made, gateway, monkeypatch, lie):
    filing = await send(desk, made)

    async def lying(self: Connection) -> Any:
        return {**LIES[lie], "authority": (await honest(self))["authority"]}

    with monkeypatch.context() as server:
        honest = Connection.waiting
        server.setattr(Connection, "waiting", lying)
        assert not await gateway.round()
    assert list(gateway.process.journal.folder.iterdir()) == gateway.filed() == []
    assert await gateway.round()
    assert await desk.state(desk.arena.intern, filing) == ("filed", None)


async def test_a_record_that_is_away_is_tried_again(desk, made, gateway):
    filing = await send(desk, made)
    gateway.restart(Failing(gateway.settings, "before", "before"))
    assert not await gateway.round()
    assert not await gateway.round()
    assert await desk.state(desk.arena.intern, filing) == ("fetched", None)
    assert await gateway.round()
    assert await desk.state(desk.arena.intern, filing) == ("filed", None)


async def test_what_it_refuses_is_said_with_its_reason_and_leaves_the_image(desk, made, gateway):
    made.image = made.image[:-1] + b"x"
    statement = made.disclosed()
    made.image_key = os.urandom(32)
    envelope, package = made.seal(made.document(statement), statement)
    intern = desk.arena.intern
    await intern.call("POST", "/api/filings", {"filing": envelope})
    await desk.upload(intern, made.filing, package)
    await intern.call("POST", f"/api/filings/{made.filing}/send", {})
    assert await gateway.round()
    assert await desk.state(intern, made.filing) == ("refused", "image_mismatch")
    assert (await desk.arena.row(desk.disclosure)).state == "live"
    assert gateway.filed() == []


async def test_a_server_that_was_restarted_has_lost_nothing(desk, made, gateway, server, database_url, tmp_path):
    filing = await send(desk, made)
    port = server.server.config.port
    await server.close()
    assert not await gateway.round()
    again = await Running.start(database_url, tmp_path, server.clock, port=port)
    try:
        assert await gateway.round()
        async with again.server.database.read() as tx:
            row = await again.server.gate.disclosure(tx, desk.disclosure)
        assert (row.state, row.code) == ("destroyed", "filed")
        assert [path.name for path in gateway.filed()] == [filing]
    finally:
        await again.close()


def _started(command: list[str], environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen(command, env=environment, stdout=output, stderr=output, start_new_session=True)


ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{ROOT}/protocol:{ROOT}/server"}


def typed(gateway: HospitalGateway, **more: Any) -> list[str]:
    """`inscope --config FILE records-gateway`, with the gateway's own settings and some more."""
    settings, held = gateway.folder / "records-gateway.toml", gateway.settings
    lines = {
        name: getattr(held, name) for name in ("origin", "organisation_card", "data_dir", "folder", "policies_dir")
    }
    settings.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in {**lines, **more}.items()))
    return [sys.executable, "-m", "inscope_server", "--config", str(settings), "records-gateway"]


async def until(met: Callable[[], Awaitable[bool]]) -> bool:
    for _ in range(300):
        if await met():
            return True
        await asyncio.sleep(0.1)
    return False


async def said(desk: Desk, filing: str, state: str) -> bool:
    return bool((await desk.state(desk.arena.intern, filing))[0] == state)


async def test_the_program_itself_files_and_ends_when_told(desk, made, gateway, tmp_path):
    """`inscope records-gateway card` and `run`, as typed."""
    command, environment = typed(gateway), ENVIRONMENT
    card = await asyncio.to_thread(subprocess.run, [*command, "card"], env=environment, capture_output=True, check=True)
    assert json.loads(card.stdout)["gateway"] == gateway.process.keys.gateway
    log = tmp_path / "gateway.log"
    process = await asyncio.to_thread(_started, command, environment, log)
    try:
        filing = await send(desk, made)
        assert await until(lambda: said(desk, filing, "filed")), log.read_text()
        process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(process.wait, 10)
    finally:
        if process.poll() is None:
            end(process)
    assert b"Canary" not in log.read_bytes() and b"Traceback" not in log.read_bytes()


async def test_a_program_killed_between_two_instances_files_both_once(desk, made, gateway, pacs, tmp_path):
    """The PACS kept the second and never said so; after the kill it is asked what it has."""
    command = typed(gateway, target="dicom", dicom_host="127.0.0.1", dicom_port=pacs.port)
    pacs.answer(0x0000, "lost")
    filing, log = await send(desk, made), tmp_path / "gateway.log"

    async def both_came() -> bool:
        return pacs.received() == 2

    process = await asyncio.to_thread(_started, command, ENVIRONMENT, log)
    try:
        assert await until(both_came), log.read_text()
    finally:
        end(process, kill=True)
    assert await desk.state(desk.arena.intern, filing) == ("fetched", None), "no receipt without both answers"
    process = await asyncio.to_thread(_started, command, ENVIRONMENT, log)
    try:
        assert await until(lambda: said(desk, filing, "filed")), log.read_text()
    finally:
        end(process)
    assert (len(pacs.instances()), pacs.received()) == (2, 2)
    assert log.read_text().startswith(f"asks {gateway.settings.origin}, and files into the PACS PACS at 127.0.0.1:")
    assert b"Canary" not in log.read_bytes() and b"RN-771" not in log.read_bytes()


async def test_a_pacs_that_will_never_take_it_is_said_to_refuse(desk, made, gateway, pacs, caplog):
    filing = await send(desk, made)
    place = {"target": "dicom", "dicom_host": "127.0.0.1", "dicom_port": pacs.port}
    gateway.restart(DicomTarget(replace(gateway.settings, **place)))
    pacs.answer(0x0000, 0xA700, 0x0000, 0xA900)
    assert not await gateway.round(), "no room is tried again"
    assert await desk.state(desk.arena.intern, filing) == ("fetched", None)
    assert await gateway.round()
    assert await desk.state(desk.arena.intern, filing) == ("refused", "target_refused")
    assert "0xA900" in caplog.text and (await desk.arena.row(desk.disclosure)).state == "live"


async def test_a_server_whose_certificate_is_not_trusted_is_told_from_one_that_is_away(gateway):
    other = Saying()
    await other.start(tls=True)
    keys, clock = gateway.process.keys, gateway.process.clock
    async with Connection(f"https://127.0.0.1:{other.port}", keys, clock) as connection:
        with pytest.raises(Unreachable, match=r"certificate is not trusted here \(.+\); .*SSL_CERT_FILE=FILE"):
            await connection.waiting()
    await other.close()
    async with Connection(f"https://127.0.0.1:{other.port}", keys, clock) as connection:
        with pytest.raises(Unreachable, match="ClientConnectorError"):
            await connection.waiting()
