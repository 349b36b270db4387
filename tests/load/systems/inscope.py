"""InScope as it is served: SQLite with synchronous=FULL, a process of its own, devices that speak its API."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inscope_protocol.encoding import encode_base64url
from inscope_server.app import Server
from inscope_server.config import Config
from inscope_server.migrate import upgrade_database
from servers.process import end, free_port
from world import mls
from world.device import Device, new_id
from world.organisation import Organisation
from world.running import CLIENT, POLICIES, SHEETS, TestClock

from .. import crowd
from ..serving import serve
from ..system import BODY, System
from ..wire import Wire
from .inscope_images import Images

COMMAND = [str(Path(sys.executable).parent / "inscope"), "serve"]


@dataclass
class Place:
    """What a device must know of where it is; the server is composed, but serves from another process."""

    server: Server
    origin: str
    clock: TestClock


class InScope(System):
    name, promise = "InScope", "committed to SQLite, synchronous=FULL"

    def __init__(self, **settings: str) -> None:
        super().__init__()
        self.settings = settings
        self.case: Images | None = None

    async def start(self, folder: Path, people: int) -> None:
        port, self.folder = free_port(), folder
        values = {"data_dir": str(folder), "sheets_dir": str(SHEETS), "policies_dir": str(POLICIES)}
        values |= {"client_dir": str(CLIENT), **self.settings}
        config = Config(port=port, **values)
        server = Server(config)
        await upgrade_database(server.database)
        self.place = Place(server, config.origin, TestClock())
        self.home = Organisation(self.place, "Bench Hospital")  # type: ignore[arg-type]
        await self.home.register()
        await self.home.know()
        self.devices = await crowd.settle(self.place, self.home, people)
        await server.database.close()
        self.ports = [port]
        self.environment = {f"INSCOPE_{key.upper()}": value for key, value in values.items()}
        self.processes = []
        await self.serve_at(port)

    async def serve_at(self, port: int) -> None:
        environment = {**self.environment, "INSCOPE_PORT": str(port), "INSCOPE_PUBLIC_ORIGIN": self.place.origin}
        process = await serve(COMMAND, port, self.folder / "log", environment=environment)
        self.processes.append(process)
        self.meter.watch(process.pid)

    async def stop(self) -> None:
        for device in self.devices:
            await device.close()
        for process in self.processes:
            end(process)

    async def restart(self) -> tuple[float, float]:
        end(self.processes.pop())
        self.meter.roots.pop()
        start = time.perf_counter()
        await self.serve_at(self.ports[0])
        return time.perf_counter() - start, self.meter.cpu()

    def device(self, person: int) -> Device:
        """Signed in over HTTP too."""
        device = self.devices[person]
        if device.http is None:
            crowd.sign_in(device, f"http://127.0.0.1:{self.ports[0]}")
        return device

    async def connect(self, person: int, port: int | None = None) -> Wire:
        cookie = f"inscope_session={self.devices[person].token}"
        return await Wire.open(f"http://127.0.0.1:{port or self.ports[0]}", cookie, {}, page=self.place.origin)

    async def room(self, members: list[int]) -> str:
        owner = self.device(members[0])
        thread = await owner.create_thread("discussion")
        added = await owner.commit(thread, adds=[self.devices[person] for person in members[1:]])
        assert added.status == 200, added
        return thread

    def message(self, person: int, room: str) -> str:
        """Of epoch 1, the one after the members were added. Its ciphertext is as long as BODY of text makes it."""
        message = new_id("msg")
        raw = encode_base64url(mls.private_message(room, 1, message, [], BODY))
        data = {"thread": room, "message": message, "epoch": 1, "mls": raw, "disclosures": []}
        return json.dumps(["send", data], separators=(",", ":"))

    async def catch_up(self, person: int, room: str) -> int:
        device, after, count = self.device(person), 0, 0
        while True:
            url = f"/api/threads/{room}/log?after={after}&limit={self.page}"
            assert device.http is not None
            async with device.http.get(url) as response:
                page = json.loads(await response.read())
            if not page["entries"]:
                return count
            after = page["entries"][-1]["seq"]
            count += sum(entry["kind"] == "message" for entry in page["entries"])

    async def search(self, person: int, text: str) -> int:
        answer = await self.device(person).call("GET", f"/api/directory?q={text}")
        assert answer.status == 200, answer
        return len(answer.data["people"])

    async def images(self, members: list[int]) -> Images:
        """A thread of these people with a consent for them all."""
        room = await self.room(members)
        return await Images.begin(self.device(members[0]), room, [self.devices[person].me for person in members])

    async def many_images(self, members: list[int], data: bytes, count: int) -> Images:
        """As `images`, with so many shared there."""
        images, database = await self.images(members), self.place.server.database
        await images.send_many(data, count, database)
        await database.close()
        return images

    async def upload(self, person: int, data: bytes) -> str:
        self.case = self.case or await self.images([0, 1])
        return await self.case.send(data)

    async def download(self, person: int, what: Any) -> int:
        assert self.case is not None
        return await self.case.open(self.device(person), what)
