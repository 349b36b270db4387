"""Traces, as a collector has them: where the time went, and nothing of whom or what it was about."""

from __future__ import annotations

import asyncio
import io
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from inscope_protocol.encoding import encode_base64url
from inscope_server import cli
from inscope_server.config import Config, ConfigError
from inscope_server.directory.service import Directory
from inscope_server.observing import exporting, span_queue
from inscope_server.observing.instruments import SPANS_LOST
from inscope_server.observing.logs import start_log
from inscope_server.observing.traces import Traces
from server.web.line import Line
from servers.collector import Collector, Seen
from servers.process import free_port
from world import mls
from world.device import Device, new_id
from world.running import Running, TestClock

TOKEN = "aSecretOfTheCollectors"
ATTRIBUTES = {"http.request.method", "http.route", "http.response.status_code", "inscope.failure", "error.type"}
CALLERS_TRACE, CALLERS_SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = {"traceparent": f"00-{CALLERS_TRACE}-{CALLERS_SPAN}-01", "tracestate": "who=Quillfeather"}
Start = Callable[..., Any]


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.close()


@pytest.fixture
async def start(database_url: str, tmp_path: Path, collector: Collector) -> AsyncIterator[Start]:
    """A server that sends its traces to the collector."""
    started: list[Running] = []

    async def serve(**settings: Any) -> Running:
        settings = {"traces_endpoint": collector.endpoint, **settings}
        started.append(await Running.start(database_url, tmp_path, TestClock(), **settings))
        return started[-1]

    yield serve
    for running in started:
        await running.close()


@pytest.fixture
async def server(start: Start) -> Running:
    running: Running = await start()
    return running


@pytest.fixture
def line_of_log() -> Callable[[str], dict[str, Any]]:
    """The one line of the log with this message."""
    written = io.StringIO()
    start_log("json", written)

    def line(message: str) -> dict[str, Any]:
        (found,) = [one for one in map(json.loads, written.getvalue().splitlines()) if one["message"] == message]
        return dict(found)

    return line


async def named(collector: Collector, name: str, count: int = 1) -> list[Seen]:
    """The spans of this name, once there are as many and everything around them has come."""

    def those(spans: list[Seen]) -> list[Seen]:
        return [span for span in spans if span.name == name]

    spans = await asyncio.to_thread(collector.wait, lambda spans: len(those(spans)) >= count)
    return those(spans)


def parts(collector: Collector, root: Seen) -> list[str]:
    return [span.name for span in collector.spans if (span.trace, span.parent) == (root.trace, root.span)]


def message(thread: str) -> dict[str, Any]:
    one = new_id("msg")
    raw = encode_base64url(mls.private_message(thread, 1, one, []))
    return {"thread": thread, "message": one, "epoch": 1, "mls": raw, "disclosures": []}


def lost() -> float:
    return float(SPANS_LOST._value.get())


async def test_a_request_is_named_by_its_route_and_has_its_parts(
    story: Any, intern: Device, specialist: Device, collector: Collector
) -> None:
    thread = await story.case(intern, specialist)
    route = "/api/threads/{thread}/log"
    assert (await intern.call("GET", f"/api/threads/{thread}/log?after=0&limit=5")).status == 200
    (root,) = await named(collector, f"GET {route}")
    told = {"http.request.method": "GET", "http.route": route, "http.response.status_code": 200}
    assert (root.attributes, root.parent, root.is_error) == (told, "", False)
    assert "database read" in parts(collector, root)
    assert root.about["service.name"] == "inscope" and root.about["service.version"]


async def test_a_refusal_is_told_by_its_code_and_is_no_fault(intern: Device, collector: Collector) -> None:
    assert intern.http is not None
    intern.http.cookie_jar.clear()
    assert (await intern.call("GET", "/api/threads")).code == "not_signed_in"
    (root,) = [one for one in await named(collector, "GET /api/threads") if one.attributes.get("inscope.failure")]
    assert root.attributes["inscope.failure"] == "not_signed_in"
    assert root.attributes["http.response.status_code"] == 401 and not root.is_error


async def test_an_unforeseen_failure_is_found_by_the_number_in_the_log(
    intern: Device, collector: Collector, monkeypatch: pytest.MonkeyPatch, line_of_log: Any
) -> None:
    async def breaks(directory: Directory, *_: Any) -> Any:
        async with directory.database.read():
            raise RuntimeError("Wilhelmina Quillfeather")

    monkeypatch.setattr(Directory, "search", breaks)
    assert (await intern.call("GET", "/api/directory?q=Quillfeather")).code == "server_busy"
    (root,) = await named(collector, "GET /api/directory")
    assert root.is_error and root.attributes["error.type"] == root.attributes["inscope.failure"] == "server_busy"
    assert line_of_log("a request failed")["trace_id"] == root.trace
    assert "RuntimeError" in [span.attributes.get("error.type") for span in collector.spans if span.parent == root.span]
    assert b"Quillfeather" not in collector.raw


