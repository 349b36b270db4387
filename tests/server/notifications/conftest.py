"""A server that calls a push service of this machine, and a device's subscription there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from servers.push_service import PushService
from world.running import Running, TestClock

CONTACT = "mailto:it@riverbend.example"


@pytest.fixture
async def clock() -> TestClock:
    return TestClock()


@pytest.fixture
async def push_service(clock: TestClock) -> AsyncIterator[PushService]:
    service = await PushService.start(clock.now)
    yield service
    await service.close()


@pytest.fixture
async def server(
    database_url: str, tmp_path: Path, clock: TestClock, push_service: PushService
) -> AsyncIterator[Running]:
    running = await Running.start(
        database_url, tmp_path, clock, push_services=f"*.push.example {push_service.origin}", push_contact=CONTACT
    )
    push_service.key = str(running.server.notifications.key)
    yield running
    await running.close()
