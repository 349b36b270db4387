"""Death at one named instant: what was not acknowledged is not half there, and the same again ends well."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from faults.asking import once, until_answered
from faults.crowd import Crowd
from faults.hospital import Hospital, opened
from faults.instants import AFTER_COMMIT, BEFORE_ANSWER, BEFORE_COMMIT, BETWEEN_BLOB_AND_ROW
from faults.proof import files, prove
from inscope_protocol.encoding import encode_base64url
from world import mls
from world.device import Answer, Device, new_id

NEVER = 10**6
Both = tuple[Hospital, Crowd]


@pytest.fixture
async def quiet(database_url: str, tmp_path: Path) -> AsyncIterator[Both]:
    """One server, in which nothing happens that nobody asks for."""
    async with opened(tmp_path, database_url, Random(1), sweep=NEVER) as both:
        yield both


async def dies(hospital: Hospital, instant: str, asking: Awaitable[Answer | None]) -> None:
    """The asker gets no answer, and the server has been started again."""
    (one,) = hospital.served
    dying = asyncio.create_task(one.die_at(instant, 1))
    await asyncio.sleep(0.2)
    assert await asking is None
    assert await dying, "the server did not come to that instant"
    await one.ready()


async def entries(by: Device, thread: str) -> list[Any]:
    answer = await until_answered(partial(by.call, "GET", f"/api/threads/{thread}/log?after=0&limit=500"))
    return list(answer.data["entries"])


@pytest.mark.parametrize(("instant", "there"), [(BEFORE_COMMIT, 0), (AFTER_COMMIT, 1), (BEFORE_ANSWER, 1)])
async def test_a_message(quiet: Both, instant: str, there: int) -> None:
    hospital, crowd = quiet
    by, thread, message = crowd.members[0], crowd.threads[0], new_id("msg")
    raw = encode_base64url(mls.private_message(thread, 1, message, []))
    body = {"message": message, "epoch": 1, "mls": raw, "disclosures": []}
    send = partial(by.call, "POST", f"/api/threads/{thread}/messages", body)
    await dies(hospital, instant, once(send))
    before = await entries(by, thread)
    assert [entry.get("message") for entry in before] == [None, message][: 1 + there]
    answer = await until_answered(send)
    assert answer.status == 200
    after = await entries(by, thread)
    assert after[: 1 + there] == before
    assert [(entry["seq"], entry.get("message")) for entry in after[1:]] == [(2, message)]
    crowd.ledger.message(thread, answer.data["seq"], message, 0)
    await prove(hospital, crowd)


@pytest.mark.parametrize(("instant", "there"), [(BEFORE_COMMIT, 0), (AFTER_COMMIT, 1), (BEFORE_ANSWER, 1)])
async def test_a_commit_of_the_group(quiet: Both, instant: str, there: int) -> None:
    """All of it or nothing: entry, roster, welcome and epoch."""
    hospital, crowd = quiet
    by, lena, thread = crowd.members[0], crowd.outsider, crowd.threads[0]
    ready, sent = await crowd.prepared(by, await by.thread(thread), adds=[lena])
    await dies(hospital, instant, once(ready))
    row = await by.thread(thread)
    assert (row["epoch"], row["head"], len(row["roster"])) == (1 + there, 1 + there, 3 + there)
    assert len((await lena.call("GET", "/api/welcomes")).data["welcomes"]) == there
    again = await until_answered(ready)
    assert (again.code or again.data["seq"]) == ("stale_epoch" if there else 2)
    assert [entry.get("mls") for entry in await entries(by, thread)][1:] == [sent]
    await prove(hospital, crowd)


async def test_a_withdrawal_whose_answer_is_lost(quiet: Both) -> None:
    hospital, crowd = quiet
    by, thread = crowd.members[0], crowd.threads[0]
    scope = by.scope([device.me for device in crowd.members])
    crowd.ledger.scopes[scope.consent] = scope
    await crowd.record(by, scope, thread)
    image = await crowd.attached(by, thread, scope)
    assert image is not None and image.attached
    withdrawn = by.following(scope, decision="withdrawn")
    await dies(hospital, AFTER_COMMIT, once(partial(by.record, withdrawn)))
    opened_late = await crowd.members[1].open(image.disclosure)
    assert opened_late.code == "disclosure_closed"
    await crowd.record(by, withdrawn)
    crowd.ledger.withdrawn.add(scope.consent)
    await prove(hospital, crowd)


async def test_bytes_of_which_no_row_speaks(quiet: Both) -> None:
    """They are not counted as arrived, and go with the image."""
    hospital, crowd = quiet
    by, thread = crowd.members[0], crowd.threads[0]
    scope = by.scope([device.me for device in crowd.members])
    crowd.ledger.scopes[scope.consent] = scope
    await crowd.record(by, scope, thread)
    granted = await by.ask(thread, scope)
    image = crowd.granted(by, thread, scope, granted)
    await dies(hospital, BETWEEN_BLOB_AND_ROW, once(partial(by.upload, image.blob, image.data)))
    assert len(files(hospital.folder / "blobs")) == 1
    assert (await by.offset(image.blob)).data["Upload-Offset"] == "0"
    await crowd.attach(by, image, granted)
    assert image.attached
    assert len(files(hospital.folder / "blobs")) == 2
    await prove(hospital, crowd)
