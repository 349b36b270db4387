"""What a row of the route table says: method, path, handler, who may call it, what it takes and what it gives.

The server acts by it (guard.py), tests hold every answer against it, and the description of the whole is made of it
(describing/).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
from aiohttp import web

from ..caller import Caller
from ..observing.spans import Span
from .described import Empty
from .query import NoQuery

CALLER = web.RequestKey("caller", Caller)
"""Who asks, on the request: set by the guard for every route but those for anyone."""
TOKEN = web.RequestKey("token", str)
"""The session cookie's secret, on a request that opens a socket: whether the session stands is asked again later."""
SPAN = web.RequestKey("span", Span)
"""Its trace, where requests are traced."""
FOLLOWS = web.RequestKey("follows", str)
"""The traceparent of a caller who has shown to be a process of ours: set by the consent authority's door alone."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Admission = Callable[[web.Request], Awaitable[None]]
Access = Literal["anyone", "device", "attested"]
"""anyone: no session. device: a signed-in device. attested: a signed-in device whose attestation stands (S3.6)."""
SAFE = ("GET", "HEAD")


@dataclass(frozen=True)
class Route:
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    handler: Handler
    access: Access = "attested"
    body_limit: int = 256 * 1024
    body: Any = None
    """The type of its JSON, or a Media; None where no body is read."""
    headers: tuple[str, ...] = ()
    """Those that every request of this kind has."""
    answers: Mapping[int, Any] = field(default_factory=lambda: {200: Empty})
    """By status, but for refusals: the type of the JSON, or a Media."""
    refuses: tuple[str, ...] = ()
    """Codes (S8) beyond those that its other columns imply."""
    query: type[msgspec.Struct] = NoQuery
    """What its query may say."""
    admit: Admission | None = None
    """Raises for who may not even learn whether what they sent is well formed; asked before any of it is looked at."""
    page: bool = False
    """A page that people come to by a link, also from elsewhere: a message, a letter, another site.

    These may add words of their own to the address: what is in a page's query and not known is not looked at.
    """

    @property
    def refusals(self) -> frozenset[str]:
        """Every code that it may be refused with."""
        codes = {"malformed", "origin_refused", "server_busy", *self.refuses}
        codes |= {"not_found"} if "{" in self.path else set()
        codes |= {"too_large", "too_slow"} if self.body is not None else set()
        if self.access != "anyone":
            codes |= {"not_signed_in"} | (set() if self.method in SAFE else {"csrf_refused"})
        return frozenset(codes | ({"not_attested"} if self.access == "attested" else set()))
