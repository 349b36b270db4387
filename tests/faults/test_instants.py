"""Death at one named instant: what was not acknowledged is not half there, and the same again ends well."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from faults.asking import once, until_answered
from faults.crowd import Crowd
from faults.hospital import Hospital, opened
from faults.instants import AFTER_COMMIT, BEFORE_ANSWER, BEFORE_COMMIT, BETWEEN_BLOB_AND_ROW
from faults.proof import files, prove
from faults.served import PATIENCE
from inscope_protocol.encoding import encode_base64url
from world import mls
from world.device import Answer, Device, new_id

NEVER = 10**6


async def dies(hospital: Hospital, instant: str, asking: Awaitable[Answer | None]) -> None:
    """The asker gets no answer, and the server has been started again."""
    (one,) = hospital.served
    process = await one.light(instant, 1)
    answer = await asking
    assert answer is None, (answer, one.said())
    async with asyncio.timeout(PATIENCE):
        await one.back(process)


async def entries(by: Device, thread: str) -> list[Any]:
    answer = await until_answered(partial(by.call, "GET", f"/api/threads/{thread}/log?after=0&limit=500"))
    return list(answer.data["entries"])


async def test_what_was_asked_is_there_whole_or_not_at_all(database_url: str, tmp_path: Path) -> None:
    """On one server, in which nothing happens that nobody asks for."""
    async with opened(tmp_path, database_url, Random(1), sweep=NEVER) as (hospital, crowd):
        for instant, there in ((BEFORE_COMMIT, 0), (AFTER_COMMIT, 1), (BEFORE_ANSWER, 1)):
            await a_message(hospital, crowd, instant, there)
        await a_withdrawal_whose_answer_is_lost(hospital, crowd)
        await bytes_of_which_no_row_speaks(hospital, crowd)
        await a_commit(hospital, crowd, crowd.threads[0], BEFORE_COMMIT, 0)
        await a_commit(hospital, crowd, crowd.threads[1], AFTER_COMMIT, 1)
        await prove(hospital, crowd)


async def a_message(hospital: Hospital, crowd: Crowd, instant: str, there: int) -> None:
    by, thread, message = crowd.members[0], crowd.threads[0], new_id("msg")
    raw = encode_base64url(mls.private_message(thread, 1, message, []))
    body = {"message": message, "epoch": 1, "mls": raw, "disclosures": []}
    send = partial(by.call, "POST", f"/api/threads/{thread}/messages", body)
    earlier = await entries(by, thread)
    await dies(hospital, instant, once(send))
    before = await entries(by, thread)
    assert [entry.get("message") for entry in before[len(earlier) :]] == [message][:there]
    answer = await until_answered(send)
    assert answer.status == 200
    after = await entries(by, thread)
    assert after[: len(before)] == before
    assert [(entry["seq"], entry.get("message")) for entry in after[len(earlier) :]] == [(len(after), message)]
    crowd.ledger.message(thread, answer.data["seq"], message, 0)


async def a_commit(hospital: Hospital, crowd: Crowd, thread: str, instant: str, there: int) -> None:
    """All of it or nothing: entry, roster, welcome and epoch."""
    by, lena = crowd.members[0], crowd.outsider
    before, waiting = await by.thread(thread), (await lena.call("GET", "/api/welcomes")).data["welcomes"]
    ready, sent = await crowd.prepared(by, before, adds=[lena])
    await dies(hospital, instant, once(ready))
    row, welcomes = await by.thread(thread), (await lena.call("GET", "/api/welcomes")).data["welcomes"]
    assert (row["epoch"] - before["epoch"], row["head"] - before["head"]) == (there, there)
    assert (len(row["roster"]), len(welcomes) - len(waiting)) == (3 + there, there)
    again = await until_answered(ready)
    assert (again.code or again.data["seq"]) == ("stale_epoch" if there else before["head"] + 1)
    assert [entry["mls"] for entry in await entries(by, thread) if entry["seq"] > before["head"]] == [sent]


async def a_withdrawal_whose_answer_is_lost(hospital: Hospital, crowd: Crowd) -> None:
    by, thread = crowd.members[0], crowd.threads[0]
    scope, image = await crowd.shared(by, thread)
    withdrawn = by.following(scope, decision="withdrawn")
    await dies(hospital, AFTER_COMMIT, once(partial(by.record, withdrawn)))
    opened_late = await crowd.members[1].open(image.disclosure)
    assert opened_late.code == "disclosure_closed"
    await crowd.record(by, withdrawn)
    crowd.ledger.withdrawn.add(scope.consent)


async def bytes_of_which_no_row_speaks(hospital: Hospital, crowd: Crowd) -> None:
    """They are not counted as arrived, and go with the image, which is withdrawn at last."""
    by, thread, store = crowd.members[0], crowd.threads[0], hospital.folder / "blobs"
    earlier = len(files(store))
    scope = by.scope([device.me for device in crowd.members])
    crowd.ledger.scopes[scope.consent] = scope
    await crowd.record(by, scope, thread)
    granted = await by.ask(thread, scope)
    image = crowd.granted(by, thread, scope, granted)
    await dies(hospital, BETWEEN_BLOB_AND_ROW, once(partial(by.upload, image.blob, image.data)))
    assert len(files(store)) == earlier + 1
    assert (await by.offset(image.blob)).data["Upload-Offset"] == "0"
    await crowd.attach(by, image, granted)
    assert image.seq is not None
    assert len(files(store)) == earlier + 2
    await crowd.withdraw(by, scope)
