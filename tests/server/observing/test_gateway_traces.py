"""Traces of a hospital's records gateway: the steps of each filing, and nothing of whom or what it was about."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from inscope_server.observing import exporting
from inscope_server.records_gateway.connection import Connection
from inscope_server.records_gateway.target import TargetRefused
from server.filing.desk import Desk
from server.images.arena import arena
from server.observing.test_traces import collector, line_of_log, lost
from server.records_gateway.conftest import gateway, made
from server.records_gateway.test_process import ENVIRONMENT, Failing, desk, said, send, typed, until
from servers.collector import Collector, Seen
from servers.process import end, free_port
from world.filing import Made
from world.hospital_gateway import HospitalGateway

__all__ = ["arena", "collector", "desk", "gateway", "line_of_log", "made"]
STEPS = ["fetch", "find", "open", "verify", "write", "receipt"]
LIE = {"error": {"code": "quillfeather"}}


@pytest.fixture
def traced(gateway: HospitalGateway, collector: Collector) -> HospitalGateway:
    gateway.process.traces.start(collector.endpoint, 1.0)
    return gateway


async def traces(gateway: HospitalGateway, collector: Collector) -> list[tuple[Seen, list[Seen]]]:
    """Each filing's span and its steps, in the order in which they ended."""
    await gateway.process.traces.close()
    roots = [span for span in collector.spans if not span.parent]
    return [(root, [span for span in collector.spans if span.parent == root.span]) for root in roots]


async def test_a_filing_is_a_trace_of_its_steps_and_of_nothing_else(
    desk: Desk, made: Made, traced: HospitalGateway, collector: Collector
) -> None:
    filing = await send(desk, made)
    assert await traced.round()
    ((root, steps),) = await traces(traced, collector)
    assert (root.name, root.attributes, root.is_error) == ("filing", {}, False)
    assert [step.name for step in steps] == STEPS
    assert root.took >= sum(step.took for step in steps)
    names = [filing, traced.home.organisation, desk.disclosure, "Quillfeather", "Canary", "127.0.0.1", "Moreau"]
    assert [name for name in names if name.encode() in collector.raw] == []
    assert not re.search(rb"\b[a-z]{3}_[\w-]{16,}", bytes(collector.raw)), "an identifier"


async def test_what_fails_is_told_by_its_code_or_its_kind(
    desk: Desk, made: Made, traced: HospitalGateway, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_: Any) -> Any:
        raise RuntimeError("Wilhelmina Quillfeather")

    async def refuses(*_: Any) -> Any:
        raise TargetRefused("Wilhelmina Quillfeather has left")

    await send(desk, made)
    target = traced.process.target = Failing(traced.settings, "before")
    assert not await traced.round()
    with monkeypatch.context() as broken:
        broken.setattr(target, "find", breaks)
        assert not await traced.round()
    monkeypatch.setattr(target, "write", refuses)
    assert await traced.round()
    told = [(root.attributes, root.is_error, steps[-1].name) for root, steps in await traces(traced, collector)]
    assert told == [
        ({"inscope.failure": "unreachable"}, False, "write"),
        ({"inscope.failure": "unforeseen", "error.type": "unforeseen"}, True, "find"),
        ({"inscope.failure": "target_refused"}, False, "receipt"),
    ]
    assert {span.attributes.get("error.type") for span in collector.spans} >= {"Unreachable", "RuntimeError"}
    assert b"Quillfeather" not in collector.raw


async def test_a_server_cannot_have_words_of_its_own_told(
    desk: Desk, made: Made, traced: HospitalGateway, collector: Collector, caplog: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    await send(desk, made)
    connection = Connection(traced.settings.origin, traced.process.keys, traced.process.clock)
    async with connection:
        told = await connection.waiting()
        monkeypatch.setattr(connection, "waiting", lambda: asyncio.sleep(0, told))
        monkeypatch.setattr(aiohttp.ClientResponse, "json", lambda _self: asyncio.sleep(0, LIE))
        monkeypatch.setattr(Connection, "package", lambda self, _filing: self._post("/api/none", {}))
        assert not await traced.process.round(connection)
    ((root, _),) = await traces(traced, collector)
    assert root.attributes["inscope.failure"] == "unknown"
    assert b"quillfeather" not in collector.raw and "quillfeather" not in caplog.text


async def test_a_dead_collector_holds_up_no_filing(
    desk: Desk, made: Made, gateway: HospitalGateway, monkeypatch: pytest.MonkeyPatch, line_of_log: Any
) -> None:
    monkeypatch.setattr(exporting, "EXPORT_SECONDS", 0.2)
    before = lost()
    gateway.process.traces.start(f"http://127.0.0.1:{free_port()}/v1/traces", 1.0)
    filing = await send(desk, made)
    assert await gateway.round()
    assert await desk.state(desk.arena.intern, filing) == ("filed", None)
    await gateway.process.traces.close()
    assert lost() - before == len(STEPS) + 1
    assert line_of_log("traces_endpoint takes spans no longer: they are lost")["level"] == "warning"


async def test_the_program_sends_them_by_its_settings_and_what_waits_before_it_ends(
    desk: Desk, made: Made, gateway: HospitalGateway, collector: Collector, tmp_path: Path
) -> None:
    filing, log = await send(desk, made), tmp_path / "gateway.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: ASYNC220
            typed(gateway, traces_endpoint=collector.endpoint), env=ENVIRONMENT, stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip
    try:
        assert await until(lambda: said(desk, filing, "filed")), log.read_text()
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 20) == 0
    finally:
        if process.poll() is None:
            end(process)
    assert [span.name for span in collector.spans] == [*STEPS, "filing"]
    assert b"Traceback" not in log.read_bytes()
