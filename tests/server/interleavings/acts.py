"""What people do while something ends. Each act draws who does it, and under which consent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

from aiohttp import ClientPayloadError

from inscope_protocol.types import PersonRecipient
from server.images.room import Room
from server.interleavings.scene import Scene
from world.device import Answer, Device, new_id

Act = Callable[[Scene, Random], Awaitable[None]]


async def open_an_image(scene: Scene, random: Random) -> None:
    by, disclosure = random.choice(scene.cast.devices), random.choice([scene.first, *scene.images])
    await scene.do("open", by, disclosure, by.open(disclosure))


async def fetch_bytes(scene: Scene, random: Random) -> None:
    by, disclosure = random.choice(scene.cast.devices), random.choice([scene.first, *scene.images])
    await scene.do("bytes", by, disclosure, _download(by, scene.images[disclosure]))


async def _download(by: Device, blob: str) -> Answer:
    """One that begins just before its image ends is broken off: that is the refusal."""
    try:
        return await by.call("GET", f"/api/blobs/{blob}")
    except ClientPayloadError:
        return Answer(404, {"error": {"code": "not_found", "reasons": []}})


async def attach(scene: Scene, random: Random) -> None:
    by = random.choice([scene.cast.intern, scene.cast.specialist])
    await scene.attach(by, random.choice([scene.narrow, scene.narrow, scene.wide]))


async def forward(scene: Scene, random: Random) -> None:
    """To the other thread: under the image's own consent or the patient's other one."""
    assert scene.other is not None
    by = random.choice([scene.cast.intern, scene.cast.specialist])
    await scene.ask(by, random.choice([scene.narrow, scene.wide]), scene.other, origin=scene.first)


async def send_what_is_ready(scene: Scene, random: Random) -> None:
    """Sometimes twice at once, as a device does that was not told."""
    assert scene.ready is not None
    times = random.choice((1, 1, 2))
    await asyncio.gather(*(scene.send(scene.cast.intern, scene.ready) for _ in range(times)))


async def upload_a_part(scene: Scene, random: Random) -> None:
    assert scene.half_uploaded is not None
    await scene.upload(scene.cast.intern, scene.half_uploaded)


async def add_the_colleague(scene: Scene, random: Random) -> None:
    """Whom only the wide consent covers."""
    by = random.choice([scene.cast.intern, scene.cast.specialist])
    ready = scene.room.commit(by, adds=[scene.cast.colleague])
    answer = await scene.do("add", by, scene.room.thread, ready())
    if answer.status == 200:
        scene.room.moved(adds=[scene.cast.colleague])


async def say(scene: Scene, random: Random) -> None:
    by, message = random.choice(scene.cast.devices), new_id("msg")
    ready = scene.room.say(by, message)
    for _ in range(random.choice((1, 2))):
        await scene.do("say", by, scene.room.thread, ready(), message)


async def widen(scene: Scene, random: Random) -> None:
    """The clinician records a wider version of the consent that is about to end."""
    everybody = (*scene.narrow.recipients, PersonRecipient(scene.cast.colleague.me))
    version = scene.cast.intern.following(scene.narrow, recipients=everybody)
    await scene.do("record", scene.cast.intern, version.consent, scene.cast.intern.record(version))


async def sweep(scene: Scene, random: Random) -> None:
    await scene.cast.running.server.sweeper.sweep()


ACTS: list[Act] = [
    open_an_image, open_an_image, open_an_image, attach, attach, send_what_is_ready, send_what_is_ready, forward,
    add_the_colleague, upload_a_part, fetch_bytes, say, widen, sweep,
]  # fmt: skip

ABOUT_AN_IMAGE = {open_an_image, fetch_bytes, forward}
"""These need one that is shared already."""


async def get_ready_for(acts: list[Act], scene: Scene) -> None:
    """What some acts take up where others left off."""
    if forward in acts:
        scene.other = await Room.of(scene.cast.intern, scene.cast.specialist)
    if send_what_is_ready in acts:
        scene.ready = await scene.prepare(scene.cast.intern, scene.narrow)
    if upload_a_part in acts:
        granted: Answer = await scene.ask(scene.cast.intern, scene.narrow, scene.room)
        assert granted.status == 200, granted
        scene.half_uploaded = granted
