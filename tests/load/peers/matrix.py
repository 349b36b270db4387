"""A client of the Matrix client-server API for load: a send is acknowledged by its answer, `/sync` tells what came."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any
from urllib.parse import quote

import aiohttp

API = "/_matrix/client/v3"
EVENT = b'"type":"m.room.message"'
FILTER = (
    '{"presence":{"types":[]},"account_data":{"types":[]},"room":{"state":{"types":[]},"ephemeral":{"types":[]},'
    '"account_data":{"types":[]},"timeline":{"limit":1000,"types":["m.room.message"]}}}'
)
WAIT_MS = 30_000


class MatrixLine:
    """One person's device: a `/sync` that waits for what is new, and requests beside it."""

    def __init__(self, http: aiohttp.ClientSession, token: str) -> None:
        self.http, self.headers = http, {"Authorization": f"Bearer {token}"}
        self.acks = self.entries = self.failures = 0

    @classmethod
    async def open(cls, http: aiohttp.ClientSession, token: str, since: str | None = None) -> MatrixLine:
        """Knows where it stands, and hears everything after that."""
        line = cls(http, token)
        since = since or (await line.ask("GET", f"/sync?timeout=0&filter={quote(FILTER)}"))["next_batch"]
        line.listening = asyncio.create_task(line._listen(since))
        return line

    async def ask(self, method: str, path: str, body: Any = None, api: str = API) -> Any:
        async with self.http.request(method, f"{api}{path}", json=body, headers=self.headers) as response:
            answer = await response.json()
            assert response.status == 200, (path[:60], response.status, answer)
            return answer

    async def _listen(self, since: str) -> None:
        while not self.http.closed:
            path = f"{API}/sync?timeout={WAIT_MS}&filter={quote(FILTER)}&since={since}"
            async with self.http.get(path, headers=self.headers) as response:
                said = await response.read()
            self.entries += said.count(EVENT)
            at = said.index(b'"next_batch":"') + 14
            since = said[at : said.index(b'"', at)].decode()

    async def pump(self, frames: list[Any], window: int) -> None:
        """One after the other: a room's events have an order, and clients send so."""
        for path, body in frames:
            try:
                await self.ask("PUT", path, body)
                self.acks += 1
            except AssertionError:
                self.failures += 1

    def close(self) -> None:
        self.listening.cancel()
        with contextlib.suppress(Exception):
            self.listening.exception()
