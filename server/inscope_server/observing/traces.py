"""Traces, where an operator asks for them: each begins here, with this server's own number and its own draw.

A `traceparent` that comes with a request is not looked at. Whoever may knock would otherwise decide that all their
requests are recorded, and could mark them with numbers of their choice (W3C Trace Context, "Security Considerations").
One process goes on with another's trace: the consent authority with the server's, once the server has shown the secret
that both hold (authority/serving.py).
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from ..config import ConfigError
from .spans import NOTHING, Span

if TYPE_CHECKING:
    from .exporting import Exporting

MISSING, REMEDY = "the packages that send traces are not installed", "pip install -r requirements-traces.txt"


class Traces:
    """Of a process that is called `service`. Does nothing until it is started with an endpoint."""

    def __init__(self, service: str = "inscope") -> None:
        self.service = service
        self._exporting: Exporting | None = None

    def start(self, endpoint: str, ratio: float) -> None:
        """`traces_endpoint` and `traces_ratio` of the settings; raises ConfigError where spans cannot be sent."""
        if endpoint:
            self._exporting = _open(self.service, endpoint, ratio)

    def root(self, name: str, *, follows: str = "", **attributes: str) -> AbstractContextManager[Span | None]:
        """A trace of what is asked and done within. `name` and `attributes` are read by others: see `Span`.

        `follows`: the traceparent of a caller who is known to be a process of ours.
        """
        return NOTHING if self._exporting is None else self._exporting.request(name, attributes, follows)

    def work(self, name: str) -> AbstractContextManager[Span | None]:
        """A trace of what is done within, and for which nobody waits."""
        return NOTHING if self._exporting is None else self._exporting.work(name)

    async def close(self) -> None:
        """Sends what waits still, for a few seconds at most."""
        if self._exporting is not None:
            await self._exporting.close()


def _open(service: str, endpoint: str, ratio: float) -> Exporting:
    """The packages come by the extra `traces`."""
    try:
        from .exporting import Exporting
    except ImportError as error:
        raise ConfigError(f"traces_endpoint: {MISSING}: {REMEDY}") from error
    return Exporting(service, endpoint, ratio)
