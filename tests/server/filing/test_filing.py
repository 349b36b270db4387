"""An image goes into the record, is acknowledged, and is gone: and nothing else makes it go (S12.7, S12.9)."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import Any

import pytest

from inscope_protocol.types import OrganisationRecipient, PersonRecipient, RecordRecipient
from inscope_server.keeping.backup import back_up
from server.filing.desk import Desk, filing_of
from server.images.arena import Arena
from world.device import Device, new_id
from world.gateway import GatewayKeys


async def test_it_waits_is_fetched_is_acknowledged_and_is_gone(desk: Desk, intern: Device, specialist: Device) -> None:
    package = secrets.token_bytes(1_048_576)
    filing = await desk.filed(intern, package)
    assert await desk.state(specialist, filing.filing) == ("waiting", None)
    envelope = await desk.statement(filing.filing)
    fetched = await desk.gateway.fetch(filing.filing)
    assert (fetched.status, fetched.data) == (200, package)
    assert (await specialist.open(desk.disclosure)).status == 200
    assert await desk.tombstones() == []
    assert (await desk.gateway.acknowledge(envelope)).status == 200
    row = await desk.arena.row(desk.disclosure)
    assert (row.state, row.code, row.server_half) == ("destroyed", "filed", None)
    assert (await specialist.open(desk.disclosure)).code == "disclosure_closed"
    (told,) = await desk.tombstones()
    assert (told["state"], told["code"], told["filed"]["filing"]) == ("destroyed", "filed", envelope)
    assert set(told["filed"]) == {"gateway", "filing", "receipt"}
    assert [one for one in await desk.events() if one[0] in ("file", "fetch", "receipt", "close")] == [
        ("file", "permit"), ("fetch", "permit"), ("receipt", "recorded"), ("close", "destroyed"),
    ]  # fmt: skip
    assert await intern.running.server.audit.verify() is None


async def test_the_sealed_bytes_leave_the_server_with_the_image(desk: Desk, intern: Device) -> None:
    package = secrets.token_bytes(1000)
    filing = await desk.filed(intern, package)
    blobs = intern.running.folder / "blobs"
    name = (await desk.row(filing.filing)).package
    (held,) = (blobs / name).glob("0-*")
    assert held.read_bytes() == package
    envelope = await desk.statement(filing.filing)
    await desk.gateway.fetch(filing.filing)
    await desk.gateway.acknowledge(envelope)
    await intern.running.server.filing_sweeper.sweep()
    await intern.running.server.sweeper.sweep()
    assert [path for path in blobs.rglob("*") if path.is_file()] == []


async def test_a_receipt_counts_once_and_a_repeat_is_fine(desk: Desk, intern: Device) -> None:
    filing = await desk.filed(intern)
    envelope = await desk.statement(filing.filing)
    await desk.gateway.fetch(filing.filing)
    body = desk.gateway.receipt(envelope)
    answers = await asyncio.gather(*(desk.gateway.post("/api/gateway/receipts", body) for _ in range(4)))
    assert [answer.status for answer in answers] == [200] * 4
    assert len(await desk.tombstones()) == 1
    assert (await desk.gateway.waiting_now()) == []


async def test_a_receipt_that_says_otherwise_afterwards_is_refused(desk: Desk, intern: Device) -> None:
    filing = await desk.filed(intern)
    envelope = await desk.statement(filing.filing)
    await desk.gateway.fetch(filing.filing)
    assert (await desk.gateway.acknowledge(envelope)).status == 200
    no: dict[str, Any] = {"outcome": "refused", "location": None, "code": "image_mismatch"}
    for changes in (no, {"location": "A" * 43}, {"target": "fhir"}):
        assert (await desk.gateway.acknowledge(envelope, **changes)).code == "statement_mismatch", changes
    assert (await desk.gateway.acknowledge(envelope, at=intern.running.clock.now() + 1)).status == 200
    assert await desk.state(intern, filing.filing) == ("filed", None)


async def test_no_part_lies_beyond_the_package_that_was_signed(desk: Desk, intern: Device) -> None:
    package, most = secrets.token_bytes(1_048_576 + 1000), secrets.token_bytes(1_048_576)
    filing = desk.filing(intern, package)
    assert (await desk.begin(intern, filing)).status == 200
    for part, data in ((1, most), (1, package[-1001:]), (2, b"x"), (10, most), (63, most)):
        assert (await desk.upload(intern, filing.filing, data, part)).code == "too_large", part
    blobs = intern.running.folder / "blobs" / (await desk.row(filing.filing)).package
    assert not blobs.exists() or list(blobs.iterdir()) == []
    assert (await desk.upload(intern, filing.filing, package[1_048_576:], 1)).data == {"parts": [1]}
    assert (await desk.upload(intern, filing.filing, package[:1_048_576])).data == {"parts": [0, 1]}


async def test_to_send_what_was_stopped_says_that_it_was(desk: Desk, intern: Device) -> None:
    filing = await desk.filed(intern)
    send = f"/api/filings/{filing.filing}/send"
    assert (await intern.call("POST", send, {})).status == 200, "again is fine"
    assert (await intern.record(intern.following(desk.scope, decision="withdrawn"))).status == 200
    stopped = await intern.call("POST", send, {})
    assert (stopped.code, stopped.reasons) == ("denied", [("consent_withdrawn", None)])


async def test_only_its_own_gateways_receipt_over_this_very_filing_counts(desk: Desk, intern: Device) -> None:
    filing = await desk.filed(intern)
    envelope = await desk.statement(filing.filing)
    early = await desk.gateway.acknowledge(envelope)
    assert early.code == "not_found", "acknowledged before it was fetched"
    await desk.gateway.fetch(filing.filing)
    stranger = GatewayKeys(desk.arena.specialist.home)
    assert (await stranger.register()).status == 200
    ours = desk.gateway.home.organisation
    for code, answer in [
        ("bad_signature", await desk.gateway.acknowledge(envelope, seed=secrets.token_bytes(32))),
        ("not_found", await stranger.acknowledge(envelope)),
        ("not_signed_in", await GatewayKeys(desk.gateway.home).acknowledge(envelope)),
        ("statement_mismatch", await desk.gateway.acknowledge(envelope, statement="A" * 43)),
        ("statement_mismatch", await desk.gateway.acknowledge(envelope, disclosure=new_id("dis"))),
        ("statement_mismatch", await desk.gateway.acknowledge(envelope, organisation=stranger.home.organisation)),
        ("not_found", await desk.gateway.acknowledge(envelope, filing=new_id("fil"))),
    ]:
        assert answer.code == code, answer
    assert ours and (await desk.arena.row(desk.disclosure)).state == "live"
    assert await desk.tombstones() == []


async def test_another_hospitals_gateway_neither_sees_nor_gets_it(desk: Desk, intern: Device) -> None:
    filing = await desk.filed(intern)
    stranger = GatewayKeys(desk.arena.specialist.home)
    await stranger.register()
    assert await stranger.waiting_now() == []
    assert (await stranger.fetch(filing.filing)).code == "not_found"
    forged = desk.gateway.request("package", filing.filing, seed=secrets.token_bytes(32))
    assert (await desk.gateway.post("/api/gateway/package", forged)).code == "bad_signature"
    assert await desk.state(intern, filing.filing) == ("waiting", None)


async def test_a_refusal_by_the_gateway_leaves_the_image_where_it_is(desk: Desk, intern: Device) -> None:
    filing = await desk.filed(intern)
    envelope = await desk.statement(filing.filing)
    await desk.gateway.fetch(filing.filing)
    no: dict[str, Any] = {"outcome": "refused", "location": None, "code": "image_mismatch"}
    assert (await desk.gateway.acknowledge(envelope, **no)).status == 200
    assert await desk.state(intern, filing.filing) == ("refused", "image_mismatch")
    assert (await intern.open(desk.disclosure)).status == 200
    again = await desk.filed(intern)
    assert await desk.state(intern, again.filing) == ("waiting", None)


async def test_one_filing_at_a_time_and_one_in_all(desk: Desk, intern: Device) -> None:
    unfinished = desk.filing(intern, b"never sent")
    assert (await desk.begin(intern, unfinished)).status == 200
    assert (await desk.begin(intern, unfinished)).status == 200, "the same again is fine"
    filing = await desk.filed(intern)
    assert await desk.state(intern, unfinished.filing) == ("ended", "disclosure_lapsed")
    assert (await desk.begin(intern, desk.filing(intern, b"x"))).code == "filing_under_way"
    envelope = await desk.statement(filing.filing)
    await desk.gateway.fetch(filing.filing)
    assert (await desk.begin(intern, desk.filing(intern, b"x"))).code == "filing_under_way"
    await desk.gateway.acknowledge(envelope)
    assert (await desk.begin(intern, desk.filing(intern, b"x"))).code == "disclosure_closed"


async def test_what_was_fetched_and_never_answered_keeps_nobodys_place(desk: Desk, intern: Device) -> None:
    """A gateway that fails at the oldest, time and again, is still told of what came after."""
    stuck = await desk.filed(intern)
    await desk.gateway.fetch(stuck.filing)
    desk.disclosure = await desk.room.attached(intern, desk.scope)
    fresh = await desk.filed(intern)
    assert [row.filing for row in await desk.gateway.waiting_now()] == [fresh.filing, stuck.filing]


async def test_a_backup_has_what_waits_for_the_gateway(desk: Desk, intern: Device, tmp_path: Path) -> None:
    filing = await desk.filed(intern, b"sealed for the gateway")
    made = await back_up(intern.running.server, tmp_path / "backup", with_images=True)
    kept = [(tmp_path / "backup" / "images" / name).read_bytes() for name in made.images]
    assert b"sealed for the gateway" in kept
    await desk.gateway.fetch(filing.filing)
    assert (await desk.gateway.acknowledge(await desk.statement(filing.filing))).status == 200
    assert (await back_up(intern.running.server, tmp_path / "later", with_images=True)).images == {}


async def test_a_package_is_the_one_that_was_signed(desk: Desk, intern: Device) -> None:
    filing = desk.filing(intern, b"what was signed")
    await desk.begin(intern, filing)
    send = f"/api/filings/{filing.filing}/send"
    assert (await intern.call("POST", send, {})).code == "blob_incomplete"
    assert (await desk.upload(intern, filing.filing, b"something else!")).status == 200
    assert (await desk.upload(intern, filing.filing, b"what was signed")).code == "blob_mismatch"
    assert (await intern.call("POST", send, {})).code == "blob_mismatch"
    assert (await desk.upload(desk.arena.specialist, filing.filing, b"x")).code == "not_found"


async def test_a_filing_of_others_is_like_none(desk: Desk, intern: Device, colleague: Device) -> None:
    filing = await desk.filed(intern)
    for one in (filing.filing, new_id("fil")):
        path = f"/api/filings/{one}"
        answers = [await colleague.call("GET", path), await colleague.call("POST", f"{path}/send", {})]
        answers.append(await desk.upload(colleague, one, b"x"))
        assert [(answer.status, answer.code) for answer in answers] == [(404, "not_found")] * 3
    assert await desk.state(intern, filing.filing) == ("waiting", None)


async def test_who_may_file_where(desk: Desk, intern: Device, specialist: Device, colleague: Device) -> None:
    """The decision itself has its vectors; here it is binding."""
    stranger = GatewayKeys(specialist.home)
    await stranger.register()
    there = {"organisation": specialist.home.organisation, "gateway": stranger.gateway}
    refused = await desk.begin(specialist, desk.filing(specialist, b"x", **there))
    assert refused.reasons == [("record_not_covered", None)]
    refused = await desk.begin(specialist, desk.filing(specialist, b"x"))
    assert refused.reasons == [("filer_not_of_organisation", specialist.me)]
    assert (await desk.begin(colleague, desk.filing(colleague, b"x"))).code == "not_found"
    assert (await desk.events())[-2:] == [("file", "deny"), ("file", "deny")]
    people = tuple(PersonRecipient(one.me) for one in (intern, specialist))
    for named in (RecordRecipient, OrganisationRecipient):
        scope = await desk.arena.consent(recipients=(*people, named(specialist.home.organisation)))
        desk.disclosure, desk.scope = await desk.room.attached(intern, scope), scope
        await desk.filed(specialist, **there)


async def test_statements_that_say_something_else_are_not_taken(desk: Desk, intern: Device) -> None:
    for code, changes in [
        ("gateway_missing", {"gateway": new_id("gat")}),
        ("gateway_missing", {"organisation": new_id("org")}),
        ("statement_mismatch", {"thread": new_id("thr")}),
        ("statement_mismatch", {"consent": new_id("con")}),
        ("statement_mismatch", {"person": desk.arena.specialist.me}),
        ("consent_superseded", {"version": 2}),
        ("not_found", {"disclosure": new_id("dis")}),
        ("statement_mismatch", {"at": intern.running.clock.now() - 301_000}),
    ]:
        answer = await desk.begin(intern, desk.filing(intern, b"x", **changes))
        assert answer.code == code, (changes, answer)
    forged = await desk.begin(intern, desk.filing(intern, b"x"), seed=secrets.token_bytes(32))
    assert forged.code == "bad_signature"


async def test_a_withdrawal_before_the_gateway_has_it_ends_the_filing(desk: Desk, intern: Device) -> None:
    filing = await desk.filed(intern)
    assert (await intern.record(intern.following(desk.scope, decision="withdrawn"))).status == 200
    assert await desk.state(intern, filing.filing) == ("ended", "consent_withdrawn")
    assert (await desk.gateway.fetch(filing.filing)).code == "not_found"
    assert await desk.gateway.waiting_now() == []
    await intern.running.server.filing_sweeper.sweep()
    assert (await desk.row(filing.filing)).package is None


async def test_a_withdrawal_after_that_ends_the_sharing_and_not_the_record(desk: Desk, intern: Device) -> None:
    filing = await desk.filed(intern, b"sealed")
    envelope = await desk.statement(filing.filing)
    assert (await desk.gateway.fetch(filing.filing)).status == 200
    assert (await intern.record(intern.following(desk.scope, decision="withdrawn"))).status == 200
    row = await desk.arena.row(desk.disclosure)
    assert (row.state, row.code, row.server_half) == ("destroyed", "consent_withdrawn", None)
    assert (await desk.gateway.fetch(filing.filing)).data == b"sealed", "a gateway that stopped half way goes on"
    assert (await desk.gateway.acknowledge(envelope)).status == 200
    assert [(one["state"], one["code"]) for one in await desk.tombstones()] == [
        ("destroyed", "consent_withdrawn"), ("destroyed", "filed"),
    ]  # fmt: skip
    assert (await desk.arena.row(desk.disclosure)).code == "consent_withdrawn"


async def test_what_is_taken_out_or_runs_out_is_not_filed_any_more(desk: Desk, intern: Device) -> None:
    first = await desk.filed(intern)
    assert (await intern.call("POST", f"/api/disclosures/{desk.disclosure}/remove", {})).status == 200
    refused = await desk.gateway.fetch(first.filing)
    assert refused.reasons == [("taken_out", None)]
    desk.disclosure = await desk.room.attached(intern, desk.scope)
    second = await desk.filed(intern)
    intern.running.clock.advance(desk.scope.valid_until - intern.running.clock.now() + 1)
    refused = await desk.gateway.fetch(second.filing)
    assert refused.reasons[0] == ("consent_expired", None)
    assert await desk.gateway.waiting_now() == []


async def test_an_upload_that_is_never_finished_lapses(desk: Desk, intern: Device) -> None:
    filing = desk.filing(intern, b"sealed")
    await desk.begin(intern, filing)
    await desk.upload(intern, filing.filing, b"sealed")
    intern.running.clock.advance(3_600_001)
    await intern.running.server.filing_sweeper.sweep()
    assert (await desk.row(filing.filing)).state == "ended"
    assert (await desk.row(filing.filing)).package is None


async def test_a_gateways_requests_are_its_own_fresh_and_used_once(desk: Desk, intern: Device) -> None:
    filing = await desk.filed(intern)
    once = desk.gateway.request("filings")
    assert (await desk.gateway.post("/api/gateway/filings", once)).status == 200
    now = intern.running.clock.now()
    for code, body in [
        ("stale_statement", once),
        ("stale_statement", desk.gateway.request("filings", at=now - 61_000)),
        ("origin_refused", desk.gateway.request("filings", origin="https://elsewhere.example")),
        ("wrong_type", desk.gateway.request("package", filing.filing)),
        ("wrong_signer", desk.gateway.request("filings", gateway=new_id("gat"))),
        ("bad_signature", desk.gateway.request("filings", seed=secrets.token_bytes(32))),
    ]:
        answer = await desk.gateway.post("/api/gateway/filings", body)
        assert answer.code == code, answer


async def test_an_organisations_statement_makes_a_gateway_and_ends_it(desk: Desk, intern: Device) -> None:
    gateway = desk.gateway
    assert (await gateway.register(seed=secrets.token_bytes(32))).code == "bad_signature"
    gateway.serial = 0
    assert (await gateway.register()).code == "stale_statement"
    gateway.serial = 5
    assert (await gateway.register(name=" ")).code == "malformed"
    thief = GatewayKeys(desk.arena.specialist.home, gateway=gateway.gateway)
    assert (await thief.register()).code == "malformed"
    known = (await intern.call("GET", "/api/gateways")).data["gateways"]
    assert [one["signatures"][0]["keyid"] for one in known] == [intern.home.organisation]
    filing = await desk.filed(intern)
    now = intern.running.clock.now()
    assert (await gateway.register(valid_until=now + 1, valid_from=now - 1)).status == 200
    intern.running.clock.advance(1)
    assert (await gateway.fetch(filing.filing)).code == "not_signed_in"
    assert (await desk.begin(intern, desk.filing(intern, b"x"))).code == "gateway_missing"


async def test_a_gateway_that_waits_hears_at_once(desk: Desk, intern: Device) -> None:
    loop = asyncio.get_running_loop()
    waiting, begun = asyncio.create_task(desk.gateway.waiting()), loop.time()
    await asyncio.sleep(0.3)
    assert not waiting.done()
    filing = await desk.filed(intern)
    answer = await asyncio.wait_for(waiting, 10)
    assert [filing_of(one) for one in answer.data["filings"]] == [filing.filing]
    assert loop.time() - begun < 10


@pytest.mark.parametrize("reverse", [False, True])
async def test_withdrawal_and_fetch_meet_and_one_comes_first(arena: Arena, desk: Desk, reverse: bool) -> None:
    for _ in range(5):
        desk = await Desk.with_gateway(arena, desk.gateway)
        filing = await desk.filed(arena.intern)
        withdrawn = arena.intern.following(desk.scope, decision="withdrawn")
        runners = [lambda f=filing, d=desk: d.gateway.fetch(f.filing), lambda w=withdrawn: arena.intern.record(w)]
        answers = await arena.race(*(reversed(runners) if reverse else runners))
        fetched = answers[1] if reverse else answers[0]
        state, _ = await desk.state(arena.intern, filing.filing)
        assert (fetched.status, state) in ((200, "fetched"), (404, "ended"), (403, "ended"))
