"""Sealed bytes: whole, as declared, never overwritten, and gone when nothing speaks of them (SPEC S7.6)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from inscope_protocol.encoding import encode_base64url, labelled_hash
from inscope_protocol.labels import BLOB, BLOB_PART
from inscope_server.images.blobs import PART_SIZE, BlobStore
from world.device import new_id


def stored(arena):
    folder = arena.intern.running.folder / "blobs"
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def declared(statement, parts):
    digest = labelled_hash(BLOB, *(labelled_hash(BLOB_PART, part) for part in parts))
    return replace(statement, blob_hash=encode_base64url(digest), sealed_size=sum(map(len, parts)))


@pytest.fixture
async def asked(arena):
    room, scope = await arena.room(), await arena.consent()
    granted = await room.ask(arena.intern, scope)
    return room, granted, granted.data["blob"], arena.intern.statement(granted, new_id("msg"), b"sealed")


async def test_a_message_without_its_bytes(arena, asked):
    room, _, _, statement = asked
    assert (await room.declare(arena.intern, statement)()).code == "blob_incomplete"


async def test_parts_of_the_wrong_number_or_size(arena, asked):
    room, _, blob, statement = asked
    full, rest = bytes(PART_SIZE), b"the rest"
    assert (await arena.intern.upload(blob, rest, 1)).data == {"parts": [1]}
    assert (await room.declare(arena.intern, declared(statement, [rest]))()).code == "blob_incomplete"
    assert (await arena.intern.upload(blob, full[:-1], 0)).data == {"parts": [0, 1]}
    assert (await room.declare(arena.intern, declared(statement, [full[:-1], rest]))()).code == "blob_incomplete"


async def test_a_full_part_is_taken_and_more_is_not(arena, asked):
    room, _, blob, statement = asked
    full, rest = bytes(PART_SIZE), b"the rest"
    assert (await arena.intern.upload(blob, full + b"1", 0)).code == "too_large"
    assert (await arena.intern.upload(blob, b"", 0)).code == "too_large"
    assert (await arena.intern.upload(blob, full, 0)).status == 200
    assert (await arena.intern.upload(blob, rest, 1)).status == 200
    listing = await arena.intern.call("GET", f"/api/blobs/{blob}/parts")
    assert listing.data == {"parts": [{"n": 0, "size": PART_SIZE}, {"n": 1, "size": len(rest)}]}
    assert (await room.declare(arena.intern, declared(statement, [rest, full]))()).code == "blob_mismatch"
    assert (await room.declare(arena.intern, declared(statement, [full, rest]))()).status == 200
    assert (await arena.specialist.call("GET", f"/api/blobs/{blob}/parts/0")).data == full
    assert (await arena.specialist.call("GET", f"/api/blobs/{blob}/parts/1")).data == rest


@pytest.mark.parametrize("part", ["66", "999", "1000", "-1", "+0", "0x0", "1e0", "%30%30%30%30", "..", "%2e%2e"])
async def test_a_part_out_of_range(arena, asked, part):
    _, _, blob, _ = asked
    for method in ("PUT", "GET"):
        headers = {"X-InScope-CSRF": arena.intern.csrf}
        async with arena.intern.http.request(
            method, f"/api/blobs/{blob}/parts/{part}", data=b"x" if method == "PUT" else None, headers=headers
        ) as response:
            assert response.status in (404, 413), part
    assert stored(arena) == []


async def test_a_pending_blob_is_its_uploaders_alone(arena, asked):
    _, _, blob, _ = asked
    assert (await arena.intern.upload(blob, b"sealed")).status == 200
    for path in (f"/api/blobs/{blob}/parts", f"/api/blobs/{blob}/parts/0"):
        assert (await arena.specialist.call("GET", path)).code == "not_found"
    assert (await arena.intern.call("GET", f"/api/blobs/{blob}/parts/0")).code == "not_found"
    assert (await arena.specialist.upload(blob, b"other")).code == "not_found"


async def test_bytes_end_with_the_consent_without_waiting_for_the_sweeper(arena):
    room, clock = await arena.room(), arena.intern.running.clock
    scope = await arena.consent(valid_until=clock.now() + 60_000)
    disclosure = await room.attached(arena.intern, scope)
    path = f"/api/blobs/{(await arena.row(disclosure)).blob}/parts/0"
    assert (await arena.specialist.call("GET", path)).status == 200
    clock.advance(60_000)
    assert (await arena.specialist.call("GET", path)).code == "not_found"


async def test_an_object_of_which_no_row_speaks_is_collected(arena, asked, monkeypatch):
    """As if the server had been killed between the object and its row."""
    _, _, blob, statement = asked
    server = arena.intern.running.server
    await server.blobs.put(blob, 7, b"orphan")
    assert stored(arena) == [f"{blob}/7"]
    arena.intern.running.clock.advance(3_600_000)
    await server.sweeper.sweep()
    assert stored(arena) == []
    assert (await arena.row(statement.disclosure)).state == "destroyed"


async def test_an_upload_that_ends_after_its_disclosure_leaves_nothing(arena, asked, monkeypatch):
    _, _, blob, _ = asked
    server, put = arena.intern.running.server, BlobStore.put

    async def slow(store, *arguments):
        arena.intern.running.clock.advance(3_600_000)
        await server.sweeper.sweep()
        await put(store, *arguments)

    monkeypatch.setattr(BlobStore, "put", slow)
    assert (await arena.intern.upload(blob, b"late")).code == "not_found"
    await server.sweeper.sweep()
    assert stored(arena) == []


async def test_a_store_that_takes_nothing_is_a_clean_refusal(arena, asked, monkeypatch):
    _, _, blob, _ = asked
    import obstore

    async def full(*_arguments, **_options):
        raise OSError("No space left on device")

    monkeypatch.setattr(obstore, "put_async", full)
    refused = await arena.intern.upload(blob, b"sealed")
    assert (refused.status, refused.code) == (507, "storage_full")
    monkeypatch.undo()
    assert (await arena.intern.call("GET", f"/api/blobs/{blob}/parts")).data == {"parts": []}
    assert (await arena.intern.upload(blob, b"sealed")).status == 200


async def test_the_same_picture_again_leaves_no_trace_of_being_the_same(arena):
    room, scope = await arena.room(), await arena.consent()
    first, second = await room.attached(arena.intern, scope), await room.attached(arena.intern, scope)
    one, two = await arena.row(first), await arena.row(second)
    assert one.blob != two.blob
    assert one.server_half != two.server_half
    assert len(stored(arena)) == 2
