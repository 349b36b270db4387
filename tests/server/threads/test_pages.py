"""What one answer holds is bounded in bytes: a log and the waiting welcomes are read page by page (API.md)."""

from __future__ import annotations

from inscope_protocol.encoding import decode_base64url, encode_base64url
from inscope_server.threads import rules
from inscope_server.threads.api import MESSAGE_LIMIT
from inscope_server.threads.rules import PAGE_BYTES
from server.web.line import Line
from world import mls
from world.device import Answer, Device, new_id


async def say(line: Line, thread: str, size: int, number: int) -> None:
    message = new_id("msg")
    raw = encode_base64url(mls.private_message(thread, 1, message, [], body=size))
    told = await line.send({"thread": thread, "message": message, "epoch": 1, "mls": raw, "disclosures": []}, number)
    assert "ok" in told, told


async def test_a_page_of_the_log_is_bounded_and_the_reader_gets_everything(story, intern, specialist):
    thread = await story.case(intern, specialist)
    line = await Line.open(intern)
    for number in range(30):
        await say(line, thread, MESSAGE_LIMIT - 1000 if number % 2 else 300, number)
    after, seen, pages = 0, [], 0
    while True:
        page = (await specialist.call("GET", f"/api/threads/{thread}/log?after={after}&limit=500")).data
        assert sum(len(decode_base64url(entry["mls"])) for entry in page["entries"]) <= PAGE_BYTES
        seen += [entry["seq"] for entry in page["entries"]]
        after, pages = seen[-1], pages + 1
        if after == page["head"]:
            break
    assert seen == list(range(2, 32))
    assert pages == 2
    assert (await specialist.call("GET", f"/api/threads/{thread}/log?after={after}")).data["entries"] == []


async def test_an_entry_that_is_larger_than_a_page_comes_alone(story, intern, specialist, monkeypatch):
    monkeypatch.setattr(rules, "PAGE_BYTES", 100)
    thread = await story.case(intern, specialist)
    await intern.say(thread)
    await intern.say(thread)
    page = (await specialist.call("GET", f"/api/threads/{thread}/log?after=1")).data
    assert [entry["seq"] for entry in page["entries"]] == [2]


async def add(device: Device, thread: str, newcomers: list[Device], welcome: bytes) -> Answer:
    packages = [mls.key_package(new.seed, new.device) for new in newcomers]
    raw = mls.commit(device.seed, device.device, thread, 0, 0, packages, [])
    body = {
        "commit": encode_base64url(raw),
        "welcome": encode_base64url(welcome),
        "adds": [new.device for new in newcomers],
        "removes": [],
    }
    return await device.call("POST", f"/api/threads/{thread}/commits", body)


async def test_a_welcome_is_no_larger_than_its_thread_can_need(story, intern, specialist):
    thread, most = await intern.create_thread(), (16 + 2 * 6) * 1024
    assert (await add(intern, thread, [specialist], rules.WELCOME + bytes(most - 3))).code == "too_large"
    assert (await specialist.call("GET", "/api/welcomes")).data == {"welcomes": [], "more": False}
    assert (await add(intern, thread, [specialist], rules.WELCOME + bytes(most - 4))).status == 200


async def test_welcomes_come_page_by_page(story, intern, specialist, monkeypatch):
    monkeypatch.setattr(rules, "PAGE_BYTES", 50_000)
    threads = {await intern.create_thread() for _ in range(5)}
    for thread in threads:
        assert (await add(intern, thread, [specialist], rules.WELCOME + bytes(20_000))).status == 200
    seen, more = [], True
    while more:
        page = (await specialist.call("GET", "/api/welcomes")).data
        more = page["more"]
        assert len(page["welcomes"]) == (2 if more else 1)
        for welcome in page["welcomes"]:
            seen.append(welcome["thread"])
            told = {"thread": welcome["thread"], "epoch": welcome["epoch"]}
            assert (await specialist.call("POST", "/api/welcomes/ack", told)).status == 200
    assert sorted(seen) == sorted(threads)
