"""One act of an operator's on the composed server, which serves nobody meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from .config import Config

if TYPE_CHECKING:
    from .app import Server

T = TypeVar("T")


def on_server(config: Config, act: Callable[[Server], Awaitable[T]], *, may_make_log_key: bool = False) -> T:
    """The answer of `act`. Whoever only reads calls `config.require_database` first."""
    from .app import Server, check_log_key

    async def run() -> T:
        if not may_make_log_key:
            await check_log_key(config)
        server = Server(config)
        try:
            await server.database.reach()
            return await act(server)
        finally:
            await server.database.close()

    return asyncio.run(run())
