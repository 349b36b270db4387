"""The signed disclosure beside a message: any difference from what was granted, and nothing is shared (SPEC S7.7)."""

from __future__ import annotations

import os

import pytest
from msgspec.structs import replace

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.statements import sign, statement_hash
from inscope_protocol.types import DisclosureStatement
from server.images.room import Room
from world.device import HOUR, new_id

MINUTE = 60_000
NOISE = encode_base64url(bytes(32))
CHANGED = {
    "disclosure": (lambda said: new_id("dis"), "not_found"),
    "message": (lambda said: new_id("msg"), "statement_mismatch"),
    "thread": (lambda said: new_id("thr"), "statement_mismatch"),
    "epoch": (lambda said: said.epoch + 1, "statement_mismatch"),
    "purpose": (lambda said: "teaching", "statement_mismatch"),
    "image": (lambda said: replace(said.image, image=new_id("img")), "statement_mismatch"),
    "image.subject": (lambda said: replace(said.image, subject=new_id("sub")), "statement_mismatch"),
    "image.kind": (lambda said: replace(said.image, kind="photograph"), "statement_mismatch"),
    "image.deidentified": (lambda said: replace(said.image, deidentified=True), "statement_mismatch"),
    "blob": (lambda said: new_id("blb"), "statement_mismatch"),
    "blob_hash": (lambda said: NOISE, "blob_mismatch"),
    "sealed_size": (lambda said: said.sealed_size + 1, "blob_mismatch"),
    "consent": (lambda said: new_id("con"), "statement_mismatch"),
    "version": (lambda said: said.version + 1, "statement_mismatch"),
    "origin": (lambda said: new_id("dis"), "statement_mismatch"),
    "preview_of": (lambda said: new_id("dis"), "statement_mismatch"),
    "person": (lambda said: new_id("per"), "statement_mismatch"),
    "device": (lambda said: new_id("dev"), "statement_mismatch"),
    "at.never": (lambda said: 0, "statement_mismatch"),
    "at.before": (lambda said: said.at - 6 * MINUTE, "statement_mismatch"),
    "at.ahead": (lambda said: said.at + 6 * MINUTE, "statement_mismatch"),
    "at.years": (lambda said: said.at + 10 * 365 * 24 * HOUR, "statement_mismatch"),
}
FREE = {
    "key_commitment": lambda said: NOISE,
    "plaintext_commitment": lambda said: NOISE,
    "at": lambda said: said.at + 1,
}
"""What only the recipients can check: bound by the declared hash, free for the honest signer to choose."""


@pytest.fixture
async def granted(arena):
    room, scope = await arena.room(), await arena.consent()
    answer = await room.ask(arena.intern, scope)
    await arena.intern.upload(answer.data["blob"], b"sealed")
    return room, arena.intern.statement(answer, new_id("msg"), b"sealed")


def signed(device, statement, seed=None):
    envelope = sign("disclosure", statement, device.device, seed or device.seed)
    return envelope, statement_hash(envelope)


async def untouched(arena, room, statement):
    """Nothing has changed: no message, no live image; and the right statement is still taken."""
    assert [row.kind for row in await arena.log(room.thread)] == ["commit"]
    assert (await arena.row(statement.disclosure)).state == "pending"
    assert (await room.declare(arena.intern, statement)()).status == 200
    assert (await arena.specialist.open(statement.disclosure)).status == 200


def test_every_field_has_its_case():
    assert {name.split(".")[0] for name in (*CHANGED, *FREE)} == set(DisclosureStatement.__struct_fields__)


async def test_a_statement_with_any_field_changed(arena, granted):
    room, statement = granted
    for name, (change, code) in CHANGED.items():
        envelope, digest = signed(arena.intern, replace(statement, **{name.split(".")[0]: change(statement)}))
        answer = await room.post(arena.intern, statement.message, [envelope], [digest])()
        assert answer.code == code, (name, answer)
    await untouched(arena, room, statement)


async def test_who_opens_it_is_told_which_statement_was_taken(arena, granted):
    """So that another one, which a member shows to who joins later, is known for what it is."""
    room, statement = granted
    _, digest = signed(arena.intern, statement)
    assert (await room.declare(arena.intern, statement)()).status == 200
    for reader in (arena.intern, arena.specialist):
        assert (await reader.open(statement.disclosure)).data["statement_hash"] == encode_base64url(digest)


async def test_what_waited_for_a_line_says_when_it_was_signed(arena, granted):
    room, statement = granted
    arena.intern.running.clock.advance(HOUR - MINUTE)
    envelope, digest = signed(arena.intern, statement)
    assert (await room.post(arena.intern, statement.message, [envelope], [digest])()).status == 200


async def test_a_field_changed_after_the_hash_was_declared(arena, granted):
    room, statement = granted
    _, declared = signed(arena.intern, statement)
    for name, change in {**{name: change for name, (change, _) in CHANGED.items()}, **FREE}.items():
        envelope, _ = signed(arena.intern, replace(statement, **{name.split(".")[0]: change(statement)}))
        answer = await room.post(arena.intern, statement.message, [envelope], [declared])()
        assert answer.code == "statement_mismatch", (name, answer)
    await untouched(arena, room, statement)


