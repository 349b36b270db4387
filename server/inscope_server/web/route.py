"""What a row of the route table says: method, path, handler, and who may call it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

import msgspec
from aiohttp import web

from ..caller import Caller
from .query import NoQuery

CALLER = web.RequestKey("caller", Caller)
"""Who asks, on the request: set by the guard for every route but those for anyone."""
TOKEN = web.RequestKey("token", str)
"""The session cookie's secret, on a request that opens a socket: whether the session stands is asked again later."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Admission = Callable[[web.Request], Awaitable[None]]
Access = Literal["anyone", "device", "attested"]
"""anyone: no session. device: a signed-in device. attested: a signed-in device whose attestation stands (S3.6)."""


@dataclass(frozen=True)
class Route:
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    handler: Handler
    access: Access = "attested"
    body_limit: int = 256 * 1024
    query: type[msgspec.Struct] = NoQuery
    """What its query may say."""
    admit: Admission | None = None
    """Raises for who may not even learn whether what they sent is well formed; asked before any of it is looked at."""
    page: bool = False
    """A page that people come to by a link, also from elsewhere: a message, a letter, another site.

    These may add words of their own to the address: what is in a page's query and not known is not looked at.
    """
