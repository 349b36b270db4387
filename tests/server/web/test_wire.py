"""What a connection reads and is told: frames whole and in order, never without bound, and a beat for who is silent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import WSCloseCode, WSMsgType

from inscope_server.caller import Caller
from inscope_server.web.connections import Connections
from inscope_server.web.heartbeat import Heartbeat
from inscope_server.web.wire import (
    BEAT_SECONDS,
    BUFFER_LIMIT,
    FRAME_LIMIT,
    MOST_ACTS,
    MOST_AT_ONCE,
    MOST_UNREAD,
    PING_SECONDS,
    PONG_SECONDS,
    Wire,
)

MASK = b"\x01\x02\x03\x04"


class Transport:
    """Takes all; says that `waiting` bytes are not gone yet."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.waiting, self.aborted, self.closing, self.reading = 0, False, False, True

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def is_closing(self) -> bool:
        return self.closing

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def close(self) -> None:
        self.closing = True

    def abort(self) -> None:
        self.aborted = self.closing = True

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


class Ear:
    """`heard`: the packets, in order; `act`: what is done about one."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.act: Callable[[Wire, str], None] = lambda _wire, _packet: None

    def hear(self, wire: Wire, data: str) -> None:
        self.heard.append(data)
        self.act(wire, data)

    def lost(self, _wire: Wire) -> None: ...


def connection() -> tuple[Wire, Any, Ear]:
    ear = Ear()
    wire = Wire(ear, None, None, "", now=0.0)  # type: ignore[arg-type]
    transport: Any = Transport()
    wire.transport = transport
    return wire, transport, ear


def frame(body: bytes, opcode: int = WSMsgType.TEXT, *, last: bool = True, size: int | None = None) -> bytes:
    """Of a client (RFC 6455 section 5.2); `size`: what it says that it has."""
    size = len(body) if size is None else size
    length = bytes((0x80 | size,)) if size < 126 else b"\xff" + size.to_bytes(8, "big")
    masked = bytes(byte ^ MASK[place % 4] for place, byte in enumerate(body))
    return bytes((0x80 * last | opcode,)) + length + MASK + masked


async def test_frames_of_one_turn_go_in_one_write_in_their_order() -> None:
    wire, transport, _ = connection()
    assert all(wire.push(frame) for frame in (b"one", b"two"))
    wire.answer(7, 1)
    await asyncio.sleep(0)
    assert wire.push(b"three")
    await asyncio.sleep(0)
    assert transport.writes == [b"onetwo\x81\x06437[1]", b"three"]


async def test_a_turn_that_tells_more_than_a_reader_may_fall_behind_is_refused() -> None:
    wire, _, _ = connection()
    large = bytes(BUFFER_LIMIT // 4)
    assert [wire.push(large) for _ in range(6)] == [True, True, True, True, True, False]


async def test_nothing_is_written_to_a_connection_that_ends_meanwhile() -> None:
    wire, transport, _ = connection()
    wire.push(b"one")
    transport.closing = True
    await asyncio.sleep(0)
    assert transport.writes == []


@pytest.mark.parametrize("told", ["answers", "pongs"])
async def test_what_is_written_and_not_read_is_counted_and_cut_off(told: str) -> None:
    """However short: what the transport keeps of each write is long."""
    wire, transport, _ = connection()
    transport.waiting = 1
    for number in range(MOST_UNREAD + 1):
        assert not transport.aborted
        if told == "answers":
            wire.answer(number, {})
        else:
            wire.data_received(frame(b"", WSMsgType.PING))
        await asyncio.sleep(0)
    assert transport.aborted


async def test_frames_are_read_however_they_are_cut() -> None:
    wire, transport, ear = connection()
    sent = frame(b"42a") + frame(b"4", last=False) + frame(b"ping", WSMsgType.PING)
    sent += frame(b"2b", WSMsgType.CONTINUATION) + frame(b"4" + b"c" * 300)
    for byte in sent:
        wire.data_received(bytes((byte,)))
    await asyncio.sleep(0)
    assert ear.heard == ["2a", "2b", "c" * 300]
    assert transport.writes == [b"\x8a\x04ping"]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(b"4\xff"), WSCloseCode.INVALID_TEXT),
        (frame(b"", size=FRAME_LIMIT + 1), WSCloseCode.MESSAGE_TOO_BIG),
        (frame(b"4", WSMsgType.CONTINUATION), WSCloseCode.PROTOCOL_ERROR),
        (b"GET / HTTP/1.1\r\n\r\n", WSCloseCode.PROTOCOL_ERROR),
        (frame(int(WSCloseCode.GOING_AWAY).to_bytes(2, "big"), WSMsgType.CLOSE), WSCloseCode.OK),
        (frame(b"1"), WSCloseCode.OK),
    ],
    ids=["no text", "too large", "no beginning", "no frame", "a farewell", "Engine.IO's farewell"],
)
async def test_whatever_ends_a_connection_is_said_and_nothing_is_heard_after_it(sent: bytes, code: int) -> None:
    wire, transport, ear = connection()
    wire.data_received(sent + frame(b"42a"))
    wire.data_received(frame(b"42b"))
    await asyncio.sleep(0)
    assert (ear.heard, transport.writes) == ([], [b"\x88\x02" + int(code).to_bytes(2, "big")])
    assert wire.ending and wire.push(b"more")
    await asyncio.sleep(0)
    assert len(transport.writes) == 1


@pytest.mark.parametrize(
    "sent", [frame(b"42a", WSMsgType.BINARY), frame(b"x"), frame(b""), frame(b"33"), frame(b"2")], ids=repr
)
async def test_what_no_client_sends_cuts_the_connection(sent: bytes) -> None:
    wire, transport, ear = connection()
    wire.data_received(sent + frame(b"42a"))
    assert transport.aborted and not ear.heard


async def test_a_listener_that_fails_ends_that_connection(caplog: pytest.LogCaptureFixture) -> None:
    wire, transport, ear = connection()

    def fail(_wire: Wire, _packet: str) -> None:
        raise RuntimeError("unforeseen")

    ear.act = fail
    wire.data_received(frame(b"42a"))
    assert transport.aborted
    assert [record.message for record in caplog.records] == ["a frame was not taken"]


async def test_what_follows_a_packet_that_takes_its_time_waits_in_order() -> None:
    wire, transport, ear = connection()
    task = asyncio.create_task(asyncio.sleep(0))
    ear.act = lambda wire, packet: wire.hold(task) if packet == "0" else None
    wire.data_received(frame(b"40") + frame(b"42a") + frame(b"40") + frame(b"42b") + frame(b"42c"))
    assert (ear.heard, transport.reading) == (["0"], False)
    wire.go_on()
    assert (ear.heard, transport.reading) == (["0", "2a", "0"], False)
    wire.go_on()
    assert (ear.heard, transport.reading) == (["0", "2a", "0", "2b", "2c"], True)


async def test_who_sends_faster_than_is_kept_is_read_on_as_there_is_room() -> None:
    wire, transport, ear = connection()
    ear.act = lambda wire, _packet: wire.keeping(1)
    wire.data_received(frame(b"42a") * (MOST_AT_ONCE - 1))
    assert transport.reading
    wire.data_received(frame(b"42b") * 3)
    assert (len(ear.heard), transport.reading) == (MOST_AT_ONCE, False)
    for kept in range(3):
        assert (len(ear.heard), transport.reading) == (MOST_AT_ONCE + min(kept, 2), False)
        wire.keeping(-1)
    assert (len(ear.heard), transport.reading) == (MOST_AT_ONCE + 2, True)


async def test_who_joins_again_and_again_is_cut_off() -> None:
    wire, transport, ear = connection()
    task = asyncio.create_task(asyncio.sleep(0))
    ear.act = lambda wire, _packet: wire.hold(task)
    wire.data_received(frame(b"40") * 30_000)
    for _ in range(MOST_ACTS):
        assert not transport.aborted
        wire.go_on()
    assert transport.aborted
    wire.go_on()
    assert len(ear.heard) == MOST_ACTS + 1


async def test_a_client_is_asked_whether_it_is_there_and_cut_off_if_it_does_not_say_so() -> None:
    wire, transport, _ = connection()
    moments = [PING_SECONDS - BEAT_SECONDS, PING_SECONDS, PING_SECONDS + PONG_SECONDS]
    for moment, pings in zip(moments, (0, 1, 1), strict=True):
        wire.beat(moment)
        wire.data_received(frame(b"42a"))
        await asyncio.sleep(0)
        assert (transport.writes, transport.aborted) == ([b"\x81\x012"] * pings, False)
    wire.beat(PING_SECONDS + PONG_SECONDS + BEAT_SECONDS)
    assert transport.aborted


async def test_who_answers_is_asked_again() -> None:
    wire, transport, _ = connection()
    now = asyncio.get_running_loop().time()
    for _ in range(2):
        wire.beat(now + PING_SECONDS)
        wire.data_received(frame(b"3"))
        await asyncio.sleep(0)
        now = asyncio.get_running_loop().time()
    assert transport.writes == [b"\x81\x012"] * 2 and not transport.aborted


async def test_a_connection_whose_beat_fails_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    (failing, cut, _), (wire, transport, _) = connection(), connection()
    cut.is_closing = None
    connections = Connections()
    for number, each in enumerate((failing, wire)):
        each.caller = Caller("", str(number), "", "", 0, True)
        connections.add(each)
    Heartbeat(connections).beat(float(PING_SECONDS))
    await asyncio.sleep(0)
    assert (transport.writes, cut.aborted) == ([b"\x81\x012"], True)
    assert [record.message for record in caplog.records] == ["a connection has no beat"]
