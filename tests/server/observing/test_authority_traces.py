"""Traces of the consent authority in a process of its own: they go on with the server's, and tell as little."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from msgspec.structs import replace

from inscope_server.observing import exporting
from server.authority.test_own_process import NONCE, Apart, apart, consent_of, patient
from server.observing.test_traces import ATTRIBUTES, CALLERS_TRACE, TRACEPARENT, collector, line_of_log, lost
from servers.collector import Collector, Seen
from servers.process import free_port
from world.device import Device
from world.running import Running

__all__ = ["apart", "collector", "line_of_log", "patient"]


def of(collector: Collector, service: str = "inscope-authority") -> list[Seen]:
    return [span for span in collector.spans if span.about["service.name"] == service]


@pytest.fixture
def ratio() -> float:
    """Of the server's traces; the authority's own draw is always for it."""
    return 1.0


@pytest.fixture
async def traced(apart: Apart, collector: Collector) -> Apart:
    """The authority, begun again with a collector."""
    await apart.stop()
    apart.config = replace(apart.config, traces_endpoint=collector.endpoint)
    await apart.start()
    return apart


@pytest.fixture
def begun() -> None:
    """The story begins on this server, whose authority's key lies elsewhere."""


@pytest.fixture
async def server(
    database_url: str, tmp_path: Path, traced: Apart, collector: Collector, ratio: float
) -> AsyncIterator[Running]:
    running = await Running.start(
        database_url, tmp_path / "server", traced.clock, authority_url=traced.url,
        authority_secret_file=str(traced.config.authority_secret), traces_endpoint=collector.endpoint,
        traces_ratio=ratio,
    )  # fmt: skip
    yield running
    await running.close()


async def all_told(running: Running, apart: Apart) -> None:
    """Both have sent what they had."""
    await running.server.traces.close()
    await apart.stop()


async def test_one_trace_shows_both_processes(
    server: Running, intern: Device, traced: Apart, patient: Any, collector: Collector
) -> None:
    scope, _ = await consent_of(intern, [intern.me], patient)
    asked = {"nonce": NONCE, "consents": [scope.consent]}
    assert (await intern.call("POST", "/api/consent-status", asked)).status == 200
    await all_told(server, traced)
    for path in ("/status", "/answer"):
        (asking,) = [span for span in of(collector, "inscope") if span.name == f"authority POST {path}"]
        (asked_of,) = [span for span in of(collector) if span.name == f"POST {path}"]
        assert (asked_of.trace, asked_of.parent) == (asking.trace, asking.span)
        inner = [span.name for span in of(collector) if span.parent == asked_of.span]
        assert "database read" in inner
        assert asked_of.attributes["http.response.status_code"] == 200 and not asked_of.is_error
    assert "memory write" in [span.name for span in of(collector)], "what it said to stand"
    own = re.compile("(GET|POST) /(identity|reach|status|answer|version)|database read|memory write")
    assert [span.name for span in of(collector) if not own.fullmatch(span.name)] == []
    assert {key for span in of(collector) for key in span.attributes} <= ATTRIBUTES
    assert not re.search(rb"\b[a-z]{3}_[\w-]{16,}|127[.]0[.]0[.]1", bytes(collector.raw)), "an id or an address"


async def test_what_it_refuses_is_told_by_its_code(
    server: Running, intern: Device, traced: Apart, patient: Any, collector: Collector
) -> None:
    assert await traced.asked("/answer", b"{}", "Quillfeather") == (400, "malformed")
    await all_told(server, traced)
    (refused,) = [span for span in of(collector) if span.name == "POST /answer"]
    assert (refused.attributes["inscope.failure"], refused.is_error) == ("malformed", False)
    assert b"Quillfeather" not in collector.raw


@pytest.mark.parametrize("ratio", [0.0])
async def test_what_the_server_does_not_record_the_authority_does_not(
    server: Running, intern: Device, traced: Apart, patient: Any, collector: Collector
) -> None:
    await consent_of(intern, [intern.me], patient)
    await all_told(server, traced)
    assert [span.name for span in collector.spans if span.name == "POST /answer"] == []


async def test_who_does_not_know_the_secret_leaves_no_trace_and_numbers_none(
    server: Running, traced: Apart, collector: Collector
) -> None:
    async with aiohttp.ClientSession() as stranger:
        for headers in (TRACEPARENT, {**TRACEPARENT, "Authorization": "Bearer Quillfeather"}):
            async with stranger.get(f"{traced.url}/identity", headers=headers) as answer:
                assert answer.status == 401
    async with server.server.authority._http.get(f"{traced.url}/identity", headers=TRACEPARENT) as answer:  # type: ignore[attr-defined]
        assert answer.status == 200
    await all_told(server, traced)
    known = [span.trace for span in of(collector) if span.name == "GET /identity"]
    assert known.count(CALLERS_TRACE) == 1 and len(known) == 2, "at its start, and by who knows the secret"
    assert b"Quillfeather" not in collector.raw, "nor what else came with it"


async def test_a_dead_collector_costs_spans_only(
    apart: Apart, collector: Collector, line_of_log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "EXPORT_SECONDS", 0.2)
    await apart.stop()
    apart.config = replace(apart.config, traces_endpoint=f"http://127.0.0.1:{free_port()}/v1/traces")
    before = lost()
    await apart.start()
    assert (await apart.asked("/status", b"{}", ""))[0] == 400
    await apart.stop()
    assert lost() - before == 1
    assert line_of_log("traces_endpoint takes spans no longer: they are lost")["level"] == "warning"
