"""Each message at most once, and a repeat gets the first answer (SPEC S6, invariant 8)."""

from __future__ import annotations

import asyncio

from inscope_protocol.encoding import encode_base64url
from world import mls
from world.device import new_id


def body(thread: str, epoch: int, message: str) -> dict[str, object]:
    raw = encode_base64url(mls.private_message(thread, epoch, message, []))
    return {"message": message, "epoch": epoch, "mls": raw, "disclosures": []}


async def test_a_repeat_gets_the_first_answer_even_after_the_epoch_moved(story, intern, specialist, colleague):
    thread = await story.case(intern, specialist)
    path, sent = f"/api/threads/{thread}/messages", body(thread, 1, new_id("msg"))
    first = await intern.call("POST", path, sent)
    assert (await intern.call("POST", path, sent)).data == first.data
    await intern.commit(thread, adds=[colleague])
    assert (await intern.call("POST", path, sent)).data == first.data
    other = body(thread, 2, str(sent["message"]))
    assert (await intern.call("POST", path, other)).code == "malformed"
    assert (await intern.call("POST", path, body(thread, 1, new_id("msg")))).code == "stale_epoch"
    log = (await specialist.call("GET", f"/api/threads/{thread}/log")).data["entries"]
    assert [row["kind"] for row in log] == ["message", "commit"]


async def test_many_at_once_are_numbered_without_gaps(story, intern, specialist):
    thread = await story.case(intern, specialist)
    path = f"/api/threads/{thread}/messages"
    bodies = [body(thread, 1, new_id("msg")) for _ in range(60)]
    answers = await asyncio.gather(*(intern.call("POST", path, sent) for sent in [*bodies, *bodies[:20]]))
    assert sorted({answer.data["seq"] for answer in answers}) == list(range(2, 62))
    for first, again in zip(answers[:20], answers[60:], strict=True):
        assert first.data == again.data


async def test_who_was_taken_out_cannot_send_any_more_in_either_epoch(story, intern, specialist, colleague):
    thread = await story.case(intern, specialist, colleague)
    path = f"/api/threads/{thread}/messages"
    assert (await colleague.call("POST", path, body(thread, 1, new_id("msg")))).status == 200
    assert (await intern.commit(thread, removes=[colleague])).status == 200
    for epoch in (1, 2):
        assert (await colleague.call("POST", path, body(thread, epoch, new_id("msg")))).code == "not_found"
    log = (await specialist.call("GET", f"/api/threads/{thread}/log")).data["entries"]
    assert [row["kind"] for row in log] == ["message", "commit"]
