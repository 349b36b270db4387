"""The demonstration's child processes: started together, ended together."""

from __future__ import annotations

import asyncio
import contextlib
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping, Sequence
from pathlib import Path

PATIENCE = 8.0


class Children:
    """Starts programs; `close` ends every one of them, kindly and then not."""

    def __init__(self) -> None:
        self._running: dict[str, Process] = {}

    async def start(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> Process:
        """Runs `command` with its output in the file `log`; it takes no input. Each needs a name of its own."""
        before = self._running.get(name)
        if before is not None and before.returncode is None:
            raise ValueError(f"a child {name} runs already, and would be ended by nobody")
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *command, env=dict(environment), stdin=DEVNULL, stdout=output, stderr=output
            )
        self._running[name] = process
        return process

    async def end_of(self, name: str) -> int:
        """Waits for this child to end by itself, and gives its status."""
        return await self._running[name].wait()

    async def close(self) -> None:
        alive = [child for child in self._running.values() if child.returncode is None]
        for child in alive:
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
        await asyncio.gather(*(_end(child) for child in alive))


async def _end(child: Process) -> None:
    try:
        await asyncio.wait_for(child.wait(), PATIENCE)
    except TimeoutError:
        child.kill()
        await child.wait()
