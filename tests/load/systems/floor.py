"""The floor as a system under test (floor.py)."""

from __future__ import annotations

import json
import secrets
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp

from inscope_protocol.encoding import encode_base64url
from servers.process import end, free_port
from world import mls
from world.device import new_id

from ..serving import serve
from ..system import BODY, System
from ..wire import Wire

PROGRAM = Path(__file__).resolve().parents[1] / "floor.py"


class Floor(System):
    name, promise = "floor", "committed to SQLite, synchronous=FULL; nothing is checked"

    async def start(self, folder: Path, people: int) -> None:
        self.port, self.folder = free_port(), folder
        self.origin, self.rooms = f"http://127.0.0.1:{self.port}", [[] for _ in range(people)]
        await self.serve()
        self.http = aiohttp.ClientSession(self.origin)

    async def serve(self) -> None:
        command = [sys.executable, str(PROGRAM), str(self.port), str(self.folder)]
        self.process = await serve(command, self.port, self.folder / "log")
        self.meter.watch(self.process.pid)

    async def restart(self) -> tuple[float, float]:
        end(self.process)
        self.meter.roots.pop()
        start = time.perf_counter()
        await self.serve()
        return time.perf_counter() - start, self.meter.cpu()

    async def stop(self) -> None:
        await self.http.close()
        end(self.process)

    async def connect(self, person: int) -> Wire:
        return await Wire.open(self.origin, "", {"rooms": self.rooms[person]})

    async def room(self, members: list[int]) -> str:
        """Who connects after this hears it."""
        room = new_id("thr")
        for person in members:
            self.rooms[person].append(room)
        return room

    def message(self, person: int, room: str) -> str:
        message = new_id("msg")
        raw = encode_base64url(mls.private_message(room, 1, message, [], BODY))
        data = {"thread": room, "message": message, "epoch": 1, "mls": raw, "disclosures": []}
        return json.dumps(["send", data], separators=(",", ":"))

    async def catch_up(self, person: int, room: str) -> int:
        after = 0
        while True:
            async with self.http.get(f"/log?thread={room}&after={after}&limit={self.page}") as response:
                entries = json.loads(await response.read())["entries"]
            if not entries:
                return after
            after = entries[-1]["seq"]

    async def upload(self, person: int, data: bytes) -> Any:
        name = secrets.token_hex(16)
        async with self.http.put(f"/blobs/{name}", data=data) as response:
            assert response.status == 200
        return name

    async def download(self, person: int, what: Any) -> int:
        async with self.http.get(f"/blobs/{what}") as response:
            return len(await response.read())
