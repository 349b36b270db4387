"""What one request can make the server do is bounded (SPEC S6.3), and a stranger's commit is not even read."""

from __future__ import annotations

import pytest

from inscope_protocol.encoding import encode_base64url
from inscope_server.errors import Refusal
from inscope_server.threads import rules
from inscope_server.threads.api import BODY_LIMIT, COMMIT_LIMIT, MESSAGE_LIMIT
from inscope_server.threads.rules import Member, Newcomer
from world import mls
from world.device import Answer, Device, new_id


async def posted(device: Device, path: str, text: bytes) -> Answer:
    """The answer to a body of exactly these bytes."""
    headers = {"X-InScope-CSRF": device.csrf, "Content-Type": "application/json"}
    assert device.http is not None
    async with device.http.post(path, data=text, headers=headers) as response:
        return Answer(response.status, await response.json())


def body(commit: bytes, welcome: bytes | None = None) -> dict[str, object]:
    spelt = None if welcome is None else encode_base64url(welcome)
    return {"commit": encode_base64url(commit), "welcome": spelt, "adds": [], "removes": []}


@pytest.mark.parametrize("text", [b"{}", b"[" * 100, b'{"x":[' + b",".join([b"{}"] * 900_000) + b"]}"])
async def test_what_a_stranger_commits_is_not_read(story, intern, specialist, colleague, text):
    thread = await story.case(intern, specialist)
    there = await posted(colleague, f"/api/threads/{thread}/commits", text)
    never = await posted(colleague, f"/api/threads/{new_id('thr')}/commits", text)
    assert (there.status, there.data) == (never.status, never.data)
    assert there.code == "not_found"
    assert (await posted(intern, f"/api/threads/{thread}/commits", text)).code == "malformed"


async def test_very_many_parts_are_not_read(story, intern):
    for path in ("/api/sign-in/nonce", f"/api/threads/{await story.case(intern)}/messages"):
        crowded = await posted(intern, path, b'{"x":[' + b",".join([b"[]"] * 60_000) + b"]}")
        assert crowded.code == "malformed"
        assert "ValueError" in crowded.data["error"]["message"]  # refused as text, before there are any fields


async def test_sizes_of_commits_and_welcomes(story, intern, specialist):
    thread = await story.case(intern)
    path = f"/api/threads/{thread}/commits"
    for large in (body(bytes(COMMIT_LIMIT + 1)), body(bytes(9), bytes(COMMIT_LIMIT + 1))):
        refused = await intern.call("POST", path, large)
        assert (refused.code, "length" in refused.data["error"]["message"]) == ("malformed", True)
    assert (await posted(intern, path, b" " * (BODY_LIMIT + 1))).code == "too_large"
    both = await intern.call("POST", path, body(bytes(COMMIT_LIMIT), bytes(COMMIT_LIMIT)))
    assert "another kind of MLS message" in both.data["error"]["message"]
    assert (await intern.commit(thread, adds=[specialist])).status == 200


async def test_the_size_of_a_message(story, intern, specialist):
    thread = await story.case(intern, specialist)

    async def said(size: int) -> Answer:
        message = new_id("msg")
        overhead = len(mls.private_message(thread, 1, message, [], body=100_000)) - 100_000
        raw = mls.private_message(thread, 1, message, [], body=size - overhead)
        sent = {"message": message, "epoch": 1, "mls": encode_base64url(raw), "disclosures": []}
        return await intern.call("POST", f"/api/threads/{thread}/messages", sent)

    assert (await said(MESSAGE_LIMIT)).status == 200
    assert (await said(MESSAGE_LIMIT + 1)).code == "malformed"


async def test_commits_of_one_device_are_limited_in_number(story, intern, specialist):
    thread = await story.case(intern, specialist)
    story.running.clock.stop()
    story.running.clock.advance(60_000)
    codes = [(await intern.call("POST", f"/api/threads/{thread}/commits", {})).code for _ in range(61)]
    assert codes == ["malformed"] * 60 + ["rate_limited"]
    assert (await specialist.call("POST", f"/api/threads/{thread}/commits", {})).code == "malformed"
    story.running.clock.advance(60_000)
    assert (await intern.commit(thread, removes=[specialist])).status == 200


def test_a_thread_has_at_most_300_devices():
    members = [Member(leaf, new_id("dev"), new_id("per")) for leaf in range(299)]
    new = [Newcomer(new_id("dev"), new_id("per"), bytes(32)) for _ in range(2)]
    packages = [_Package(one.device, one.device_key, 3) for one in new]

    def placed(count: int) -> int:
        added = [one.device for one in new[:count]]
        known = {one.device: one for one in new}
        return len(rules.new_roster(_Commit(packages[:count], []), members, added, [], known, 3)[1])

    assert placed(1) == 1
    with pytest.raises(Refusal, match="too_large"):
        placed(2)


class _Package:
    def __init__(self, identity: str, signature_key: bytes, suite: int) -> None:
        self.identity, self.signature_key, self.suite = identity, signature_key, suite


class _Commit:
    def __init__(self, adds: list[_Package], removes: list[int]) -> None:
        self.adds, self.removes = adds, removes
