"""Heads, proofs and openings over HTTP, checked as a client checks them."""

from __future__ import annotations

import json
from typing import Any

from inscope_protocol.encoding import decode_base64url
from inscope_protocol.merkle import leaf_hash, verify_consistency, verify_inclusion
from inscope_protocol.statements import verify
from inscope_protocol.types import TreeHead
from world.device import Device


async def head_of(device: Device) -> TreeHead:
    told = (await device.call("GET", "/api/session")).data["session"]["log"]
    answer = await device.call("GET", "/api/log/head")
    head = verify(answer.data["head"], "tree-head", told["log"], decode_base64url(told["key"]))
    assert isinstance(head, TreeHead)
    assert head.log == told["log"]
    return head


async def proof_of(device: Device, query: str) -> list[bytes]:
    answer = await device.call("GET", f"/api/log/{query}")
    assert answer.status == 200, answer
    return [decode_base64url(one) for one in answer.data["proof"]]


async def shared(story: Any, intern: Device, specialist: Device) -> str:
    thread = await story.case(intern, specialist)
    scope = intern.scope([intern.me, specialist.me])
    await intern.record(scope, thread)
    disclosure, sent = await intern.attach(thread, scope)
    assert sent.status == 200
    return disclosure


async def test_every_opening_is_proven_by_its_bytes(story, intern, specialist):
    disclosure = await shared(story, intern, specialist)
    before = await head_of(specialist)
    assert (await specialist.open(disclosure)).status == 200
    assert (await intern.open(disclosure)).status == 200
    head = await head_of(intern)
    openings = (await intern.call("GET", f"/api/disclosures/{disclosure}/openings")).data["openings"]
    assert [one["person"] for one in openings] == [specialist.me, intern.me]
    for one in openings:
        body = decode_base64url(one["log"]["body"])
        said = json.loads(body)
        assert (said["event"], said["disclosure"], said["seq"]) == ("open", disclosure, one["log"]["index"] + 1)
        assert {name: said[name] for name in ("person", "at", "outcome")} == {
            name: one[name] for name in ("person", "at", "outcome")
        }
        index = one["log"]["index"]
        proof = await proof_of(intern, f"inclusion?index={index}&size={head.size}")
        assert verify_inclusion(leaf_hash(body), index, head.size, proof, decode_base64url(head.root))
    proof = await proof_of(specialist, f"consistency?from={before.size}&to={head.size}")
    roots = decode_base64url(before.root), decode_base64url(head.root)
    assert before.size < head.size
    assert verify_consistency(before.size, head.size, *roots, proof)


async def test_anyone_signed_in_may_ask_and_nobody_else(story, intern):
    stranger = Device(story.running, await story.coastal.invite("Not Yet Confirmed"), story.coastal)
    assert (await stranger.call("GET", "/api/log/head")).code == "not_signed_in"
    assert (await stranger.call("GET", "/api/log/consistency?from=0&to=0")).code == "not_signed_in"
    assert (await stranger.call("GET", "/api/log/inclusion?index=0&size=1")).code == "not_signed_in"
    await stranger.enrol(attest=False)
    head = await head_of(stranger)
    assert head.size >= 1
    assert await proof_of(stranger, f"consistency?from=0&to={head.size}") == []
    await stranger.close()


STRANGE = [
    "consistency?from=1",
    "consistency?from=-1&to=1",
    "consistency?from=x&to=1",
    "consistency?from=1.0&to=1",
    "inclusion?index=0",
    f"inclusion?index=0&size={2**53}",
    "inclusion?index=٣&size=4",
]


async def test_what_is_asked_for_strangely_is_refused(story, intern):
    size = (await head_of(intern)).size
    for query in STRANGE:
        assert (await intern.call("GET", f"/api/log/{query}")).code == "malformed", query
    beyond = [f"consistency?from=0&to={size + 1}", "consistency?from=1&to=0", f"inclusion?index={size}&size={size}"]
    for query in (*beyond, f"inclusion?index=0&size={2**53 - 1}"):
        assert (await intern.call("GET", f"/api/log/{query}")).code == "not_found", query


async def test_an_alarm_is_reported_without_a_thread(story, intern):
    answer = await intern.call("POST", "/api/reports", {"thread": None, "message": None, "code": "log_shortened"})
    assert answer.status == 200
    assert await story.running.server.audit.verify() is None
    head = await head_of(intern)
    async with story.running.server.database.read() as tx:
        from inscope_server.audit.store import all_entries

        newest = json.loads((await all_entries(tx))[-1].body)
    assert (newest["seq"], newest["event"], newest["person"]) == (head.size, "report", intern.me)
    assert newest["reasons"][0]["code"] == "log_shortened"


async def test_alarms_are_limited_for_each_person(story: Any, intern: Device, specialist: Device) -> None:
    """Each is an entry for ever."""
    intern.running.clock.stop()
    alarm = {"thread": None, "message": None, "code": "log_shortened"}
    told = [(await intern.call("POST", "/api/reports", alarm)).code for _ in range(21)]
    assert told == [""] * 20 + ["rate_limited"]
    assert (await specialist.call("POST", "/api/reports", alarm)).status == 200
