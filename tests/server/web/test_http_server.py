"""What is no HTTP, what breaks off and what would grow: our answer, our headers, and no trace in the log."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct

import pytest

from inscope_server.web.headers import HEADERS
from server.web.exchange import TUS, Said, exchange, request

HOST = b"Host: localhost\r\n"
JSON = b"POST /api/sign-in HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
NOT_HTTP = [
    b"BLAH BLAH\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET http://[::1/ HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET /api/threads/\xff\xfe/log HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET / HTTP/1.1\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
    b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    JSON + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    JSON + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    JSON + b"Content-Length: 2\r\nExpect: something\r\nConnection: close\r\n\r\n{}",
    b"POST /patient HTTP/1.1\r\n" + HOST + b"Content-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 3\r\nConnection: close\r\n\r\na=\xff",
]  # fmt: skip


def as_ours(answer: Said) -> str:
    """The code of an answer that has our shape and our headers, and says nothing of what the server is made of."""
    for name, value in HEADERS.items():
        assert answer.headers[name.lower()] == value, name
    assert answer.headers["content-type"] == "application/json"
    assert answer.message and b"HTTP/1" not in answer.body
    return answer.code


def left_in_the_log(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> str:
    return capfd.readouterr().err + "".join(record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("sent", NOT_HTTP, ids=range(len(NOT_HTTP)))
async def test_what_is_no_http_gets_an_answer_as_data(server, sent, capfd, caplog):
    answer = await exchange(server, sent)
    assert (answer.status, as_ours(answer), answer.ended) == (400, "malformed", True)
    assert left_in_the_log(capfd, caplog) == ""


async def test_what_is_not_there_or_too_large_too(server, capfd, caplog):
    for method, path in (("PATCH", "/api/session"), ("GET", "/api/nothing"), ("OPTIONS", "*"), ("DELETE", "/")):
        answer = await exchange(server, request(method, path))
        assert (answer.status, as_ours(answer)) == (404, "not_found")
    answer = await exchange(server, request("POST", "/api/sign-in", None, b" " * 300_000))
    assert (answer.status, as_ours(answer)) == (413, "too_large")
    assert left_in_the_log(capfd, caplog) == ""


@pytest.mark.parametrize("path", ["/", "/patient", "/api/sheets", "/socket/?EIO=4&transport=websocket"])
async def test_no_answer_names_what_the_server_is_made_of(server, path):
    assert (await exchange(server, request("GET", path))).headers["server"] == "InScope"


@pytest.mark.parametrize("rest", [b"2\r\n{}\r\nzz\r\n", b"5\r\n{}"], ids=["not as announced", "cut short"])
async def test_a_body_that_breaks_leaves_no_trace(server, rest, capfd, caplog):
    head = JSON + b"Transfer-Encoding: chunked\r\n\r\n"
    _, writer = await asyncio.open_connection("127.0.0.1", server.server.config.port)
    writer.write(head)
    await asyncio.sleep(0.1)
    writer.write(rest)
    await asyncio.sleep(0.1)
    _reset(writer)
    await _settled(server)
    assert left_in_the_log(capfd, caplog) == ""


async def test_an_upload_that_breaks_off_keeps_what_came_and_leaves_no_trace(
    server, story, intern, specialist, capfd, caplog
):
    thread, scope = await story.case(intern, specialist), intern.scope([intern.me, specialist.me])
    await intern.record(scope, thread)
    blob = (await intern.ask(thread, scope)).data["blob"]
    before = len(server.runner.server.connections)
    sent = request("PATCH", f"/api/uploads/{blob}", intern, b"x" * 1000, **TUS, Content_Length=b"5000")
    _, writer = await asyncio.open_connection("127.0.0.1", server.server.config.port)
    writer.write(sent)
    async with asyncio.timeout(20):
        while (await intern.offset(blob)).data["Upload-Offset"] != "1000":
            await asyncio.sleep(0.02)
    _reset(writer)
    await _settled(server, before)
    assert (await intern.offset(blob)).data["Upload-Offset"] == "1000"
    assert left_in_the_log(capfd, caplog) == ""


async def test_a_packed_body_is_not_unpacked(server, story, intern, specialist, capfd, caplog):
    thread, scope = await story.case(intern, specialist), intern.scope([intern.me, specialist.me])
    await intern.record(scope, thread)
    blob = (await intern.ask(thread, scope)).data["blob"]
    bomb = gzip.compress(gzip.compress(b" " * 50_000_000))
    for path, body in (("/api/sign-in", bomb), ("/api/sign-in", b"{}"), ("/api/fhir/consents", bomb)):
        for coding in (b"gzip", b"deflate", b"br", b"gzip, gzip"):
            answer = await exchange(server, request("POST", path, intern, body, Content_Encoding=coding))
            assert as_ours(answer) == "malformed" and "Content-Encoding" in answer.message, (path, coding)
    packed = request("PATCH", f"/api/uploads/{blob}", intern, gzip.compress(b"part"), **TUS, Content_Encoding=b"gzip")
    assert (await exchange(server, packed)).code == "malformed"
    assert left_in_the_log(capfd, caplog) == ""


def _reset(writer: asyncio.StreamWriter) -> None:
    """Gone without a good-bye: the other end is told that the connection was reset."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _settled(server, before: int = 0) -> None:
    """Until the server has no more connections than before."""
    async with asyncio.timeout(5):
        while len(server.runner.server.connections) > before:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.1)
