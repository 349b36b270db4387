"""Sealed bytes: whole, as declared, never changed, and gone when nothing speaks of them (SPEC S7.6)."""

from __future__ import annotations

import os

import pytest
from msgspec.structs import replace

from inscope_server.images import uploading
from inscope_server.images.blobs import BlobStore
from inscope_server.images.hashing import Hashes
from inscope_server.images.tus import MOST_AT_ONCE
from world.device import blob_hash, new_id

MIB = 1_048_576


def stored(arena):
    folder = arena.intern.running.folder / "blobs"
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def declared(statement, whole):
    return replace(statement, blob_hash=blob_hash(whole), sealed_size=len(whole))


@pytest.fixture
async def asked(arena):
    room, scope = await arena.room(), await arena.consent()
    granted = await room.ask(arena.intern, scope)
    return room, granted, granted.data["blob"], arena.intern.statement(granted, new_id("msg"), b"sealed")


async def arrived(arena, blob):
    answer = await arena.intern.offset(blob)
    assert answer.status == 200 and answer.data["Tus-Resumable"] == "1.0.0"
    return int(answer.data["Upload-Offset"])


async def test_a_message_without_its_bytes(arena, asked):
    room, _, blob, statement = asked
    assert (await room.declare(arena.intern, statement)()).code == "blob_incomplete"
    assert (await arena.intern.upload(blob, b"seal", 0, b"sealed")).status == 204
    assert (await room.declare(arena.intern, statement)()).code == "blob_incomplete"
    assert (await arena.intern.upload(blob, b"ed", 4, b"sealed")).status == 204
    assert (await room.declare(arena.intern, statement)()).status == 200


async def test_pieces_of_any_length_make_one_blob(arena, asked):
    room, _, blob, statement = asked
    whole = os.urandom(2 * MIB + 1000)
    assert (await arena.intern.offset(blob)).data["Upload-Defer-Length"] == "1"
    for start, end in ((0, 1), (1, 70_000), (70_000, MIB), (MIB, 2 * MIB), (2 * MIB, len(whole))):
        answer = await arena.intern.upload(blob, whole[start:end], start, whole)
        assert (answer.status, answer.data["Upload-Offset"], await arrived(arena, blob)) == (204, str(end), end)
    told = (await arena.intern.offset(blob)).data
    assert (told["Upload-Length"], told["X-InScope-Blob-Hash"]) == (str(len(whole)), blob_hash(whole))
    assert (await room.declare(arena.intern, declared(statement, whole))()).status == 200
    assert (await arena.specialist.call("GET", f"/api/blobs/{blob}")).data == whole


@pytest.fixture
def read_back(monkeypatch):
    """Names of the objects that the server has read."""
    names, get = [], BlobStore.get

    async def reading(store, blob, name, *stretch):
        names.append(name)
        return await get(store, blob, name, *stretch)

    monkeypatch.setattr(BlobStore, "get", reading)
    return names


async def test_what_comes_in_one_go_is_neither_read_back_nor_written_twice(arena, asked, read_back):
    _, _, blob, _ = asked
    whole = os.urandom(MIB + 70_000)
    for start, end in ((0, 300_000), (300_000, MIB + 5), (MIB + 5, len(whole))):
        assert (await arena.intern.upload(blob, whole[start:end], start, whole)).status == 204
    assert read_back == []
    assert {name.split("/")[1].split("-")[0] for name in stored(arena)} == {"0", "300000", str(MIB + 5)}


async def test_what_came_in_many_pieces_becomes_one(arena, asked, read_back):
    room, _, blob, statement = asked
    whole = os.urandom(uploading.MOST_KEPT + 1)
    for start in range(len(whole)):
        assert (await arena.intern.upload(blob, whole[start : start + 1], start, whole)).status == 204
    assert len(read_back) == len(whole)
    assert len(stored(arena)) == 1
    assert (await room.declare(arena.intern, declared(statement, whole))()).status == 200
    assert (await arena.specialist.call("GET", f"/api/blobs/{blob}")).data == whole