async def test_an_event_of_a_socket_is_a_trace_with_what_it_led_to(
    story: Any, intern: Device, specialist: Device, collector: Collector
) -> None:
    thread, line = await story.case(intern, specialist), await Line.open(intern)
    assert "ok" in await line.send(message(thread), 1)
    assert "error" in await line.send({"thread": thread}, 2)
    sent, refused = await named(collector, "socket send", 2)
    assert sorted(parts(collector, sent)) == ["database write", "socket entry"]
    assert (sent.attributes, sent.parent) == ({}, "")
    assert refused.attributes == {"inscope.failure": "malformed"} and not refused.is_error
    assert len(await named(collector, "socket connect")) == 1
    await line.close()


async def test_what_several_messages_share_is_linked_to_each(
    story: Any, intern: Device, specialist: Device, collector: Collector
) -> None:
    thread, line = await story.case(intern, specialist), await Line.open(intern)
    assert all("ok" in one for one in await asyncio.gather(*(line.send(message(thread), n) for n in range(12))))
    roots = await named(collector, "socket send", 12)
    assert all("socket entry" in parts(collector, root) for root in roots)
    traces = {root.trace for root in roots}
    writes = [span for span in collector.spans if span.name == "database write" and span.trace in traces]
    assert len(writes) < 12, "some were committed together"
    assert {trace for write in writes for trace in (write.trace, *write.links)} >= traces
    await line.close()


