"""A push service on loopback (RFC 8030), which looks at who pushes as the browsers' makers do (RFC 8292)."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey

from inscope_protocol.encoding import decode_base64url, encode_base64url


@dataclass(frozen=True)
class Pushed:
    """What came. `at` by the clock of the service."""

    at: int
    headers: dict[str, str]
    body: bytes


class PushService:
    """`endpoint(name)`: of a browser; `pushed`: what came to each; `answers`: the status it gives, and its headers.

    `holds`: cleared, it answers nobody until it is set. `key`: the public key by which browsers subscribed: what
    another one signed is refused.
    """

    def __init__(self, now: Callable[[], int]) -> None:
        self.now, self.key = now, ""
        self.pushed = defaultdict[str, list[Pushed]](list)
        self.answers: dict[str, tuple[int, dict[str, str]]] = {}
        self.came, self.holds = asyncio.Event(), asyncio.Event()
        self.holds.set()
        self.origin = ""

    @classmethod
    async def start(cls, now: Callable[[], int]) -> Self:
        service = cls(now)
        app = web.Application()
        app.router.add_post("/push/{name}", service._push)
        service.runner = web.AppRunner(app)
        await service.runner.setup()
        site = web.TCPSite(service.runner, "127.0.0.1", 0)
        await site.start()
        service.origin = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[union-attr]
        return service

    def endpoint(self, name: str) -> str:
        return f"{self.origin}/push/{name}"

    async def _push(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if not self._is_vapid(request.headers["Authorization"]) or not request.headers["TTL"].isdigit():
            return web.Response(status=403)
        self.pushed[name].append(Pushed(self.now(), dict(request.headers), await request.read()))
        self.came.set()
        await self.holds.wait()
        status, headers = self.answers.get(name, (201, {}))
        return web.Response(status=status, headers=headers)

    def _is_vapid(self, authorization: str) -> bool:
        scheme, _, said = authorization.partition(" ")
        parts = dict(part.strip().split("=", 1) for part in said.split(","))
        point = decode_base64url(parts["k"], 65)
        axes = {axis: encode_base64url(point[start : start + 32]) for axis, start in (("x", 1), ("y", 33))}
        claims = jwt.decode(parts["t"], ECKey.import_key({"kty": "EC", "crv": "P-256", **axes})).claims
        ahead = claims["exp"] * 1000 - self.now()
        known = scheme == "vapid" and parts["k"] == self.key and claims["sub"].startswith("mailto:")
        return known and claims["aud"] == self.origin and 0 < ahead <= 24 * 3_600_000

    async def count(self, name: str, number: int, seconds: float = 5) -> list[Pushed]:
        """Once so many pushes came to this browser."""
        async with asyncio.timeout(seconds):
            while len(self.pushed[name]) < number:
                self.came.clear()
                await self.came.wait()
        return self.pushed[name]

    async def close(self) -> None:
        await self.runner.cleanup()