async def test_another_process_goes_on_with_an_upload_and_reads_back_what_it_did_not_see(arena, asked, read_back):
    room, _, blob, statement = asked
    server, whole = arena.intern.running.server, os.urandom(1000)
    for start in (0, 400):
        server.uploading.hashes = Hashes()
        assert (await arena.intern.upload(blob, whole[start : start + 400], start, whole)).status == 204
    assert (await arena.intern.upload(blob, whole[800:], 800, whole)).status == 204
    assert len(read_back) == 3
    assert (await room.declare(arena.intern, declared(statement, whole))()).status == 200
    assert (await arena.specialist.call("GET", f"/api/blobs/{blob}")).data == whole


async def test_a_hash_of_bytes_that_are_forgotten_speaks_for_no_others(arena, asked):
    """One process has seen the beginning of an upload; another sees it end as something else, and begin anew."""
    _, _, blob, _ = asked
    server, old, new = arena.intern.running.server, b"first" + b"rest", b"other" + b"rest"
    assert (await arena.intern.upload(blob, old[:5], 0, old)).status == 204
    seen, server.uploading.hashes = server.uploading.hashes, Hashes()
    assert (await arena.intern.upload(blob, b"wrong"[:4], 5, old)).code == "blob_mismatch"
    assert (await arena.intern.upload(blob, new[:5], 0, old)).status == 204
    server.uploading.hashes = seen
    assert (await arena.intern.upload(blob, old[5:], 5, old)).code == "blob_mismatch"
    assert await arrived(arena, blob) == 0


async def test_other_bytes_than_were_begun_are_refused_at_once_and_at_the_end(arena, asked):
    room, _, blob, statement = asked
    whole, other = b"sealed one way", b"sealed another"
    assert (await arena.intern.upload(blob, whole[:5], 0, whole)).status == 204
    assert (await arena.intern.upload(blob, other[5:], 5, other)).code == "blob_mismatch"
    assert await arrived(arena, blob) == 5
    assert (await arena.intern.upload(blob, other[5:], 5, whole)).code == "blob_mismatch"
    assert (await arrived(arena, blob), stored(arena)) == (0, [])
    assert (await arena.intern.upload(blob, whole)).status == 204
    assert (await room.declare(arena.intern, declared(statement, other))()).code == "blob_mismatch"
    assert (await room.declare(arena.intern, declared(statement, whole))()).status == 200


async def test_a_gap_and_a_repetition_are_refused_and_change_nothing(arena, asked):
    _, _, blob, _ = asked
    whole = bytes(range(200))
    assert (await arena.intern.upload(blob, whole[:100], 0, whole)).status == 204
    for offset in (0, 99, 101, 200):
        refused = await arena.intern.upload(blob, whole[offset:], offset, whole)
        assert (refused.status, refused.code) == (409, "offset_mismatch"), offset
    assert await arrived(arena, blob) == 100
    assert len(stored(arena)) == 1


async def test_more_than_was_declared_and_more_than_is_taken(arena, asked, monkeypatch):
    _, _, blob, _ = asked
    whole = bytes(MOST_AT_ONCE + 1)
    assert (await arena.intern.upload(blob, b"", 0, b"")).code == "too_large"
    monkeypatch.setattr(uploading, "MAX_SEALED_SIZE", MIB)
    assert (await arena.intern.upload(blob, whole[:1], 0, whole)).code == "too_large"
    monkeypatch.undo()
    assert (await arena.intern.upload(blob, whole)).code == "too_large"
    assert (await arrived(arena, blob), stored(arena)) == (0, [])
    assert (await arena.intern.upload(blob, whole[:-1], 0, whole)).status == 204
    assert (await arena.intern.upload(blob, b"12", MOST_AT_ONCE, whole)).code == "too_large"
    assert (await arrived(arena, blob), len(stored(arena))) == (MOST_AT_ONCE, 1)


async def test_an_upload_in_crumbs(arena, asked, monkeypatch):
    _, _, blob, _ = asked
    monkeypatch.setattr(uploading, "MOST_PIECES", 2)
    for offset in (0, 1):
        assert (await arena.intern.upload(blob, b"s", offset, b"sealed")).status == 204
    assert (await arena.intern.upload(blob, b"s", 2, b"sealed")).code == "too_large"


