"""Two processes over one PostgreSQL and one Valkey: what is sent through one reaches devices on the other."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import obstore
import pytest

import inscope_server.app
from inscope_protocol.encoding import decode_base64url
from inscope_server.images.uploading import MOST_KEPT
from servers.postgres import Postgres
from servers.s3 import S3
from servers.valkey import Valkey
from world.device import Answer, Device, new_id
from world.organisation import Organisation
from world.running import Running, TestClock

PATIENCE = 10.0
SOCKETIO_DISCONNECT = "41"


class Line:
    """A device's socket; `event(name)` is what the next event of that name says."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def event(self, name: str) -> Any:
        async with asyncio.timeout(PATIENCE):
            async for message in self.socket:
                if message.data == "2":
                    await self.socket.send_str("3")
                elif message.data.startswith("42"):
                    said, *data = json.loads(message.data[2:])
                    if said == name:
                        return data[0]
        raise AssertionError(f"the connection ended before any {name}")


@asynccontextmanager
async def line(device: Device) -> AsyncIterator[Line]:
    assert device.http is not None
    async with device.http.ws_connect("/socket/?EIO=4&transport=websocket") as socket:
        await socket.receive_str()
        await socket.send_str("40")
        assert (await socket.receive_str()).startswith("40")
        yield Line(socket)


@pytest.fixture
async def pair(
    postgres: Postgres, s3: S3, valkey: Valkey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Running, Running]]:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    url, clock = postgres.url(), TestClock()
    shared = {"blob_url": f"{s3.url}/sealed", "redis_url": valkey.url, "log_key_file": f"{tmp_path}/log_key"}
    running = [await Running.start(url, tmp_path / name, clock, **shared) for name in ("first", "second")]
    yield running[0], running[1]
    for each in running:
        await each.close()


@pytest.fixture
async def two(pair: tuple[Running, Running]) -> AsyncIterator[tuple[Device, Device]]:
    """Somebody on each server, of one organisation."""
    first, second = pair
    home = Organisation(first, "Riverbend Hospital", {}, {"intern": "Intern"})
    await home.register()
    await home.know()
    devices = [
        await Device(running, await home.invite(name, ("intern",)), home).enrol()
        for running, name in ((first, "Ines Moreau"), (second, "Theo Brandt"))
    ]
    yield devices[0], devices[1]
    for device in devices:
        await device.close()


async def test_what_one_server_stores_the_other_delivers(two: tuple[Device, Device]) -> None:
    ines, theo = two
    thread = await ines.create_thread()
    async with line(theo) as theos, line(ines) as own:
        assert (await ines.commit(thread, adds=[theo])).status == 200
        assert (await theos.event("welcome"))["thread"] == thread
        assert (await own.event("entry"))["kind"] == "commit"
        said = await ines.say(thread)
        heard = await theos.event("entry")
        while heard["kind"] != "message":
            heard = await theos.event("entry")
        assert (heard["seq"], heard["device"]) == (said.data["seq"], ines.device)


async def test_an_image_uploaded_to_one_is_opened_at_the_other(two: tuple[Device, Device]) -> None:
    ines, theo = two
    thread = await ines.create_thread()
    await ines.commit(thread, adds=[theo])
    scope = ines.scope([ines.me, theo.me])
    await ines.record(scope, thread)
    disclosure, sent = await ines.attach(thread, scope, b"sealed by Ines")
    assert sent.status == 200, sent
    assert (await theo.open(disclosure)).status == 200
    assert (await _bytes(theo, thread, disclosure)).data == b"sealed by Ines"
    withdrawn = ines.following(scope, decision="withdrawn")
    async with line(theo) as theos:
        assert (await ines.record(withdrawn)).status == 200
        tombstone = await theos.event("entry")
    assert (tombstone["kind"], tombstone["state"]) == ("tombstone", "destroyed")
    assert (await theo.open(disclosure)).code == "disclosure_closed"


