"""A Redis that was away: it is looked for often, however long that was."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from redis.asyncio import Redis

from inscope_server.clock import Clock
from inscope_server.web.queue_entries import QueueEntries, Told
from inscope_server.web.redis_frames import AGAIN_SECONDS, RedisSharedFrameManager
from servers.valkey import Valkey

LOOKS = 20
KEY = bytes(32)


@pytest.fixture
def away() -> Iterator[Valkey]:
    valkey = Valkey()
    valkey.kill()
    yield valkey
    valkey.close()


async def test_it_is_heard_soon_after_it_came_back(away: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    sleep, waits, heard = asyncio.sleep, list[float](), asyncio.Queue[Told]()

    async def quickly(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == LOOKS:
            away.start()
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", quickly)
    manager = RedisSharedFrameManager(away.url, QueueEntries(Clock(), KEY), heard.put)
    listener = asyncio.create_task(manager._thread())
    told, other = Told("here", ["a device"]), QueueEntries(Clock(), KEY)
    async with asyncio.timeout(20), Redis.from_url(away.url) as redis:
        while len(waits) < LOOKS or not await redis.publish(manager.channel, other.made([told])):
            await sleep(0.01)
        assert await heard.get() == told
    assert waits == [AGAIN_SECONDS] * LOOKS
    listener.cancel()
    await manager.close()
