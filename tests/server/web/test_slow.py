"""Who sends slowly holds a connection no longer than the slowest line needs; who sends nothing, no longer than idle."""

from __future__ import annotations

import asyncio
import time

import pytest

from inscope_server.web import http_server, intake
from server.web.exchange import TUS, Said, read_answer, request


@pytest.fixture(autouse=True)
def little_patience(monkeypatch):
    monkeypatch.setattr(intake, "PATIENCE_SECONDS", 0.5)
    monkeypatch.setattr(http_server, "HEAD_SECONDS", 0.5)
    monkeypatch.setattr(http_server, "IDLE_SECONDS", 1.5)


async def trickled(server, at_once: bytes, rest: bytes, piece: int, each: float) -> tuple[Said, float]:
    """The answer, and after how many seconds the server had done with the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.server.config.port)
    began = time.monotonic()

    async def send() -> None:
        writer.write(at_once)
        for start in range(0, len(rest), piece):
            await asyncio.sleep(each)
            writer.write(rest[start : start + piece])

    sending = asyncio.create_task(send())
    try:
        head = await asyncio.wait_for(reader.read(65536), 20)
    except ConnectionResetError:  # What was sent to a connection that had ended.
        head = b""
    took = time.monotonic() - began
    sending.cancel()
    writer.close()
    return read_answer(head, not head), took


def upload(intern, blob: str, size: int) -> tuple[bytes, bytes]:
    body = b"x" * size
    return request("PATCH", f"/api/uploads/{blob}", intern, body, **TUS)[:-size], body


async def blob_of(story, intern, specialist) -> str:
    thread, scope = await story.case(intern, specialist), intern.scope([intern.me, specialist.me])
    await intern.record(scope, thread)
    return str((await intern.ask(thread, scope)).data["blob"])


async def test_a_body_that_trickles_is_refused_whatever_it_says_of_its_size(server, story, intern, specialist):
    for size in (100, 1_000_000):
        blob = await blob_of(story, intern, specialist)
        answer, took = await trickled(server, *upload(intern, blob, size), piece=1, each=0.1)
        assert (answer.status, answer.code) == (408, "too_slow")
        assert took < 3


async def test_a_poor_line_that_keeps_its_pace_passes(server, story, intern, specialist):
    """Longer than the patience alone: 8 KB at 40 kbit/s."""
    blob = await blob_of(story, intern, specialist)
    answer, took = await trickled(server, *upload(intern, blob, 8000), piece=1000, each=0.2)
    assert answer.status == 204 and took > 1.5


async def test_a_head_that_trickles_ends_the_connection(server, intern):
    head = request("GET", "/api/session", intern)
    for at_once, rest in ((b"", head), (head[:-2], b"X: " + b"a" * 50), (head[:10], b"")):
        answer, took = await trickled(server, at_once, rest, piece=1, each=0.1)
        assert (answer.ended, answer.status) == (True, 0)
        assert 0.4 < took < 1.4


async def test_a_connection_that_asks_nothing_more_ends(server, intern):
    reader, writer = await asyncio.open_connection("127.0.0.1", server.server.config.port)
    for _ in range(2):
        writer.write(request("GET", "/api/session", intern, Connection=b"keep-alive"))
        assert b"200 OK" in await asyncio.wait_for(reader.read(65536), 5)
        await asyncio.sleep(0.8)  # Longer than a head has: it is idle, not slow.
    while await asyncio.wait_for(reader.read(65536), 5):
        pass
    writer.close()