async def test_what_came_before_a_restart_is_not_sent_again(arena, asked):
    """Killed between the last piece and the look at the whole: asking for nothing more is enough."""
    room, _, blob, statement = asked
    server, read_back = arena.intern.running.server, uploading.Uploading._read_back

    async def killed(*_arguments):
        raise ConnectionError

    uploading.Uploading._read_back = killed
    try:
        assert (await arena.intern.upload(blob, b"sea", 0, b"sealed")).status == 204
        server.uploading.hashes = Hashes()
        assert (await arena.intern.upload(blob, b"led", 3, b"sealed")).status == 503
    finally:
        uploading.Uploading._read_back = read_back
    assert await arrived(arena, blob) == 6
    assert (await room.declare(arena.intern, statement)()).code == "blob_incomplete"
    assert (await arena.intern.upload(blob, b"", 6, b"sealed")).status == 204
    assert (await room.declare(arena.intern, statement)()).status == 200
    await server.sweeper.sweep()
    assert (await arena.specialist.call("GET", f"/api/blobs/{blob}")).data == b"sealed"


async def test_a_pending_blob_is_its_uploaders_alone(arena, asked):
    _, _, blob, _ = asked
    assert (await arena.intern.upload(blob, b"sealed")).status == 204
    assert (await arena.specialist.offset(blob)).status == 404
    assert (await arena.specialist.upload(blob, b"other")).code == "not_found"
    for device in (arena.specialist, arena.intern):
        assert (await device.call("GET", f"/api/blobs/{blob}")).code == "not_found"


async def test_an_upload_that_is_given_up_leaves_nothing(arena, asked):
    room, _, blob, statement = asked
    assert (await arena.intern.upload(blob, b"sea", 0, b"sealed")).status == 204
    path, headers = f"/api/uploads/{blob}", {"Tus-Resumable": "1.0.0", "X-InScope-CSRF": arena.intern.csrf}
    async with arena.intern.http.delete(path, headers=headers) as answer:
        assert (answer.status, answer.headers["Tus-Resumable"]) == (204, "1.0.0")
    assert (await arena.row(statement.disclosure)).server_half is None
    assert (await arena.intern.upload(blob, b"led", 3, b"sealed")).code == "not_found"
    await arena.intern.running.server.sweeper.sweep()
    assert stored(arena) == []
    assert (await room.declare(arena.intern, statement)()).code == "disclosure_lapsed"


async def test_another_tus_is_told_which_one_is_spoken(arena, asked):
    _, _, blob, _ = asked
    for spoken in ({}, {"Tus-Resumable": "0.2.2"}):
        async with arena.intern.http.head(f"/api/uploads/{blob}", headers=spoken) as answer:
            assert (answer.status, answer.headers["Tus-Version"]) == (412, "1.0.0")


async def test_an_object_of_which_no_row_speaks_is_collected(arena, asked):
    """As if the server had been killed between the object and its row."""
    _, _, blob, statement = asked
    server = arena.intern.running.server
    await server.blobs.put(blob, "7-orphan", b"orphan")
    assert stored(arena) == [f"{blob}/7-orphan"]
    arena.intern.running.clock.advance(3_600_000)
    await server.sweeper.sweep()
    assert stored(arena) == []
    assert (await arena.row(statement.disclosure)).state == "destroyed"


async def test_an_upload_that_ends_after_its_disclosure_leaves_nothing(arena, asked, monkeypatch):
    _, _, blob, _ = asked
    server, put = arena.intern.running.server, BlobStore.put

    async def slow(store, *arguments, **options):
        arena.intern.running.clock.advance(3_600_000)
        await server.sweeper.sweep()
        await put(store, *arguments, **options)

    monkeypatch.setattr(BlobStore, "put", slow)
    assert (await arena.intern.upload(blob, b"late")).code == "not_found"
    await server.sweeper.sweep()
    assert stored(arena) == []


async def test_a_store_that_takes_nothing_is_a_clean_refusal(arena, asked, monkeypatch):
    _, _, blob, _ = asked

    def full(_file):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    refused = await arena.intern.upload(blob, b"sealed")
    assert (refused.status, refused.code) == (507, "storage_full")
    monkeypatch.undo()
    assert (await arrived(arena, blob), stored(arena)) == (0, [])
    assert (await arena.intern.upload(blob, b"sealed")).status == 204


async def test_the_same_picture_again_leaves_no_trace_of_being_the_same(arena):
    room, scope = await arena.room(), await arena.consent()
    first, second = await room.attached(arena.intern, scope), await room.attached(arena.intern, scope)
    one, two = await arena.row(first), await arena.row(second)
    assert one.blob != two.blob
    assert one.server_half != two.server_half
    assert len(stored(arena)) == 2
