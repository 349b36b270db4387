"""A Socket.IO client of a few lines: what it sends is exactly what the test says."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp

from inscope_protocol.encoding import encode_base64url
from world import mls
from world.device import Device, new_id
from world.socket_departures import ACKNOWLEDGEMENT, SocketDepartures

PATH = "/socket/?EIO=4&transport=websocket"


def message(thread: str, epoch: int = 1, **changes: Any) -> dict[str, Any]:
    """What `send` takes, of no image."""
    one = new_id("msg")
    raw = encode_base64url(mls.private_message(thread, epoch, one, []))
    return {"thread": thread, "message": one, "epoch": epoch, "mls": raw, "disclosures": [], **changes}


class Line:
    """`events`: (name, data) as they came; `sid`: how the server calls this connection; `ended` is set when the server
    has closed it. `told`: what came otherwise than it is described, which fails the test when this is closed.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket, self.events, self.ended = socket, list[tuple[str, Any]](), asyncio.Event()
        self.answers: dict[int, asyncio.Future[Any]] = {}
        self.answered = set[int]()
        self.came = asyncio.Event()
        self.told = SocketDepartures()
        self.sid = ""

    @classmethod
    async def open(cls, device: Device, **headers: str) -> Line:
        """Signed in as the device; raises aiohttp.WSServerHandshakeError when refused at the door."""
        assert device.http is not None
        line = cls(await device.http.ws_connect(PATH, headers=headers, max_msg_size=0))
        await line.socket.receive_str(timeout=5)
        await line.socket.send_str("40")
        # Whoever has joined may hear something before they are told that they have.
        while (said := await line.socket.receive_str(timeout=5)).startswith("42"):
            line._hear(said)
        assert said.startswith("40{"), said
        line.sid = str(json.loads(said[2:])["sid"])
        line.reader = asyncio.create_task(line._read())
        return line

    async def _read(self) -> None:
        async for message in self.socket:
            text = str(message.data)
            if text == "2":
                await self.socket.send_str("3")
            elif text.startswith("42"):
                self._hear(text)
            elif text.startswith("43"):
                self._hear_answer(text)
        self.ended.set()

    def _hear(self, text: str) -> None:
        name, data = json.loads(text[2:])
        self.told.check(name, data)
        self.events.append((name, data))
        self.came.set()

    def _hear_answer(self, text: str) -> None:
        number, _, rest = text[2:].partition("[")
        answer = json.loads("[" + rest)[0]
        self.told.check(ACKNOWLEDGEMENT, answer)
        self.answered.add(int(number))
        if int(number) in self.answers:
            self.answers[int(number)].set_result(answer)

    async def raw(self, frame: str) -> None:
        await self.socket.send_str(frame)

    async def send(self, data: Any, number: int = 0) -> Any:
        """Emits `send`; the acknowledgement. `data` may be JSON text already."""
        text = data if isinstance(data, str) else json.dumps(data)
        self.answers[number] = asyncio.get_running_loop().create_future()
        await self.raw(f'42{number}["send",{text}]')
        return await asyncio.wait_for(self.answers[number], 5)

    async def event(self, name: str, seconds: float = 5) -> Any:
        """The next event of this name, which may have come before."""
        async with asyncio.timeout(seconds):
            while True:
                for place, (kind, data) in enumerate(self.events):
                    if kind == name:
                        del self.events[place]
                        return data
                self.came.clear()
                await self.came.wait()

    async def close(self) -> None:
        await self.socket.close()
        assert self.told.found == [], self.told.found
