"""Where many tests begin: a server's database and files, and its people, made once for each kind of database."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from servers.databases import copied

from .running import Running, TestClock

Begin = Callable[[Running, tuple[str, ...]], Awaitable[Any]]
"""Makes these members of a world, and leaves it at rest: nothing of it is connected."""


@dataclass(frozen=True)
class Begun:
    """A database `url`, its server's `folder` and its `world`, as they were when its server ended."""

    url: str
    folder: Path
    world: Any

    def copy_folder(self, folder: Path) -> None:
        """All that is not the database, into the data folder of a server that goes on."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.sqlite3*"))


class Beginnings:
    """Those that are there. Enrolling takes a while."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self.folders, self.there = folders, dict[tuple[Any, ...], Begun]()

    def of(self, request: pytest.FixtureRequest, begin: Begin, members: tuple[str, ...]) -> Begun:
        """On the kind of database of the test that asks."""
        kind = request.node.callspec.params["database_url"]
        if (kind, begin, members) not in self.there:
            folder = self.folders.mktemp("beginning")
            url = copied(request, kind, folder)
            self.there[kind, begin, members] = Begun(url, folder, asyncio.run(_world(url, folder, begin, members)))
        return self.there[kind, begin, members]


async def _world(url: str, folder: Path, begin: Begin, members: tuple[str, ...]) -> Any:
    running = await Running.start(url, folder, TestClock())
    world = await begin(running, members)
    await running.close()
    return world
