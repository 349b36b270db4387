"""The floor: a plain python-socketio server with the same frames, that stores nothing and checks nothing.

What it does for a message is the least that any such server must: acknowledge it, and pass it to a room.
Run as `python floor.py PORT`. The connection's auth names its rooms.
"""

from __future__ import annotations

import sys
from typing import Any

import socketio
import uvloop
from aiohttp import web

server = socketio.AsyncServer(async_mode="aiohttp", transports=["websocket"], cors_allowed_origins="*")


@server.on("connect")
async def connect(sid: str, _environ: dict[str, Any], auth: dict[str, Any]) -> None:
    for room in auth["rooms"]:
        await server.enter_room(sid, room)


@server.on("send")
async def send(_sid: str, data: dict[str, Any]) -> dict[str, Any]:
    await server.emit("entry", {**data, "seq": 1, "at": 1}, room=data["thread"])
    return {"ok": {"seq": 1, "at": 1}}


if __name__ == "__main__":
    app = web.Application()
    server.attach(app, socketio_path="socket")
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None, loop=uvloop.new_event_loop())