async def test_a_statement_signed_by_another(arena, granted):
    room, statement = granted
    envelope, digest = signed(arena.intern, statement, arena.specialist.seed)
    assert (await room.post(arena.intern, statement.message, [envelope], [digest])()).code == "bad_signature"
    envelope, digest = signed(arena.specialist, statement)
    assert (await room.post(arena.intern, statement.message, [envelope], [digest])()).code == "wrong_signer"
    envelope, digest = signed(arena.intern, statement)
    stolen = await room.post(arena.specialist, statement.message, [envelope], [digest])()
    assert stolen.code == "wrong_signer"
    mine = replace(statement, device=arena.specialist.device, person=arena.specialist.me)
    envelope, digest = signed(arena.specialist, mine)
    assert (await room.post(arena.specialist, statement.message, [envelope], [digest])()).code == "not_found"
    await untouched(arena, room, statement)


async def test_authenticated_data_that_declares_something_else(arena, granted):
    room, statement = granted
    envelope, digest = signed(arena.intern, statement)
    for hashes in ([], [os.urandom(32)], [digest, os.urandom(32)], [os.urandom(32), digest]):
        answer = await room.post(arena.intern, statement.message, [envelope], hashes)()
        assert answer.code == "statement_mismatch"
    assert (await room.post(arena.intern, statement.message, [], [digest])()).code == "statement_mismatch"
    ready = room.post(arena.intern, statement.message, [envelope], [digest])
    body = {**ready.args[2], "message": new_id("msg")}
    assert (await arena.intern.call("POST", ready.args[1], body)).code == "malformed"
    await untouched(arena, room, statement)


async def test_one_disclosure_twice_in_a_message(arena, granted):
    room, statement = granted
    pairs = [signed(arena.intern, replace(statement, at=statement.at + extra)) for extra in (0, 1)]
    answer = await room.post(arena.intern, statement.message, [one for one, _ in pairs], [two for _, two in pairs])()
    assert answer.code == "statement_mismatch"
    await untouched(arena, room, statement)


async def test_one_bad_statement_fails_the_whole_message(arena, granted):
    room, statement = granted
    envelope, digest = signed(arena.intern, statement)
    other, other_digest = signed(arena.intern, replace(statement, disclosure=new_id("dis")))
    ready = room.post(arena.intern, statement.message, [envelope, other], [digest, other_digest])
    assert (await ready()).code == "not_found"
    await untouched(arena, room, statement)


async def test_a_replay_gets_the_first_answer_and_changes_nothing(arena, granted):
    room, statement = granted
    ready = room.declare(arena.intern, statement)
    first = await ready()
    assert (await ready()).data == first.data
    envelope, digest = signed(arena.intern, statement)
    again = await room.post(arena.intern, new_id("msg"), [envelope], [digest])()
    assert again.code == "disclosure_lapsed"
    assert len(await arena.log(room.thread)) == 2
    other = await Room.of(arena.intern, arena.specialist)
    moved = await other.post(arena.intern, statement.message, [envelope], [digest])()
    assert moved.code == "not_found"


async def test_a_disclosure_of_another_thread_device_or_epoch(arena, granted):
    room, statement = granted
    other = await Room.of(arena.intern, arena.specialist)
    foreign = replace(statement, thread=other.thread)
    assert (await other.declare(arena.intern, foreign)()).code == "not_found"
    assert (await room.commit(arena.specialist)()).status == 200
    room.moved()
    assert (await room.declare(arena.intern, statement)()).code == "stale_epoch"
    later = replace(statement, epoch=room.epoch)
    assert (await room.declare(arena.intern, later)()).code == "disclosure_lapsed"
    assert (await arena.row(statement.disclosure)).state == "pending"


async def test_a_lapsed_disclosure(arena, granted):
    room, statement = granted
    arena.intern.running.clock.advance(HOUR)
    assert (await room.declare(arena.intern, statement)()).code == "disclosure_lapsed"
    await arena.intern.running.server.sweeper.sweep()
    assert (await room.declare(arena.intern, statement)()).code == "disclosure_lapsed"
    row = await arena.row(statement.disclosure)
    assert (row.state, row.server_half) == ("destroyed", None)


async def test_a_revoked_device_stops_images_until_it_is_removed(arena, story):
    leaver = await story.device(story.coastal, "Leaver")
    scope = await arena.consent(arena.intern, leaver)
    room = await Room.of(arena.intern, leaver)
    _, send = await room.uploaded(arena.intern, scope)
    assert (await leaver.call("POST", f"/api/devices/{leaver.device}/revoke", {})).status == 200
    refused = await send()
    assert refused.reasons == [("not_attested", leaver.me)]
    assert refused.data["error"]["reasons"][0]["remedy"] == "renew_device"
    assert (await room.commit(arena.intern, removes=[leaver])()).status == 200
    room.moved(removes=[leaver])
    assert (await room.uploaded(arena.intern, scope))[0]
