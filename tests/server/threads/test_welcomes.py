"""A welcome waits for every device that a commit adds, and for none that it removes."""

from __future__ import annotations

from inscope_protocol.encoding import encode_base64url
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


async def test_removed_before_it_was_read(story, intern, colleague):
    thread = await story.case(intern, colleague)
    await intern.commit(thread, removes=[colleague])
    assert await waiting(colleague) == []
