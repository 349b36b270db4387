"""Whoever can write into Redis can say nothing to a device, do nothing to a connection, and deafen no process."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from msgspec import Raw
from redis.asyncio import Redis

from inscope_server.clock import Clock
from inscope_server.web.queue_entries import QueueEntries, Told
from processes.cluster import Cluster
from processes.people import Hopping, Ward
from server.web.line import Line
from server.web.test_socket import message

CHANNEL = "socketio"
MANY = 100
HUGE = 20 * 1024 * 1024


class Touch:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


def commands(line: Line, device: Hopping, other: Hopping) -> Iterator[dict[str, Any]]:
    """What python-socketio's own managers say to each other."""
    base = {"namespace": "/", "host_id": secrets.token_hex(16)}
    events = [
        ("entry", {"thread": "thr_x", "seq": 1}), ("goodbye", {"code": "device_revoked"}),
        ("changed", {"what": "consent", "id": "con_x"}), ("welcome", {"thread": "thr_x"}),
    ]  # fmt: skip
    for event, data in events:
        for room in (device.device, [device.device], line.sid, None):
            yield {"method": "emit", "event": event, "data": [data], "binary": False, "room": room, **base}
    yield {"method": "emit", "event": "entry", "data": ["x", "AAAA"], "binary": True, "room": device.device, **base}
    for method in ("disconnect", "leave_room", "close_room"):
        yield {"method": method, "sid": line.sid, "room": device.device, **base}
    yield {"method": "enter_room", "sid": line.sid, "room": other.device, **base}
    yield {"method": "callback", "sid": line.sid, "id": 1, "args": [], **base}


def forged(line: Line, device: Hopping, other: Hopping, made: Path) -> Iterator[bytes]:
    yield pickle.dumps(Touch(made))
    for command in commands(line, device, other):
        yield json.dumps(command).encode()
        yield pickle.dumps(command)
    stranger = QueueEntries(Clock(), secrets.token_bytes(32))
    for event in ("entry", "welcome", "changed", "goodbye", "device ended", "person changed", "taken"):
        yield stranger.made([Told(event, [device.device, device.me], Raw(b'{"thread":"thr_x","seq":1}'))])
    yield from (b"", b"null", b"[]", b'{"method": "emit"}', b"\xff" * 100, b"[" * 100_000)


@asynccontextmanager
async def listening(cluster: Cluster) -> AsyncIterator[tuple[Redis, Any]]:
    """Who has Redis: may say and hear everything there."""
    async with Redis.from_url(cluster.valkey.url) as redis, redis.pubsub(ignore_subscribe_messages=True) as heard:
        await heard.subscribe(CHANNEL)
        yield redis, heard


async def entries_of(heard: Any) -> list[bytes]:
    """What has been said there up to now."""
    messages = [await heard.get_message(timeout=0.02) for _ in range(50)]
    return [message["data"] for message in messages if message is not None]


async def test_a_forged_entry_does_nothing(big_ward: Ward, cluster: Cluster, tmp_path: Path) -> None:
    ines, theo, lena = await big_ward.devices(3)
    thread, others = await ines.create_thread(), await lena.create_thread()
    assert (await ines.commit(thread, adds=[theo])).status == 200
    lines = [await theo.line(place) for place in range(4)]
    async with listening(cluster) as (redis, _):
        for line in lines:
            for entry in forged(line, theo, lena, tmp_path / "made"):
                assert await redis.publish(CHANNEL, entry) == 5, "a process no longer listens"
        await redis.publish(CHANNEL, bytes(HUGE))
    # What is true still arrives, as the next thing that is heard; nothing of another's room does.
    assert (await lena.say(others)).status == 200
    said = await ines.say(thread)
    for line in lines:
        assert (await line.event("entry", 10))["seq"] == said.data["seq"]
        assert line.events == []
        assert not line.ended.is_set()
        assert "ok" not in await line.send({"thread": thread}), "it is read, and malformed"
    assert not (tmp_path / "made").exists()
    for one in lines:
        await one.close()


async def test_a_true_entry_repeated_or_changed_does_nothing(big_ward: Ward, cluster: Cluster) -> None:
    ines, theo = await big_ward.devices(2)
    thread = await ines.create_thread()
    assert (await ines.commit(thread, adds=[theo])).status == 200
    lines = [await theo.line(place) for place in range(4)]
    async with listening(cluster) as (redis, heard):
        assert (await ines.say(thread)).status == 200
        for line in lines:
            await line.event("entry")
        true = [entry for entry in await entries_of(heard) if thread.encode() in entry]
        assert true
        for entry in true:
            changed = entry[:-20] + bytes([entry[-20] ^ 1]) + entry[-19:]
            for again in (entry, changed, entry + b" ", entry[:60]):
                await redis.publish(CHANNEL, again)
    await ines.say(thread)
    for line in lines:
        await line.event("entry")
        await asyncio.sleep(0.1)
        assert line.events == []
        await line.close()


async def test_what_is_told_at_once_shares_an_entry(big_ward: Ward, cluster: Cluster) -> None:
    """And is heard whole, in its order, at every process."""
    ines, theo = await big_ward.devices(2)
    thread = await ines.create_thread()
    assert (await ines.commit(thread, adds=[theo])).status == 200
    lines = [await theo.line(place) for place in range(4)]
    async with listening(cluster) as (_, heard), AsyncExitStack() as closing:
        said = await ines.line(0)
        for line in (said, *lines):
            closing.push_async_callback(line.close)
        answers = await asyncio.gather(*(said.send(message(thread), number) for number in range(MANY)))
        numbers = [answer["ok"]["seq"] for answer in answers]
        for line in lines:
            assert [(await line.event("entry"))["seq"] for _ in numbers] == sorted(numbers)
        entries = [entry for entry in await entries_of(heard) if thread.encode() in entry]
        assert sum(entry.count(b'"mls"') for entry in entries) == MANY
        assert len(entries) < MANY / 2