@pytest.mark.parametrize("count", [3, MOST_KEPT + 2])
async def test_an_upload_is_taken_over_by_the_other_and_back(
    two: tuple[Device, Device], pair: tuple[Running, Running], count: int
) -> None:
    ines, theo = two
    thread = await ines.create_thread()
    await ines.commit(thread, adds=[theo])
    scope, whole = ines.scope([ines.me, theo.me]), os.urandom(count * 70_000)
    await ines.record(scope, thread)
    granted = await ines.ask(thread, scope)
    here, there = ines.http, aiohttp.ClientSession(pair[1].origin, cookies={"inscope_session": _session(ines)})
    async with there:
        for start in range(0, len(whole), 70_000):
            ines.http = there if start // 70_000 % 2 else here
            piece = whole[start : start + 70_000]
            assert (await ines.upload(granted.data["blob"], piece, start, whole)).status == 204
        ines.http = here
    sent = await ines.send_statement(ines.statement(granted, new_id("msg"), whole))
    assert sent.status == 200, sent
    path = f"/api/blobs/{granted.data['blob']}"
    assert (await theo.call("GET", path)).data == whole
    assert (await theo.call("GET", path, headers={"Range": "bytes=69990-140009"})).data == whole[69_990:140_010]
    objects = await obstore.list(pair[0].server.blobs.store, prefix=granted.data["blob"]).collect_async()
    assert len(objects) == 1, "neither saw it all, so it was read back, and is one object"


async def test_a_device_revoked_at_one_is_put_out_at_the_other(
    two: tuple[Device, Device], pair: tuple[Running, Running]
) -> None:
    ines, _ = two
    ines_elsewhere = aiohttp.ClientSession(pair[1].origin, cookies={"inscope_session": _session(ines)})
    async with ines_elsewhere, ines_elsewhere.ws_connect("/socket/?EIO=4&transport=websocket") as socket:
        await socket.receive_str()
        await socket.send_str("40")
        assert (await socket.receive_str()).startswith("40")
        assert (await ines.call("POST", f"/api/devices/{ines.device}/revoke", {})).status == 200
        assert (await Line(socket).event("goodbye"))["code"] == "not_signed_in"
        async with asyncio.timeout(PATIENCE):
            while await socket.receive_str() != SOCKETIO_DISCONNECT:
                pass


@pytest.fixture
def quick_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inscope_server.app, "SWEEP_SECONDS", 0.2)


async def test_who_may_have_missed_something_connects_again(
    quick_sweeps: None, two: tuple[Device, Device], pair: tuple[Running, Running]
) -> None:
    """As after Redis was away: what the first told never came, and the second notices by what comes next."""
    ines, theo = two
    async with line(ines) as own, line(theo) as theos:
        await asyncio.sleep(1)  # They have heard of each other.
        pair[0].server.socket.entries.lost()
        async with asyncio.timeout(PATIENCE):
            while await theos.socket.receive_str() != SOCKETIO_DISCONNECT:
                pass
        async with line(theo) as again:
            thread = await ines.create_thread()
            assert (await ines.commit(thread, adds=[theo])).status == 200
            assert (await own.event("entry"))["kind"] == "commit", "who missed nothing stays"
            assert (await again.event("welcome"))["thread"] == thread


def _session(device: Device) -> str:
    assert device.http is not None
    return next(cookie.value for cookie in device.http.cookie_jar if cookie.key == "inscope_session")


async def _bytes(device: Device, thread: str, disclosure: str) -> Answer:
    """The sealed bytes of an image that the thread's last entry declares."""
    entries = (await device.call("GET", f"/api/threads/{thread}/log?after=0&limit=500")).data["entries"]
    (declared,) = entries[-1]["disclosures"]
    assert declared["disclosure"] == disclosure
    blob = json.loads(decode_base64url(declared["statement"]["payload"]))["blob"]
    return await device.call("GET", f"/api/blobs/{blob}")
