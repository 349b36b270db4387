"""Instants at which a server can be made to die, and the fuse that does it. No product code knows of them."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from inscope_server.app import Server
from inscope_server.database import Transaction

BEFORE_COMMIT = "before the commit"
AFTER_COMMIT = "after the commit, before anybody is told"
BEFORE_ANSWER = "after the commit, before the acknowledgement"
BETWEEN_BLOB_AND_ROW = "between blob and row"
INSTANTS = (BEFORE_COMMIT, AFTER_COMMIT, BEFORE_ANSWER, BETWEEN_BLOB_AND_ROW)


class Fuse:
    """Once lit, it ends the process by SIGKILL at the n-th passing of an instant."""

    def __init__(self) -> None:
        self.instant, self.left = "", 0

    def light(self, instant: str, passing: int) -> None:
        assert instant in INSTANTS
        self.instant, self.left = instant, passing

    def passes(self, instant: str) -> None:
        if instant == self.instant:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def lay(self, server: Server) -> None:
        """Along every write transaction and every object of a composed server."""
        write, put = server.database.write, server.blobs.put

        @asynccontextmanager
        async def writing() -> AsyncIterator[Transaction]:
            async with write() as tx:
                yield tx
                tx.effects.insert(0, self._committed)
                self.passes(BEFORE_COMMIT)
            self.passes(BEFORE_ANSWER)

        async def putting(blob: str, name: str, data: Any, **options: Any) -> None:
            await put(blob, name, data, **options)
            self.passes(BETWEEN_BLOB_AND_ROW)

        server.database.write = writing  # type: ignore[method-assign]
        server.blobs.put = putting  # type: ignore[method-assign]

    async def _committed(self) -> None:
        self.passes(AFTER_COMMIT)
