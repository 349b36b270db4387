"""A picture and its preview: decided, sent and ended together, and opened each on its own (SPEC S7.1)."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from inscope_protocol.statements import sign, statement_hash
from inscope_server.images import store
from inscope_server.images.pieces import upload_of
from inscope_server.images.rules import LAPSE
from inscope_server.images.service import MOST_PENDING
from world.device import HOUR, new_id

PICTURE, PREVIEW = b"sealed picture", b"sealed preview"


@pytest.fixture
async def pair(arena):
    """Asked for and uploaded: room, scope, and the two statements of one message."""
    room, scope = await arena.room(), await arena.consent()
    picture = await room.ask(arena.intern, scope, preview=True)
    preview, message = arena.intern.preview(picture), new_id("msg")
    for granted, data in ((picture, PICTURE), (preview, PREVIEW)):
        assert (await arena.intern.upload(granted.data["blob"], data)).status == 204
    statements = arena.intern.statement(picture, message, PICTURE), arena.intern.statement(preview, message, PREVIEW)
    return SimpleNamespace(room=room, scope=scope, statements=statements, ids=[one.disclosure for one in statements])


def posted(arena, pair, *statements):
    by, envelopes = (
        arena.intern,
        [sign("disclosure", one, arena.intern.device, arena.intern.seed) for one in statements],
    )
    return pair.room.post(by, statements[0].message, envelopes, [statement_hash(each) for each in envelopes])()


async def shared(arena, pair):
    assert (await posted(arena, pair, *pair.statements)).status == 200


async def states(arena, pair) -> list[str]:
    return [(await arena.row(disclosure)).state for disclosure in pair.ids]


async def is_gone(arena, pair, code) -> bool:
    """Both halves and both blobs; one tombstone, that names the picture; one entry of the log."""
    rows = [await arena.row(disclosure) for disclosure in pair.ids]
    told = [row for row in await arena.log(pair.room.thread) if row.kind == "tombstone"]
    async with arena.intern.running.server.database.read() as tx:
        uploads = [await upload_of(tx, row.blob) for row in rows]
        garbage = {row.blob for row in await tx.all(select(store.garbage.c.blob))}
        log = arena.intern.running.server.audit
        closed = [
            one for disclosure in pair.ids for one in await log.of_disclosure(tx, disclosure, "close")
        ]  # fmt: skip
    assert [(row.state, row.code, row.server_half) for row in rows] == [("destroyed", code, None)] * 2
    assert uploads == [None, None]
    assert {row.blob for row in rows} <= garbage
    assert [json.loads(row.detail)["disclosure"] for row in told] == [pair.ids[0]]
    assert len(closed) == 1
    for disclosure in pair.ids:
        assert (await arena.specialist.open(disclosure)).code == "disclosure_closed"
    return True


async def test_each_is_opened_and_logged_on_its_own(arena, pair):
    await shared(arena, pair)
    halves = [(await arena.specialist.open(disclosure)).data["server_half"] for disclosure in pair.ids[1:]]
    listed = [
        (await arena.intern.call("GET", f"/api/disclosures/{disclosure}/openings")).data["openings"]
        for disclosure in pair.ids
    ]
    assert [len(openings) for openings in listed] == [0, 1]
    halves += [(await arena.specialist.open(pair.ids[0])).data["server_half"]]
    assert len(set(halves)) == 2
    assert len({(await arena.row(disclosure)).blob for disclosure in pair.ids}) == 2


async def test_the_gate_is_as_strict_for_a_preview(arena, pair):
    await shared(arena, pair)
    assert (await arena.colleague.open(pair.ids[1])).code == "not_found"
    arena.intern.running.clock.advance(25 * HOUR)
    for device in (arena.specialist, arena.intern):
        await device.sign_in()
    # Before any sweep: by the clock alone.
    assert (await arena.specialist.open(pair.ids[1])).reasons == [("consent_expired", None)]


async def test_neither_is_sent_without_the_other(arena, pair):
    for alone in pair.statements:
        assert (await posted(arena, pair, alone)).code == "statement_mismatch"
    assert await states(arena, pair) == ["pending", "pending"]
    await shared(arena, pair)
    assert await states(arena, pair) == ["live", "live"]


@pytest.mark.parametrize(
    "changes",
    [
        lambda picture, preview: (picture, replace(preview, preview_of=None)),
        lambda picture, preview: (replace(picture, preview_of=preview.disclosure), preview),
        lambda picture, preview: (picture, replace(preview, image=replace(preview.image, image=new_id("img")))),
        lambda picture, preview: (picture, replace(preview, image=replace(preview.image, deidentified=True))),
        lambda picture, preview: (picture, replace(preview, consent=new_id("con"))),
        lambda picture, preview: (picture, replace(preview, version=2)),
        lambda picture, preview: (picture, replace(preview, epoch=preview.epoch + 1)),
    ],
    ids=[
        "no preview",
        "exchanged",
        "another image",
        "other flags",
        "another consent",
        "another version",
        "another epoch",
    ],
)
async def test_a_pair_that_is_not_the_one_granted_is_refused(arena, pair, changes):
    assert (await posted(arena, pair, *changes(*pair.statements))).code == "statement_mismatch"
    assert await states(arena, pair) == ["pending", "pending"]


async def test_a_preview_is_of_the_picture_it_was_granted_with(arena, pair):
    other = await pair.room.ask(arena.intern, pair.scope)
    assert (await arena.intern.upload(other.data["blob"], PICTURE)).status == 204
    picture, preview = pair.statements
    another = arena.intern.statement(other, picture.message, PICTURE)
    assert (await posted(arena, pair, another, replace(preview, preview_of=another.disclosure))).code == (
        "statement_mismatch"
    )
    assert (await posted(arena, pair, another, picture, preview)).status == 200


async def test_one_decision_refuses_both(arena, pair):
    rows = len(await _all(arena))
    denied = await pair.room.ask(arena.intern, pair.scope, preview=True, kind="photograph")
    assert denied.code == "denied"
    assert len(await _all(arena)) == rows


async def _all(arena):
    async with arena.intern.running.server.database.read() as tx:
        return await tx.all(select(store.disclosures.c.disclosure))


async def test_a_pair_counts_as_two_of_forty(arena, pair):
    for _ in range((MOST_PENDING - 4) // 2):
        assert (await pair.room.ask(arena.intern, pair.scope, preview=True)).status == 200
    assert (await pair.room.ask(arena.intern, pair.scope)).status == 200
    assert (await pair.room.ask(arena.intern, pair.scope, preview=True)).code == "rate_limited"
    assert (await pair.room.ask(arena.intern, pair.scope)).status == 200
    assert (await pair.room.ask(arena.intern, pair.scope)).code == "rate_limited"


async def test_withdrawal_ends_both_with_one_tombstone(arena, pair):
    await shared(arena, pair)
    withdrawn = arena.intern.following(pair.scope, decision="withdrawn")
    assert (await arena.intern.record(withdrawn)).status == 200
    assert await is_gone(arena, pair, "consent_withdrawn")


@pytest.mark.parametrize("which", [0, 1])
async def test_taking_out_either_takes_out_both(arena, pair, which):
    await shared(arena, pair)
    answer = await arena.intern.call("POST", f"/api/disclosures/{pair.ids[which]}/remove", {})
    assert answer.status == 200
    assert await is_gone(arena, pair, "taken_out")


async def test_the_sweep_ends_both_when_the_consent_runs_out(arena, pair):
    await shared(arena, pair)
    arena.intern.running.clock.advance(25 * HOUR)
    await arena.intern.running.server.sweeper.sweep()
    for device in (arena.specialist, arena.intern):
        await device.sign_in()
    rows = [await arena.row(disclosure) for disclosure in pair.ids]
    assert [(row.state, row.server_half) for row in rows] == [("destroyed", None)] * 2
    assert sum(row.kind == "tombstone" for row in await arena.log(pair.room.thread)) == 1


async def test_both_lapse_unused(arena, pair):
    arena.intern.running.clock.advance(LAPSE)
    await arena.intern.running.server.sweeper.sweep()
    rows = [await arena.row(disclosure) for disclosure in pair.ids]
    assert [(row.state, row.server_half) for row in rows] == [("destroyed", None)] * 2


@pytest.mark.parametrize("which", [0, 1])
async def test_giving_up_one_upload_gives_up_both(arena, pair, which):
    assert arena.intern.http is not None
    headers = {"X-InScope-CSRF": arena.intern.csrf, "Tus-Resumable": "1.0.0"}
    blob = pair.statements[which].blob
    async with arena.intern.http.delete(f"/api/uploads/{blob}", headers=headers) as answer:
        assert answer.status == 204
    assert await states(arena, pair) == ["destroyed", "destroyed"]


async def test_a_new_version_ends_the_uploads_of_both(arena, pair):
    assert (await arena.intern.record(arena.intern.following(pair.scope))).status == 200
    assert await states(arena, pair) == ["destroyed", "destroyed"]
    assert (await posted(arena, pair, *pair.statements)).code == "consent_superseded"


async def test_a_preview_is_not_what_is_forwarded(arena, pair):
    await shared(arena, pair)
    assert (await pair.room.ask(arena.intern, pair.scope, origin=pair.ids[1])).code == "not_found"
    assert (await pair.room.ask(arena.intern, pair.scope, origin=pair.ids[0], preview=True)).status == 200


async def test_the_patient_is_told_of_one_picture(arena, pair):
    await shared(arena, pair)
    server = arena.intern.running.server
    async with server.database.read() as tx:
        told = await server.images.shared_under(tx, pair.scope.consent)
        reach = await server.images.footprint(tx, pair.scope.consent, [1])
    assert (len(told), reach.images) == (1, 1)


async def test_a_preview_and_its_picture_are_one_look(arena, pair):
    await shared(arena, pair)
    for disclosure in (pair.ids[1], pair.ids[0]):
        assert (await arena.specialist.open(disclosure)).status == 200
    server = arena.intern.running.server
    async with server.database.read() as tx:
        seen = await server.images.opened_under(tx, pair.scope.consent)
        reach = await server.images.footprint(tx, pair.scope.consent, [1])
    assert ([person for person, _ in seen], reach.openings) == ([arena.specialist.me], 1)
