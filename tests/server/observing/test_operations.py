"""The operators' own port: alive, ready, counted; and nothing of it on the public address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from inscope_server.errors import Refusal
from inscope_server.observing.instruments import UNREADABLE
from inscope_server.observing.operations import Part
from inscope_server.observing.parts import events_answer
from servers.process import free_port
from servers.valkey import Valkey
from world.running import Running, TestClock


@pytest.fixture
async def watched(database_url: str, tmp_path: Path, valkey: Valkey) -> AsyncIterator[Running]:
    port = free_port()
    running = await Running.start(
        database_url, tmp_path, TestClock(), operations_port=port, redis_url=valkey.url, log_key_file=f"{tmp_path}/key"
    )
    yield running
    await running.close()


async def _get(running: Running, path: str) -> tuple[int, str]:
    address = f"http://127.0.0.1:{running.server.config.operations_port}"
    async with aiohttp.ClientSession(address) as http, http.get(path) as response:
        return response.status, await response.text()


async def _ready(running: Running) -> tuple[int, dict[str, object]]:
    address = f"http://127.0.0.1:{running.server.config.operations_port}"
    async with aiohttp.ClientSession(address) as http, http.get("/ready") as response:
        return response.status, await response.json()


async def test_all_that_it_stands_on_is_up(watched: Running) -> None:
    status, told = await _ready(watched)
    parts = {"database": "up", "images": "up", "events": "up"}
    assert (status, told) == (200, {"ready": True, "draining": False, "parts": parts})
    assert (await _get(watched, "/live"))[0] == 200


async def test_without_its_database_it_is_not_ready_and_alive(
    watched: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OSError("no route")

    monkeypatch.setattr(watched.server.database, "read", away)
    status, told = await _ready(watched)
    assert status == 503 and not told["ready"]
    assert told["parts"] == {"database": "down", "images": "up", "events": "up"}
    assert (await _get(watched, "/live"))[0] == 200


async def test_text_goes_on_without_images_and_events_so_it_stays_ready(
    database_url: str, tmp_path: Path, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = await Running.start(
        database_url, tmp_path, TestClock(), operations_port=free_port(), redis_url=valkey.url,
        log_key_file=f"{tmp_path}/key", blob_url=f"s3://no-such-bucket/x?endpoint=http://127.0.0.1:{free_port()}",
    )  # fmt: skip
    monkeypatch.setattr("inscope_server.observing.operations.PATIENCE_SECONDS", 0.5)
    valkey_url = f"redis://127.0.0.1:{free_port()}"
    parts = running.server.operations.parts
    running.server.operations.parts = [*parts[:2], Part("events", partial(events_answer, valkey_url))]
    status, told = await _ready(running)
    await running.close()
    assert (status, told["ready"]) == (200, True)
    assert told["parts"] == {"database": "up", "images": "down", "events": "down"}


async def test_a_copy_of_the_log_that_cannot_be_written_is_told(database_url: str, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere" / "log_copy"
    running = await Running.start(
        database_url, tmp_path, TestClock(), operations_port=free_port(), log_copy_file=str(copy)
    )
    assert (await _ready(running))[1]["parts"] == {"database": "up", "images": "up", "log copy": "up"}
    held = copy.read_bytes()
    copy.write_bytes(held.replace(b"log_", b"log_A", 1))
    assert (await _ready(running))[1]["parts"]["log copy"] == "down", "it is of another log"
    copy.write_bytes(held)
    assert (await _ready(running))[1]["parts"]["log copy"] == "up"
    copy.rename(tmp_path / "moved")
    copy.mkdir()
    status, told = await _ready(running)
    assert (status, told["ready"]) == (200, True)
    assert told["parts"] == {"database": "up", "images": "up", "log copy": "down"}
    copy.rmdir()
    assert (await _ready(running))[1]["parts"]["log copy"] == "up", "begun anew"
    await running.close()


@pytest.mark.parametrize("port", ["port", "operations_port"])
async def test_what_is_no_http_is_counted_and_leaves_no_line(
    watched: Running, port: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = UNREADABLE._value.get()
    reader, writer = await asyncio.open_connection("127.0.0.1", getattr(watched.server.config, port))
    writer.write(b"BLAH BLAH\r\n\r\n")
    assert b'"malformed"' in await reader.read()
    writer.close()
    assert UNREADABLE._value.get() == before + 1
    assert caplog.records == []
    assert "inscope_unreadable_requests_total" in (await _get(watched, "/metrics"))[1]


async def test_requests_and_decisions_are_counted_without_naming_anybody(watched: Running) -> None:
    async with aiohttp.ClientSession(watched.origin) as http:
        async with http.get("/api/threads/thr_secretSECRETsecretSE/log?after=0&limit=5") as response:
            assert response.status == 401
        async with http.get("/s/Quillfeather") as response:
            assert response.status == 404
    status, counted = await _get(watched, "/metrics")
    assert status == 200
    assert 'inscope_request_seconds_count{method="GET",route="/api/threads/{thread}/log",status="401"}' in counted
    assert "secretSECRET" not in counted and "Quillfeather" not in counted
    assert "inscope_sockets 0.0" in counted and "inscope_write_seconds_count" in counted


async def test_nothing_of_it_is_on_the_public_address(watched: Running) -> None:
    async with aiohttp.ClientSession(watched.origin) as http:
        for path in ("/live", "/ready", "/metrics"):
            async with http.get(path) as response:
                assert response.status == 404


async def test_a_part_that_says_nothing_is_down_after_a_while(
    watched: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent() -> None:
        await asyncio.sleep(60)

    async def refuses() -> None:
        raise Refusal("authority_unavailable")

    monkeypatch.setattr("inscope_server.observing.operations.PATIENCE_SECONDS", 0.05)
    watched.server.operations.parts = [Part("database", silent, needed=True), Part("authority", refuses)]
    status, told = await _ready(watched)
    assert (status, told["parts"]) == (503, {"database": "down", "authority": "down"})
