"""Whether a server delivers the client that was released: what is changed, added to or held back is seen."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from inscope_server.cli import main
from inscope_server.client_files import manifest
from inscope_server.client_files.comparing import GUARDS, Compared, compare
from inscope_server.config import ConfigError
from inscope_server.web.headers import HEADERS
from inscope_server.web.route import Handler
from servers.process import free_port
from world.running import CLIENT, Running, TestClock


@pytest.fixture
async def delivered(tmp_path: Path) -> AsyncIterator[tuple[str, Path]]:
    """A server's origin, and the folder that it delivers from."""
    folder = tmp_path / "dist"
    shutil.copytree(CLIENT, folder)
    running = await Running.start(
        f"sqlite+aiosqlite:///{tmp_path}/inscope.sqlite3", tmp_path, TestClock(), client_dir=str(folder)
    )
    yield running.origin, folder
    await running.close()


def _wrong(found: list[Compared]) -> list[tuple[str, str]]:
    return [(one.name, one.found) for one in found if one.found != "same"]


async def test_an_honest_server_delivers_what_was_released(delivered: tuple[str, Path]) -> None:
    origin, _ = delivered
    released = manifest.of_folder(CLIENT)
    found = await compare(origin, released)
    assert _wrong(found) == []
    assert {one.name for one in found} == {"/", *released, *GUARDS}


async def test_one_byte_in_one_file_is_seen(delivered: tuple[str, Path]) -> None:
    origin, folder = delivered
    with (folder / "patient.js").open("ab") as file:
        file.write(b"\n")
    assert _wrong(await compare(origin, manifest.of_folder(CLIENT))) == [("patient.js", "differs")]


async def test_a_page_with_one_more_script_is_seen_under_both_its_names(delivered: tuple[str, Path]) -> None:
    origin, folder = delivered
    page = folder / "index.html"
    page.write_text(page.read_text().replace("</head>", '<script src="/more.js"></script></head>'))
    found = await compare(origin, manifest.of_folder(CLIENT))
    assert _wrong(found) == [("/", "differs"), ("index.html", "differs")]


async def test_a_file_that_is_not_there_is_missing(delivered: tuple[str, Path]) -> None:
    released = {**manifest.of_folder(CLIENT), "assets/more-1.js": "0" * 64}
    assert _wrong(await compare(delivered[0], released)) == [("assets/more-1.js", "missing")]


@asynccontextmanager
async def _served(answer: Handler) -> AsyncIterator[str]:
    """The origin of a server that answers everything so."""
    app = web.Application()
    app.router.add_get("/{name:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield f"http://127.0.0.1:{port}"
    await runner.cleanup()


@pytest.fixture
async def lying() -> AsyncIterator[tuple[str, dict[str, str]]]:
    """The released files from another server, and the headers that it sends, to be changed."""
    headers = {name: HEADERS[name] for name in GUARDS}

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.FileResponse(CLIENT / (request.match_info["name"] or "index.html"), headers=headers)

    async with _served(answer) as origin:
        yield origin, headers


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (None, "missing"),
        ("default-src *", "differs"),
        (HEADERS["Content-Security-Policy"] + " 'unsafe-inline'", "differs"),
    ],
)
async def test_a_weaker_policy_is_seen(lying: tuple[str, dict[str, str]], said: str | None, found: str) -> None:
    origin, headers = lying
    assert _wrong(await compare(origin, manifest.of_folder(CLIENT))) == []
    del headers["Content-Security-Policy"]
    headers |= {} if said is None else {"Content-Security-Policy": said}
    wrong = _wrong(await compare(origin, manifest.of_folder(CLIENT)))
    assert wrong == [("Content-Security-Policy", found)]


async def test_another_address_for_the_same_files_is_not_followed() -> None:
    async def away(_request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("http://127.0.0.1:9/")

    async with _served(away) as origin:
        found = await compare(origin, {"index.html": "0" * 64})
    assert {one.found for one in found} == {"missing"}


async def test_where_nobody_answers_it_says_so() -> None:
    with pytest.raises(ConfigError, match="does not answer"):
        await compare(f"http://127.0.0.1:{free_port()}", manifest.of_folder(CLIENT))


async def test_the_command_says_what_differs_and_ends_with_a_fault(
    delivered: tuple[str, Path], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin, folder = delivered
    monkeypatch.setenv("INSCOPE_CLIENT_DIR", str(CLIENT))
    await asyncio.to_thread(main, ["client", "compare", origin + "/"])
    assert capsys.readouterr().out.startswith("the same: ")
    published = tmp_path / "manifest"
    published.write_text(manifest.written(manifest.of_folder(CLIENT)))
    (folder / "icon.svg").write_text("<svg/>")
    with pytest.raises(SystemExit) as ended:
        await asyncio.to_thread(main, ["client", "compare", origin, "--manifest", str(published)])
    assert ended.value.code == 1
    told = capsys.readouterr().out
    assert "differs icon.svg" in told and "passphrase" in told
    with pytest.raises(SystemExit):
        await asyncio.to_thread(main, ["client", "compare", origin, "--json"])
    assert {"name": "icon.svg", "found": "differs"} in json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    "origin", ["inscope.example", "ftp://inscope.example", "https://inscope.example/x", "https://"]
)
def test_what_is_no_origin_is_refused(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSCOPE_CLIENT_DIR", str(CLIENT))
    with pytest.raises(SystemExit, match="not the origin of a server"):
        main(["client", "compare", origin])


async def test_what_the_build_keeps_for_itself_is_not_delivered(delivered: tuple[str, Path]) -> None:
    origin, folder = delivered
    assert (folder / ".vite/manifest.json").exists()
    async with aiohttp.ClientSession() as http, http.get(f"{origin}/.vite/manifest.json") as response:
        assert response.status == 404
