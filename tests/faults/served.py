"""A server in a process of its own, started again at once whenever it has ended."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from servers.process import answers, free_port

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "faults.server_main")
PATIENCE = 60


class Served:
    """`settings`: of the configuration, by their names. `kind`: how a summary calls it. It may end by SIGKILL only."""

    def __init__(self, name: str, kind: str, settings: dict[str, Any], skew: int = 0, sweep: float = 0.5) -> None:
        self.name, self.kind, self.port = name, kind, free_port()
        values = {f"INSCOPE_{key.upper()}": str(value) for key, value in {**settings, "port": self.port}.items()}
        paths = os.pathsep.join((str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")))
        values |= {"PYTHONPATH": paths, "FAULTS_SKEW": str(skew), "FAULTS_SWEEP": str(sweep)}
        self.environment = {**os.environ, **values}
        self.log = Path(settings["data_dir"]) / f"{name}.log"
        self.process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Served:
        self.keeper = asyncio.create_task(self._keep())
        await self.ready()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.keeper.cancel()
        await asyncio.gather(self.keeper, return_exceptions=True)
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def _keep(self) -> None:
        while True:
            with self.log.open("ab") as log:
                self.process = await asyncio.create_subprocess_exec(
                    *COMMAND, env=self.environment, cwd=ROOT, stdin=asyncio.subprocess.PIPE, stderr=log
                )
            code = await self.process.wait()
            if code != -signal.SIGKILL:
                raise RuntimeError(f"{self.name} ended by itself ({code}): {self.said()}")

    def said(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]

    async def ready(self) -> None:
        """Returns once it answers."""
        async with asyncio.timeout(PATIENCE):
            while not answers(self.port):
                if self.keeper.done():
                    self.keeper.result()
                await asyncio.sleep(0.02)

    def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()

    async def back(self) -> None:
        """Once it has ended and answers again."""
        while answers(self.port):
            await asyncio.sleep(0.01)
        await self.ready()

    async def die_at(self, instant: str, passing: int, patience: float = PATIENCE) -> bool:
        """Returns once it is dead: True by the fuse, False when it was killed, not having come there for so long."""
        await self.ready()
        dying = self.process
        assert dying is not None and dying.stdin is not None
        dying.stdin.write(json.dumps([instant, passing]).encode() + b"\n")
        try:
            await asyncio.wait_for(dying.wait(), patience)
        except TimeoutError:
            dying.kill()
            return False
        return True

    def signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(number)

    def limit_files(self, size: int) -> None:
        """No file of this process grows beyond `size` bytes: what a full disk is to it, by the kernel itself."""
        if self.process is not None and self.process.returncode is None:
            resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
