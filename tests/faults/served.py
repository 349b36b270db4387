"""A server in a process of its own, started again at once whenever it has ended."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any

from servers.process import answers, free_port

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "faults.server_main")
PATIENCE = 120
ASK = b"GET /api/threads HTTP/1.0\r\nHost: localhost\r\nCookie: inscope_session=%s\r\n\r\n" % (b"A" * 43)
REFUSED = b" 401 "
"""To somebody who is not signed in, which nobody knows without the database."""


class Served:
    """`settings`: of the configuration, by their names. `kind`: how a summary calls it. It may end by SIGKILL only,
    or before it has answered. `returns`: seconds from each end to the next answer, and whether it was started cold.
    """

    def __init__(self, name: str, kind: str, settings: dict[str, Any], skew: int = 0, sweep: float = 0.5) -> None:
        self.name, self.kind, self.port = name, kind, free_port()
        values = {f"INSCOPE_{key.upper()}": str(value) for key, value in {**settings, "port": self.port}.items()}
        paths = os.pathsep.join((str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")))
        values |= {"PYTHONPATH": paths, "FAULTS_SKEW": str(skew), "FAULTS_SWEEP": str(sweep)}
        self.environment = {**os.environ, **values}
        self.log = Path(settings["data_dir"]) / f"{name}.log"
        self.nursery: asyncio.subprocess.Process | None = None
        self.process = 0
        self.answering, self.cold, self.ended = asyncio.Event(), True, 0.0
        self.returns: list[tuple[float, bool]] = []

    async def __aenter__(self) -> Served:
        self.keepers = [asyncio.create_task(self._keep()), asyncio.create_task(self._ask())]
        await self.ready()
        return self

    async def __aexit__(self, *_: object) -> None:
        for keeper in self.keepers:
            keeper.cancel()
        await asyncio.gather(*self.keepers, return_exceptions=True)
        self.kill(cold=True)
        if self.nursery is not None:
            await self.nursery.wait()

    async def _keep(self) -> None:
        while True:
            with self.log.open("ab") as log:
                self.nursery = await asyncio.create_subprocess_exec(
                    *COMMAND, env=self.environment, cwd=ROOT, stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE, stderr=log, start_new_session=True,
                )  # fmt: skip
            assert self.nursery.stdout is not None
            async for line in self.nursery.stdout:
                word, number = line.split()
                if word == b"began":
                    self.process = int(number)
                else:
                    self._over(int(number))
            if await self.nursery.wait() != -signal.SIGKILL:
                raise RuntimeError(f"{self.name} could not be started: {self.said()}")
            self._over(-signal.SIGKILL)
            self.cold = True

    def _over(self, code: int) -> None:
        """The process has ended."""
        if code != -signal.SIGKILL and self.answering.is_set():
            raise RuntimeError(f"{self.name} ended by itself ({code}): {self.said()}")
        self.ended, self.process = self.ended or time.monotonic(), 0
        self.answering.clear()

    async def _ask(self) -> None:
        """Whenever one has been started: until it answers."""
        while True:
            await asyncio.sleep(0.02)
            one = self.process
            if one and not self.answering.is_set() and await _refuses(self.port) and one == self.process:
                if self.ended:
                    self.returns.append((time.monotonic() - self.ended, self.cold))
                self.ended, self.cold = 0.0, False
                self.answering.set()

    def said(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]

    async def ready(self) -> None:
        """Returns once it answers."""
        async with asyncio.timeout(PATIENCE):
            while not self.answering.is_set():
                for keeper in self.keepers:
                    if keeper.done():
                        keeper.result()
                await asyncio.sleep(0.02)

    def kill(self, *, cold: bool = False) -> None:
        """`cold`: the next one has to load its code first."""
        if not cold:
            self.signal(signal.SIGKILL)
        elif self.nursery is not None and self.nursery.returncode is None:
            os.killpg(self.nursery.pid, signal.SIGKILL)

    async def hold(self) -> None:
        """Killed, and not started again before `release`. Returns once it has closed all that it had open."""
        assert self.nursery is not None
        self.nursery.send_signal(signal.SIGSTOP)
        self.kill()
        while answers(self.port):
            await asyncio.sleep(0.01)

    def release(self) -> None:
        assert self.nursery is not None
        self.nursery.send_signal(signal.SIGCONT)

    async def back(self, after: int) -> None:
        """Once that process has ended and the next answers."""
        await self._end_of(after)
        await self.ready()

    async def _end_of(self, process: int) -> None:
        while self.process == process:
            await asyncio.sleep(0.01)

    async def light(self, instant: str, passing: int) -> int:
        """The fuse, before anything that is asked later; of which process."""
        await self.ready()
        assert self.nursery is not None and self.nursery.stdin is not None
        self.nursery.stdin.write(json.dumps([self.process, instant, passing]).encode() + b"\n")
        return self.process

    async def die_at(self, instant: str, passing: int, patience: float = PATIENCE) -> bool:
        """Returns once it is dead: True by the fuse, False when it was killed, not having come there for so long."""
        dying = await self.light(instant, passing)
        try:
            await asyncio.wait_for(self._end_of(dying), patience)
        except TimeoutError:
            self.kill()
            await self._end_of(dying)
            return False
        return True

    def signal(self, number: signal.Signals) -> None:
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process, number)

    def limit_files(self, size: int) -> None:
        """No file of this process grows beyond `size` bytes: what a full disk is to it, by the kernel itself."""
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(self.process, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


async def _refuses(port: int) -> bool:
    """Whether somebody is answered there."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        writer.write(ASK)
        return REFUSED in await asyncio.wait_for(reader.readline(), 5)
    except (OSError, TimeoutError):
        return False
    finally:
        writer.close()