async def test_a_caller_chooses_neither_the_number_nor_that_it_is_recorded(
    start: Start, collector: Collector, line_of_log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = await start()
    device = Device(running, None, None)  # type: ignore[arg-type]
    await device.call("GET", "/api/threads", headers=TRACEPARENT)
    (root,) = await named(collector, "GET /api/threads")
    assert (root.trace != CALLERS_TRACE, root.parent) == (True, "")
    await running.close()
    before = len(collector.spans)
    unrecorded = await start(traces_ratio=0.0)
    await device.close()
    device = Device(unrecorded, None, None)  # type: ignore[arg-type]

    async def breaks(*_: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr(unrecorded.server.accounts, "caller", breaks)
    assert (await device.call("GET", "/api/threads", headers=TRACEPARENT)).status == 503
    await device.close()
    await unrecorded.server.traces.close()
    assert len(collector.spans) == before
    assert re.fullmatch("[0-9a-f]{32}", line_of_log("a request failed")["trace_id"]), (
        "lines belong together all the same"
    )


async def test_only_words_of_ours_are_told(
    story: Any, intern: Device, specialist: Device, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread, line = await story.case(intern, specialist), await Line.open(specialist)
    await intern.say(thread)
    await intern.call("GET", "/api/directory?q=Okafor")
    await intern.call("GET", f"/api/threads/{new_id('thr')}/log?after=0&limit=5")
    assert intern.http is not None
    for path in ("/s/Quillfeather", "/patient?language=Quillfeather", "/%51uillfeather"):
        async with intern.http.get(path, headers={"User-Agent": "Quillfeather", **TRACEPARENT}):
            pass
    await line.close()
    await intern.running.server.traces.close()
    spans = collector.spans
    routes = {f"{route.method} {route.path}" for route in intern.running.server.routes()}
    own = re.compile(r"(database|images|socket|authority) [A-Za-z/ ]+")
    assert len(spans) > 20
    assert [span.name for span in spans if span.name not in routes and not own.fullmatch(span.name)] == []
    assert {key for span in spans for key in span.attributes} <= ATTRIBUTES
    assert not re.search(rb"\b[a-z]{3}_[\w-]{16,}", bytes(collector.raw)), "an identifier"
    for word in (b"Quillfeather", b"Okafor", b"127.0.0.1", b"localhost", bytes.fromhex(CALLERS_TRACE)):
        assert word not in collector.raw


async def test_a_token_comes_from_the_environment(
    start: Start, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"authorization=Bearer%20{TOKEN}")
    await (await start()).server.traces.close()
    running = await start()
    device = Device(running, None, None)  # type: ignore[arg-type]
    await device.call("GET", "/api/threads")
    await named(collector, "GET /api/threads")
    assert collector.headers["authorization"] == f"Bearer {TOKEN}"
    await device.close()


@pytest.mark.parametrize("takes", ["none", "silent", "away"])
async def test_without_a_collector_nobody_waits_and_what_is_lost_is_counted(
    start: Start, collector: Collector, takes: Any, monkeypatch: pytest.MonkeyPatch, line_of_log: Any
) -> None:
    monkeypatch.setattr(exporting, "EXPORT_SECONDS", 0.2)
    collector.takes = takes
    before = lost()
    running = await start(
        **({"traces_endpoint": f"http://127.0.0.1:{free_port()}/v1/traces"} if takes == "away" else {})
    )
    device = Device(running, None, None)  # type: ignore[arg-type]
    for _ in range(30):
        assert (await device.call("GET", "/api/threads")).status == 401
    await device.close()
    await running.server.traces.close()
    assert lost() - before == 30
    assert line_of_log("traces_endpoint takes spans no longer: they are lost")["level"] == "warning"


async def test_a_silent_collector_holds_up_the_end_for_a_while_only(
    start: Start, collector: Collector, monkeypatch: pytest.MonkeyPatch, line_of_log: Any
) -> None:
    monkeypatch.setattr(exporting, "EXPORT_SECONDS", 600.0)
    monkeypatch.setattr(exporting, "FLUSH_SECONDS", 0.3)
    collector.takes, before = "silent", lost()
    running = await start()
    device = Device(running, None, None)  # type: ignore[arg-type]
    await device.call("GET", "/api/threads")
    await device.close()
    async with asyncio.timeout(10):
        await running.close()
    assert line_of_log(f"{lost() - before:.0f} spans are lost: traces_endpoint did not take them in time")


async def test_a_collector_that_comes_back_is_told_of_what_follows(
    start: Start, collector: Collector, line_of_log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(span_queue, "DELAY_SECONDS", 0.05)
    collector.takes = "none"
    running = await start()
    device = Device(running, None, None)  # type: ignore[arg-type]
    await device.call("GET", "/api/threads")
    await asyncio.to_thread(collector.wait, lambda _: collector.requests > 0)
    collector.takes = "all"
    await device.call("GET", "/api/consents/con_none")
    await named(collector, "GET /api/consents/{consent}")
    await device.close()
    await running.server.traces.close()
    assert line_of_log("traces_endpoint takes spans again")


def test_more_than_there_is_room_for_is_lost_and_counted(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(span_queue, "MOST_WAITING", 8)
    monkeypatch.setattr(span_queue, "MOST_AT_ONCE", 4)
    collector.takes, before = "silent", lost()
    sending = exporting.Exporting("inscope", collector.endpoint, 1.0)
    for _ in range(50):
        with sending.work("socket send"):
            pass
    dropped = lost() - before
    assert dropped == 42, "of fifty, there is room for eight"
    collector.takes = "all"
    collector.over.set()
    sending.provider.shutdown()
    assert len(collector.spans) + (lost() - before) == 50


async def test_what_waits_is_sent_before_the_process_ends(start: Start, collector: Collector) -> None:
    running = await start()
    device = Device(running, None, None)  # type: ignore[arg-type]
    await device.call("GET", "/api/threads")
    await device.close()
    await running.close()
    assert [span.name for span in collector.spans if not span.parent] == ["GET /api/threads"]


def test_nothing_of_it_is_imported_where_it_is_off() -> None:
    ours = "inscope_server.observing.exporting", "opentelemetry.sdk.trace", "opentelemetry.exporter"
    program = (
        f"import sys, inscope_server.app, inscope_server.cli; print([one for one in {ours} if one in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "[]"


def test_without_its_packages_the_setting_is_refused_in_words(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("exporting", "span_queue"):
        monkeypatch.delitem(sys.modules, f"inscope_server.observing.{name}")
        monkeypatch.delattr(f"inscope_server.observing.{name}")
    for name in ("opentelemetry.context", "opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http"):
        monkeypatch.setitem(sys.modules, name, None)
    config = Config(database_url=sqlite_url, data_dir=str(tmp_path), traces_endpoint="http://127.0.0.1:4318/v1/traces")
    with pytest.raises(ConfigError, match=r"traces_endpoint: .*not installed: pip install -r requirements-traces\.txt"):
        Traces().start(config.traces_endpoint, config.traces_ratio)
    monkeypatch.setenv("INSCOPE_TRACES_ENDPOINT", config.traces_endpoint)
    monkeypatch.setenv("INSCOPE_DATABASE_URL", sqlite_url)
    with pytest.raises(SystemExit):
        cli.main(["check", "--json"])
    found = [one for one in json.loads(capsys.readouterr().out) if one["about"] == "traces_endpoint"]
    assert [(one["weight"], one["message"]) for one in found] == [
        ("wrong", "the packages that send traces are not installed")
    ]
