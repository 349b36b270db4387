"""Fetches the client that a server delivers, as any visitor gets it, and compares it file by file with a manifest.

Whoever delivers the page delivers the code, so a server can hand a changed client to everybody or to one person. What
everybody gets is seen here, from wherever somebody looks; what one victim gets is seen by that victim alone.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import aiohttp

from ..config import ConfigError
from ..web.client import PAGE
from ..web.headers import HEADERS, POLICY

AT_ONCE = 4
MOST_BYTES = 32 * 1024 * 1024
TIMEOUT = aiohttp.ClientTimeout(total=120, sock_connect=20)
GUARDS = (POLICY, "Cross-Origin-Opener-Policy", "X-Content-Type-Options")
"""Headers without which the same files protect less."""
HASH = re.compile(r" 'sha256-[A-Za-z0-9+/]{43}='")

Finding = Literal["same", "differs", "missing"]


@dataclass(frozen=True)
class Compared:
    """`name`: of a file, or of a header of the page."""

    name: str
    found: Finding


async def compare(origin: str, manifest: Mapping[str, str]) -> list[Compared]:
    """Each file of the manifest, then each header that guards the page. Raises ConfigError if nobody answers."""
    turn = asyncio.Semaphore(AT_ONCE)
    async with aiohttp.ClientSession(timeout=TIMEOUT) as http:

        async def one(name: str, digest: str) -> Compared:
            async with turn:
                return Compared(name, await _file(http, f"{origin}/{name}", digest))

        try:
            page = Compared("/", await _file(http, f"{origin}/", manifest[PAGE]))
            files = await asyncio.gather(*(one(*each) for each in sorted(manifest.items())))
            return [page, *files, *await _guards(http, f"{origin}/")]
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ConfigError(f"{origin} does not answer: {error or type(error).__name__}") from error


async def _file(http: aiohttp.ClientSession, url: str, digest: str) -> Finding:
    async with http.get(url, allow_redirects=False) as response:
        if response.status != 200:
            return "missing"
        hashed, size = hashlib.sha256(), 0
        async for piece in response.content.iter_any():
            hashed.update(piece)
            size += len(piece)
            if size > MOST_BYTES:
                return "differs"
    return "same" if hashed.hexdigest() == digest else "differs"


async def _guards(http: aiohttp.ClientSession, url: str) -> list[Compared]:
    async with http.get(url, allow_redirects=False) as response:
        return [Compared(name, _guard(response.headers.getall(name, []), HEADERS[name])) for name in GUARDS]


def _guard(said: list[str], expected: str) -> Finding:
    """A browser obeys several policies at once, so that one more only narrows.

    A hash allows what stands in the page itself, of which the manifest knows every byte.
    """
    if not said:
        return "missing"
    return "same" if expected in [HASH.sub("", each) for each in said] else "differs"
