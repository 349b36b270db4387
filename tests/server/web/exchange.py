"""One exchange of bytes with the server, as they are: what no client library would send."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from world.device import Device
from world.running import Running

TUS = {
    "Tus_Resumable": b"1.0.0",
    "Content_Type": b"application/offset+octet-stream",
    "Upload_Offset": b"0",
    "Upload_Length": b"1000000",
    "X_InScope_Blob_Hash": b"A" * 43,
}
"""Of an upload's first request; see `request`."""


@dataclass(frozen=True)
class Said:
    """What came back. `ended`: the server closed the connection before the time was up."""

    status: int
    headers: dict[str, str]
    body: bytes
    ended: bool

    @property
    def code(self) -> str:
        return str(json.loads(self.body)["error"]["code"]) if self.body else ""

    @property
    def message(self) -> str:
        return str(json.loads(self.body)["error"]["message"])


def request(method: str, path: str, device: Device | None = None, body: bytes = b"", **headers: bytes) -> bytes:
    """A request in bytes; `_` in a header's name stands for `-`. Signed in as the device, unless headers say other."""
    given = {"Host": b"localhost", "Connection": b"close", "Content-Length": str(len(body)).encode()}
    if device is not None and device.http is not None:
        cookies = device.http.cookie_jar.filter_cookies(device.http._base_url)
        given["Cookie"] = "; ".join(f"{one.key}={one.value}" for one in cookies.values()).encode()
        given["X-InScope-CSRF"] = device.csrf.encode()
    given |= {"Content-Type": b"application/json"} if body else {}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{method} {path} HTTP/1.1".encode(), *(name.encode() + b": " + value for name, value in given.items())]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


async def exchange(server: Running, sent: bytes, seconds: float = 5) -> Said:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.server.config.port)
    writer.write(sent)
    answer, ended = b"", False
    try:
        async with asyncio.timeout(seconds):
            while not ended:
                piece = await reader.read(65536)
                answer, ended = answer + piece, not piece
    except TimeoutError:
        pass
    writer.close()
    return read_answer(answer, ended)


def read_answer(answer: bytes, ended: bool) -> Said:
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers: dict[str, Any] = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return Said(int(first.split(" ")[1]) if first else 0, headers, body, ended)
