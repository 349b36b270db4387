"""The README's example for an organisation's administrator, typed as it stands, from the first line to the last."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import signal
import sys
from pathlib import Path

import msgspec
import pytest

from inscope_server import cli
from inscope_server.administrator.attester import Invited
from inscope_server.records_gateway.keys import Keys
from server.administrator.test_attester import attested, enrol
from world.device import Device
from world.organisation import Organisation
from world.running import ROOT, Running

KNOWN = "org_….card.json"


def example() -> list[str]:
    block = re.search(
        r"administrator, on a machine of their own:\n\n```sh\n(.*?)```",
        (ROOT / "README.md").read_text("utf-8"),
        re.DOTALL,
    )
    assert block is not None
    return block[1].replace("\\\n", "").splitlines()


class Typed:
    """Whoever types it, in a folder of their own; `told`: what was printed last. Devices enrol by the printed links."""

    def __init__(self, server: Running, devices: list[Device], capsys: pytest.CaptureFixture[str]) -> None:
        self.server, self.devices, self.capsys = server, devices, capsys
        self.told, self.people = "", list[str]()

    async def type(self, line: str) -> None:
        person = self.people[-1] if self.people else ""
        words = shlex.split(
            line.replace("https://inscope.example", self.server.origin).replace("per_…", person), comments=True
        )
        if "--watch" in words:
            await self.watch(words)
        else:
            await self.run(words)
        if "invite" in words:
            await self.open_link()

    async def run(self, words: list[str]) -> None:
        assert words[0] == "inscope"
        await asyncio.to_thread(cli.main, words[1:])
        self.told = self.capsys.readouterr().out

    async def watch(self, words: list[str]) -> None:
        """Until somebody is confirmed, then stopped as by Ctrl-C."""
        command = [sys.executable, "-m", "inscope_server", *words[1:]]
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        self.told = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 130

    async def open_link(self) -> None:
        found = re.search(r"(per_\S+)\nOne-time link, for them alone: (\S+)", self.told)
        assert found is not None
        if found[1] not in self.people:
            self.people.append(found[1])
        await enrol(self.server, self.devices, Invited(found[1], found[2]))

    async def as_operator(self, folder: Path) -> None:
        """The command that `init` printed, on the server."""
        values, settings = msgspec.structs.asdict(self.server.server.config), folder / "inscope.toml"
        settings.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items()), "utf-8")
        words = shlex.split(self.told.splitlines()[-1])
        await self.run([words[0], "--config", str(settings), *words[1:]])


@pytest.fixture
async def typed(
    server: Running,
    devices: list[Device],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Typed:
    """Beside another hospital's card, and a card of the gateway's."""
    folder = tmp_path / "administrator's machine"
    folder.mkdir()
    monkeypatch.chdir(folder)
    harbour = Organisation(server, "Harbour Orthopaedics")
    await harbour.register()
    Path(KNOWN).write_bytes(msgspec.json.encode(harbour.described()))
    Path("gateway-card.json").write_bytes(msgspec.json.encode(Keys.open(folder / "gateway").card()))
    return Typed(server, devices, capsys)


async def test_the_example_goes_through_as_it_stands(typed: Typed, tmp_path: Path) -> None:
    first, *others = example()
    await typed.type(first)
    await typed.as_operator(tmp_path)
    for line in others:
        await typed.type(line)
    ines, ruth = typed.people
    confirmed = [await attested(device) for device in typed.devices[:2]]
    assert sorted(confirmed) == [False, True], "one at a time: whichever was confirmed last"
    told = " ".join(typed.told.split())
    assert f"Dr Ines Moreau {ines} registrar Emergency department" in told
    assert f"Ms Ruth Adeyemi {ruth} privacy-officer" in told
