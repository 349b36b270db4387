"""A welcome waits for every device that a commit adds, and for none that it removes."""

from __future__ import annotations

import asyncio

from alembic import command
from sqlalchemy import select, text

from inscope_protocol.encoding import decode_base64url, encode_base64url
from inscope_server.database import Database
from inscope_server.migrate import alembic_config
from inscope_server.threads.store import welcome_bytes
from world import mls


async def waiting(device):
    welcomes = (await device.call("GET", "/api/welcomes")).data["welcomes"]
    return [(one["thread"], one["epoch"]) for one in welcomes]


async def test_removed_and_added_again_in_one_commit(story, intern, colleague):
    thread = await story.case(intern, colleague)
    assert await waiting(colleague) == [(thread, 1)]
    package = mls.key_package(colleague.seed, colleague.device)
    raw = mls.commit(intern.seed, intern.device, thread, 1, 0, [package], [1])
    body = {"adds": [colleague.device], "removes": [colleague.device], "welcome": encode_base64url(mls.welcome())}
    answer = await intern.call("POST", f"/api/threads/{thread}/commits", body | {"commit": encode_base64url(raw)})
    assert answer.data == {"seq": 2, "epoch": 2}
    assert await waiting(colleague) == [(thread, 2)]
    assert (await colleague.thread(thread))["joined_seq"] == 2


async def test_who_is_added_is_told_when(story, intern, colleague):
    """The commit itself is in the log from before they came."""
    thread = await story.case(intern, colleague)
    (added,) = (await intern.call("GET", f"/api/threads/{thread}/log?after=0&limit=1")).data["entries"]
    (welcome,) = (await colleague.call("GET", "/api/welcomes")).data["welcomes"]
    assert (welcome["seq"], welcome["at"], welcome["by"]) == (added["seq"], added["at"], intern.device)


async def test_removed_before_it_was_read(story, intern, colleague):
    thread = await story.case(intern, colleague)
    await intern.commit(thread, removes=[colleague])
    assert await waiting(colleague) == []


async def kept(server) -> list[tuple[str, int, bytes]]:
    async with server.server.database.read() as tx:
        return [tuple(row) for row in await tx.all(select(welcome_bytes).order_by(welcome_bytes.c.epoch))]


async def acknowledge(device, thread, epoch):
    assert (await device.call("POST", "/api/welcomes/ack", {"thread": thread, "epoch": epoch})).status == 200


async def test_one_welcome_is_kept_once_and_as_long_as_somebody_waits_for_it(
    server, story, intern, specialist, colleague
):
    thread = await story.case(intern, specialist, colleague)
    assert [(row[0], row[1]) for row in await kept(server)] == [(thread, 1)]
    for device in (specialist, colleague):
        one = (await device.call("GET", "/api/welcomes")).data["welcomes"][0]
        assert decode_base64url(one["welcome"]) == (await kept(server))[0][2]
    await acknowledge(specialist, thread, 1)
    assert (await waiting(specialist), await waiting(colleague)) == ([], [(thread, 1)])
    await acknowledge(specialist, thread, 1)
    assert len(await kept(server)) == 1
    await acknowledge(colleague, thread, 1)
    assert await kept(server) == []


async def test_when_all_acknowledge_at_once_nothing_stays(server, story, intern):
    others = [await story.device(story.riverbend, f"Somebody {n}", ("intern",)) for n in range(6)]
    thread = await story.case(intern, *others)
    await asyncio.gather(*(acknowledge(device, thread, 1) for device in others))
    assert await kept(server) == []


async def test_who_is_taken_out_does_not_keep_it(server, story, intern, colleague, specialist):
    thread = await story.case(intern, colleague, specialist)
    await acknowledge(specialist, thread, 1)
    await intern.commit(thread, removes=[colleague])
    assert await kept(server) == []


async def test_welcomes_that_wait_survive_the_change_of_their_table(empty_database_url):
    database = Database(empty_database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda one: command.upgrade(alembic_config(one), "0006"))
    rows = [("dev_a", "thr_1", 1, b"one"), ("dev_b", "thr_1", 1, b"one"), ("dev_a", "thr_1", 2, b"two")]
    columns = ("device", "thread", "epoch", "welcome")
    async with database.write() as tx:
        sent = text("INSERT INTO welcomes VALUES (:device, :thread, :epoch, 3, 'dev_c', :welcome)")
        await tx.execute(sent, [dict(zip(columns, row, strict=True)) for row in rows])
    joined = "SELECT device, w.thread, w.epoch, welcome FROM welcomes w"
    beside = " JOIN welcome_bytes b ON b.thread = w.thread AND b.epoch = w.epoch"
    for revision, query in (("0008", joined + beside), ("0006", joined), ("head", joined + beside)):
        async with database.engine.begin() as connection:
            move = command.downgrade if revision == "0006" else command.upgrade
            await connection.run_sync(lambda one, go=move, to=revision: go(alembic_config(one), to))
        async with database.read() as tx:
            found = await tx.all(text(query + " ORDER BY w.epoch, device"))
            assert [tuple(row) for row in found] == rows, revision
    await database.close()
