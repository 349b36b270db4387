"""One line of numbers and one commit an epoch, whichever process is asked."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

from processes.people import Hopping, Ward, at
from processes.rounds import ROUNDS, ROUNDS_OF_ONE, soon
from server.images.room import Room
from world.device import new_id

MANY = 12


async def log_of(device: Hopping, place: int, thread: str) -> list[dict[str, Any]]:
    answer = await device.at(place, "GET", f"/api/threads/{thread}/log?after=0&limit=500")
    entries: list[dict[str, Any]] = answer.data["entries"]
    return entries


async def test_every_device_sees_one_order(ward: Ward) -> None:
    """All write at once, each through every process in turn; one listens at each."""
    staff = await ward.devices(len(ward.processes))
    room = await Room.of(*staff)
    lines = [await device.line(place) for place, device in enumerate(staff)]

    async def write(device: Hopping) -> list[tuple[int, str]]:
        said = [new_id("msg") for _ in range(MANY)]
        answers = [await room.say(device, message)() for message in said]
        assert all(answer.status == 200 for answer in answers), answers
        return [(answer.data["seq"], message) for answer, message in zip(answers, said, strict=True)]

    written = await asyncio.gather(*(write(device) for device in staff))
    for mine in written:
        assert mine == sorted(mine), "what one device says stays in its order"
    acknowledged = dict(pair for mine in written for pair in mine)
    logs = [await log_of(device, place, room.thread) for device in staff[:1] for place in range(len(ward.processes))]
    for log in logs:
        assert [entry["seq"] for entry in log] == list(range(1, len(log) + 1))
        assert {entry["seq"]: entry["message"] for entry in log if entry["kind"] == "message"} == acknowledged
    assert all(log == logs[0] for log in logs)
    for line in lines:
        heard = [await line.event("entry") for _ in acknowledged]
        assert {entry["seq"]: entry["message"] for entry in heard} == acknowledged
        assert not [name for name, _ in line.events if name == "entry"], "once each"
        await line.close()


async def test_of_two_commits_at_one_epoch_one_wins(ward: Ward) -> None:
    """Sent to two processes at once, round after round at the next epoch."""
    chance = Random(1)
    for turn in range(2 * ROUNDS):
        if turn % ROUNDS_OF_ONE == 0:
            ines, theo, lena = await ward.devices(3)
            room = await Room.of(ines, theo, lena)
        asked = [room.commit(ines), room.commit(theo)]
        places = chance.sample(range(len(ward.processes)), 2)
        answers = await asyncio.gather(
            *(soon(chance, at(who, place, one)) for who, place, one in zip((ines, theo), places, asked, strict=True))
        )
        assert sorted(answer.code for answer in answers) == ["", "stale_epoch"], (turn, answers)
        room.moved()
        for place in range(len(ward.processes)):
            listed = (await lena.at(place, "GET", "/api/threads")).data["threads"]
            assert [row["epoch"] for row in listed if row["thread"] == room.thread] == [room.epoch]
    commits = [entry for entry in await log_of(ines, 0, room.thread) if entry["kind"] == "commit"]
    assert [entry["epoch"] for entry in commits] == list(range(room.epoch))
