"""What was put in a folder is there, whole and for good, or not at all."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from inscope_server.errors import Refusal
from inscope_server.images import folder
from inscope_server.images.blobs import BlobStore


async def pieces(*all_of_them):
    for piece in all_of_them:
        yield piece


@pytest.fixture
def steps(monkeypatch):
    """What was synced, and what came to its name, in order."""
    done, fsync, rename = [], os.fsync, Path.rename

    def syncing(held):
        done.append(("synced", Path(os.readlink(f"/proc/self/fd/{held}")).name))
        fsync(held)

    def renaming(path, target):
        done.append(("named", target.name))
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", syncing)
    monkeypatch.setattr(Path, "rename", renaming)
    return done


@pytest.mark.parametrize("data", [lambda: b"sealed", lambda: pieces(b"sea", b"led")])
async def test_bytes_are_synced_before_their_name_and_names_after(tmp_path, steps, data):
    await folder.put(tmp_path / "blb_x" / "0-a", data())
    parent, (kind, file), named, names = steps
    assert parent == ("synced", tmp_path.name)
    assert kind == "synced" and file.startswith("new-")
    assert (named, names) == (("named", "0-a"), ("synced", "blb_x"))
    assert await folder.get(tmp_path / "blb_x" / "0-a", 1, 4) == b"eal"
    assert os.listdir(tmp_path / "blb_x") == ["0-a"]


async def test_what_breaks_off_leaves_nothing(tmp_path):
    async def breaks():
        yield b"sea"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await folder.put(tmp_path / "blb_x" / "0-a", breaks())
    assert os.listdir(tmp_path / "blb_x") == []


async def test_the_same_twice_at_once_is_there_all_the_time(tmp_path):
    path, data = tmp_path / "fil_x" / "0-a", os.urandom(300_000)
    await folder.put(path, data)
    again = asyncio.create_task(folder.put(path, pieces(*(data[at : at + 1000] for at in range(0, len(data), 1000)))))
    while not again.done():
        assert await folder.get(path, 0, len(data)) == data
    await again
    assert await folder.get(path, 0, len(data)) == data


async def test_what_a_process_that_was_killed_left_of_a_blob_goes_with_it(tmp_path, monkeypatch):
    """Its name says that it is not whole; whoever deletes the blob sees it all the same."""
    store = BlobStore(f"file://{tmp_path}")
    await store.put("blb_x", "0-a", b"sealed")
    with monkeypatch.context() as killed:
        killed.setattr(folder, "_end", lambda _file: None)
        killed.setattr(folder, "_settle", lambda _file, _path: (_ for _ in ()).throw(OSError))
        with pytest.raises(Refusal):
            await store.put("blb_x", "1-b", b"sea")
    assert len(os.listdir(tmp_path / "blb_x")) == 2
    await store.delete("blb_x")
    assert os.listdir(tmp_path) == []
