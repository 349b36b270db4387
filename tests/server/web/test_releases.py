"""A release is replaced by turning a link to the next one: what still runs goes on with its own client."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp
import obstore
import pytest

from inscope_server import cli
from inscope_server.audit.log_key import LogKey
from inscope_server.client_files import releases as releases_module
from inscope_server.client_files.releases import LISTED_FOR, PLACE, TAG, Releases
from inscope_server.clock import Clock
from inscope_server.images.blobs import BlobStore
from inscope_server.web.client import FOR_EVER, PAGE, Client, served
from inscope_server.web.pages import Pages
from servers.process import free_port
from servers.s3 import S3
from world.device import new_id
from world.running import Running, TestClock


def release(folder: Path, version: str) -> Path:
    (folder / version / "assets").mkdir(parents=True)
    (folder / version / PAGE).write_text(f'<script src="assets/{version}.js"></script>', "utf-8")
    (folder / version / "assets" / f"{version}.js").write_text(version, "utf-8")
    return folder / version


def test_a_process_goes_on_with_the_client_that_it_started_with(tmp_path: Path) -> None:
    link, (old, new) = tmp_path / "current", [release(tmp_path, version) for version in ("old", "new")]
    link.symlink_to(old)
    client = Client(str(link), Pages())
    link.unlink()
    link.symlink_to(new)
    assert client.files[PAGE].read_text("utf-8") == '<script src="assets/old.js"></script>'
    assert client.files["assets/old.js"].read_text("utf-8") == "old"


@pytest.fixture(params=["folder", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BlobStore:
    if request.param == "folder":
        return BlobStore(f"file://{tmp_path}/blobs")
    s3: S3 = request.getfixturevalue("s3")
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    return BlobStore(f"{s3.url}/{tmp_path.name}")


@pytest.fixture
def releases(blobs: BlobStore) -> Releases:
    return Releases(blobs, Clock(), LogKey(new_id("log"), bytes(32)))


async def test_a_page_of_one_release_gets_what_it_needs_from_a_process_of_the_other(
    releases: Releases, tmp_path: Path
) -> None:
    old, new = (release(tmp_path, version) for version in ("old", "new"))
    assert (await releases.keep(served(old)), await releases.keep(served(new)), await releases.keep(served(new))) == (
        1, 1, 0
    )  # fmt: skip
    running = await Running.start(
        f"sqlite+aiosqlite:///{tmp_path}/inscope.sqlite3", tmp_path, TestClock(), client_dir=str(old),
        adjust=lambda server: setattr(server, "releases", releases),
    )  # fmt: skip
    async with aiohttp.ClientSession(running.origin) as http:
        for version in ("old", "new"):
            async with http.get(f"/assets/{version}.js") as answer:
                assert (answer.status, await answer.text()) == (200, version)
                assert answer.content_type == "text/javascript"
                assert answer.headers["Cache-Control"] == FOR_EVER
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
        async with http.get("/assets/newer.js") as answer:
            assert (answer.status, (await answer.json())["error"]["code"]) == (404, "not_found")
    await running.close()


async def test_what_somebody_else_puts_into_the_store_is_delivered_to_nobody(
    releases: Releases, blobs: BlobStore, tmp_path: Path
) -> None:
    await releases.keep(served(release(tmp_path, "old")))
    kept = await blobs.get(PLACE, "old.js", 0, TAG + 3)
    for name, data in {"evil.js": b"alert(1)", "other.js": kept, "short.js": b"", "half.js": kept[:TAG]}.items():
        await blobs.put(PLACE, name, data)
    assert await releases.find("assets/old.js") == b"old"
    for name in ("evil", "other", "short", "half"):
        assert await releases.find(f"assets/{name}.js") is None
    foreign = Releases(blobs, Clock(), LogKey(new_id("log"), bytes(31) + b"1"))
    assert await foreign.find("assets/old.js") is None, "another server's"
    await blobs.put(PLACE, "old.js", kept[:-1] + b"D")
    assert await Releases(blobs, Clock(), LogKey(new_id("log"), bytes(32))).find("assets/old.js") is None
    assert await releases.keep(served(tmp_path / "old")) == 0, "of the same length: it is not read"


async def test_what_was_verified_is_read_once_however_many_ask(
    releases: Releases, blobs: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await releases.keep(served(release(tmp_path, "old")))
    read, get = Counter[str](), blobs.get

    async def counted(blob: str, name: str, start: int, end: int) -> bytes:
        read[name] += 1
        return await get(blob, name, start, end)

    monkeypatch.setattr(blobs, "get", counted)
    found = await asyncio.gather(*(releases.find("assets/old.js") for _ in range(8)))
    assert found == [b"old"] * 8 and len({id(one) for one in found}) == 1
    assert read == {"old.js": 1}


async def test_what_is_too_large_to_be_a_script_is_not_read(
    releases: Releases, blobs: BlobStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(releases_module, "MOST_BYTES", TAG + 2)
    await releases.keep(served(release(tmp_path, "old")))
    monkeypatch.setattr(blobs, "get", None)
    assert await releases.find("assets/old.js") is None


async def test_of_what_is_held_the_oldest_gives_way(
    releases: Releases, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    versions = [letter * 30 for letter in "abc"]
    for version in versions:
        await releases.keep(served(release(tmp_path, version)))
    monkeypatch.setattr(releases_module, "MOST_BYTES", 2 * 30 + 2)
    for version in versions:
        assert await releases.find(f"assets/{version}.js") == version.encode()
    assert list(releases._read) == [f"{version}.js" for version in versions[-2:]]


async def test_names_that_are_made_up_ask_nothing_of_the_store(
    blobs: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, asked = TestClock(), Counter[str]()
    clock.stop()
    releases = Releases(blobs, Clock(now=clock.now), LogKey(new_id("log"), bytes(32)))
    listed = obstore.list

    def counted(*arguments: Any, **options: Any) -> Any:
        asked["lists"] += 1
        return listed(*arguments, **options)

    monkeypatch.setattr(obstore, "list", counted)
    for number in range(20):
        assert await releases.find(f"assets/{number}.js") is None
    assert asked["lists"] == 1
    await releases.keep(served(release(tmp_path, "next")))
    clock.advance(LISTED_FOR)
    assert await releases.find("assets/next.js") == b"next"


def nobody() -> dict[str, str]:
    """A store that is not there, as the environment names one."""
    said = {"ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b", "REGION": "c", "ALLOW_HTTP": "true"}
    return {f"AWS_{name}": value for name, value in said.items()} | {"AWS_ENDPOINT": f"http://127.0.0.1:{free_port()}"}


async def test_a_store_that_does_not_answer_makes_it_one_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in nobody().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(releases_module, "PATIENCE_SECONDS", 0.2)
    releases = Releases(BlobStore("s3://sealed"), Clock(), LogKey(new_id("log"), bytes(32)))
    assert await asyncio.wait_for(releases.find("assets/next.js"), 5) is None


def test_migrating_keeps_the_client_of_this_release_and_goes_on_without_a_store(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"data_dir": f"{tmp_path}/data", "client_dir": str(release(tmp_path, "old"))}
    file = tmp_path / "inscope.toml"
    file.write_text("".join(f'{key} = "{value}"\n' for key, value in settings.items()), "utf-8")
    for new in (1, 0):
        cli.main(["--config", str(file), "migrate"])
        assert f"{new} of them new" in capsys.readouterr().out
    monkeypatch.setenv("INSCOPE_BLOB_URL", "s3://sealed")
    monkeypatch.setattr(releases_module, "MIGRATION_SECONDS", 0.5)
    for environment, said in (({}, "not kept: blob_url"), (nobody(), "blob_url's store did not take them")):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        cli.main(["--config", str(file), "migrate"])
        assert said in capsys.readouterr().out
