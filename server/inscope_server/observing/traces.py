"""Traces, where an operator asks for them: each begins here, with this server's own number and its own draw.

A `traceparent` that comes with a request is not looked at. Whoever may knock would otherwise decide that all their
requests are recorded, and could mark them with numbers of their choice (W3C Trace Context, "Security Considerations").
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from ..config import Config, ConfigError
from .spans import NOTHING, Span

if TYPE_CHECKING:
    from .exporting import Exporting

MISSING, REMEDY = "the packages that send traces are not installed", "pip install -r requirements-traces.txt"


class Traces:
    """Does nothing until it is started with an endpoint."""

    def __init__(self) -> None:
        self._exporting: Exporting | None = None

    def start(self, config: Config) -> None:
        """Raises ConfigError where they are wanted and cannot be sent."""
        if config.traces_endpoint:
            self._exporting = _open(config)

    def root(self, name: str, **attributes: str) -> AbstractContextManager[Span | None]:
        """A trace of what is done within. `name` and `attributes` are read by others: see `Span`."""
        return NOTHING if self._exporting is None else self._exporting.root(name, attributes)

    async def close(self) -> None:
        """Sends what waits still, for a few seconds at most."""
        if self._exporting is not None:
            await self._exporting.close()


def _open(config: Config) -> Exporting:
    """The packages come by the extra `traces`."""
    try:
        from .exporting import Exporting
    except ImportError as error:
        raise ConfigError(f"traces_endpoint: {MISSING}: {REMEDY}") from error
    return Exporting(config.traces_endpoint, config.traces_ratio)
