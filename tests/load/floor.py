"""The floor: the least that a durable server of this stack must do. It checks nothing, knows nobody, and has no MLS.

python-socketio on aiohttp and uvloop; messages that come while a commit is under way share the next one (SQLite,
synchronous=FULL); one frame for all who hear; a file for an attachment. Run as `python floor.py PORT FOLDER`.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import socketio
import uvloop
from aiohttp import WSMsgType, web
from engineio.async_drivers import aiohttp as driver

TABLES = (
    "CREATE TABLE IF NOT EXISTS entries (thread TEXT, seq INTEGER, at INTEGER, body BLOB, PRIMARY KEY (thread, seq))"
)


class Wire(driver.WebSocket):  # type: ignore[misc]
    """No compression, and the transport within reach."""

    async def __call__(self, environ: dict[str, Any]) -> Any:
        request = environ["aiohttp.request"]
        self._sock = web.WebSocketResponse(compress=False)
        await self._sock.prepare(request)
        self.handler.__self__.transport = request.transport
        await self.handler(self)
        return self._sock

    async def wait(self) -> str:
        message = await self._sock.receive()
        if message.type is not WSMsgType.TEXT:
            raise OSError("closed")
        return str(message.data)


class Json:
    dumps = staticmethod(lambda value, **_: msgspec.json.encode(value).decode())
    loads = staticmethod(lambda text, **_: msgspec.json.decode(text))


class Floor:
    """`waiting`: messages for the next commit, each with the future of its sender."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.waiting, self.arrived = folder, [], asyncio.Event()
        self.heads: dict[str, int] = {}
        self.database = sqlite3.connect(folder / "floor.sqlite3", isolation_level=None, check_same_thread=False)
        for line in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", TABLES):
            self.database.execute(line)
        self.server = socketio.AsyncServer(
            async_mode="aiohttp", transports=["websocket"], cors_allowed_origins="*", json=Json
        )
        self.server.eio._async = {**self.server.eio._async, "websocket": Wire}
        self.server.on("connect", self.connect)
        self.server.on("send", self.send)

    async def connect(self, sid: str, _environ: dict[str, Any], auth: dict[str, Any]) -> None:
        for room in auth["rooms"]:
            await self.server.enter_room(sid, room)

    async def send(self, _sid: str, data: dict[str, Any]) -> dict[str, Any]:
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self.waiting.append((data, answer))
        self.arrived.set()
        return {"ok": await answer}

    async def write(self) -> None:
        while True:
            await self.arrived.wait()
            self.arrived.clear()
            while self.waiting:
                batch, self.waiting = self.waiting[:512], self.waiting[512:]
                numbered = [(self.number(data), answer) for data, answer in batch]
                await asyncio.to_thread(self.commit, [data for data, _ in numbered])
                for data, answer in numbered:
                    answer.set_result({"seq": data["seq"], "at": data["at"]})
                    self.tell(data)

    def number(self, data: dict[str, Any]) -> dict[str, Any]:
        seq = self.heads[data["thread"]] = self.heads.get(data["thread"], 0) + 1
        return {**data, "seq": seq, "at": int(time.time() * 1000)}

    def commit(self, batch: list[dict[str, Any]]) -> None:
        rows = [(data["thread"], data["seq"], data["at"], data["mls"]) for data in batch]
        self.database.execute("BEGIN IMMEDIATE")
        self.database.executemany("INSERT INTO entries VALUES (?, ?, ?, ?)", rows)
        self.database.execute("COMMIT")

    def tell(self, data: dict[str, Any]) -> None:
        body = b"42" + msgspec.json.encode(["entry", data])
        frame = b"\x81\x7e" + len(body).to_bytes(2, "big") + body
        for _, connection in self.server.manager.get_participants("/", data["thread"]):
            self.server.eio.sockets[connection].transport.write(frame)

    async def log(self, request: web.Request) -> web.Response:
        asked = (request.query["thread"], int(request.query["after"]), int(request.query["limit"]))
        query = "SELECT seq, at, body FROM entries WHERE thread = ? AND seq > ? ORDER BY seq LIMIT ?"
        rows = await asyncio.to_thread(lambda: self.database.execute(query, asked).fetchall())
        entries = [{"thread": asked[0], "seq": seq, "at": at, "mls": body} for seq, at, body in rows]
        return web.Response(body=msgspec.json.encode({"entries": entries}), content_type="application/json")

    async def put(self, request: web.Request) -> web.Response:
        with (self.folder / request.match_info["blob"]).open("wb") as file:
            async for chunk in request.content.iter_any():
                file.write(chunk)
            file.flush()
            await asyncio.to_thread(os.fsync, file.fileno())
        return web.Response()

    async def get(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(self.folder / request.match_info["blob"])

    def application(self) -> web.Application:
        app = web.Application(client_max_size=64 * 2**20)
        self.server.attach(app, socketio_path="socket")
        app.add_routes(
            [web.get("/log", self.log), web.put("/blobs/{blob}", self.put), web.get("/blobs/{blob}", self.get)]
        )

        async def begin(_app: web.Application) -> None:
            self.writer = asyncio.create_task(self.write())

        app.on_startup.append(begin)
        return app


async def make(folder: Path) -> web.Application:
    return Floor(folder).application()


if __name__ == "__main__":
    loop = uvloop.new_event_loop()
    port, place = int(sys.argv[1]), Path(sys.argv[2])
    web.run_app(make(place), host="127.0.0.1", port=port, print=None, access_log=None, loop=loop, backlog=4096)
