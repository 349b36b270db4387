"""What one turn of the event loop tells a connection goes in one write, whole and in order, and never without bound."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from inscope_server.web.frames import BUFFER_LIMIT, MOST_UNREAD, PlainWebSocket


class Transport:
    """Takes all; says that `waiting` bytes are not gone yet."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.waiting, self.aborted, self.closing = 0, False, False

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def is_closing(self) -> bool:
        return self.closing

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def abort(self) -> None:
        self.aborted = True


class Engine:
    async def handle(self, _socket: Any) -> None: ...


def connection() -> tuple[PlainWebSocket, Transport]:
    wire = PlainWebSocket(lambda _: None, lambda *_: None, Engine().handle, None)  # type: ignore[arg-type, return-value]
    wire.transport, wire._sock = Transport(), SimpleNamespace(closed=False)
    return wire, wire.transport


async def test_frames_of_one_turn_go_in_one_write_in_their_order() -> None:
    wire, transport = connection()
    assert all(wire.push(frame) for frame in (b"one", b"two"))
    wire.answer(7, 1)
    await asyncio.sleep(0)
    assert wire.push(b"three")
    await asyncio.sleep(0)
    assert transport.writes == [b"onetwo\x81\x06437[1]", b"three"]


async def test_a_turn_that_tells_more_than_a_reader_may_fall_behind_is_refused() -> None:
    wire, _ = connection()
    large = bytes(BUFFER_LIMIT // 4)
    assert [wire.push(large) for _ in range(6)] == [True, True, True, True, True, False]


async def test_nothing_is_written_to_a_connection_that_ends_meanwhile() -> None:
    wire, transport = connection()
    wire.push(b"one")
    transport.closing = True
    await asyncio.sleep(0)
    assert transport.writes == []


async def test_answers_that_are_not_read_are_counted_and_cut_off() -> None:
    wire, transport = connection()
    transport.waiting = 1
    for number in range(MOST_UNREAD):
        wire.answer(number, {})
    assert not transport.aborted
    wire.answer(0, {})
    assert transport.aborted
