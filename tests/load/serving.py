"""A server process on the server's core, from its start until it is ended by its own id."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from servers.process import answers, end

from .meter import SERVER_CORE


async def serve(
    command: list[str], ready: int | Callable[[], bool], log: Path, core: int | None = SERVER_CORE, **options: Any
) -> subprocess.Popen[bytes]:
    """Returns once its port (or `ready`) answers; raises with its last words if it ends first."""
    is_ready = ready if callable(ready) else lambda: answers(ready)
    environment = {**os.environ, **options.pop("environment", {})}
    pinned = (lambda: os.sched_setaffinity(0, {core})) if core is not None else None
    with log.open("ab") as out:
        process = subprocess.Popen(  # noqa: ASYNC220
            command, env=environment, stdout=out, stderr=out, start_new_session=True, preexec_fn=pinned, **options
        )
    try:
        while not is_ready():
            if process.poll() is not None:
                raise RuntimeError(f"{command[0]} ended: {log.read_text(errors='replace')[-2000:]}")
            await asyncio.sleep(0.005)
    except BaseException:
        end(process)
        raise
    return process
