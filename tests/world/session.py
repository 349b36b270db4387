"""The real session core under Node, driven by JSON lines: what a phone does, without a screen."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from pathlib import Path
from typing import Any

DRIVER = Path(__file__).resolve().parents[2] / "client_web" / "dist-node" / "driver.js"
PASSPHRASE = "a passphrase for tests"


class Failed(Exception):
    """A failure as the screens get it: code, message, remedy, reasons."""

    def __init__(self, failure: dict[str, Any]) -> None:
        super().__init__(f"{failure['code']}: {failure['message']} {failure['reasons']}")
        self.code, self.reasons = failure["code"], failure["reasons"]

    @property
    def named(self) -> list[tuple[str, str | None]]:
        return [(reason["code"], reason["who"]) for reason in self.reasons]


def _spell(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    raise TypeError(type(value))


def _revive(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["$bytes"]) if set(value) == {"$bytes"} else value


class Driver:
    """One Node process that holds many sessions."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.numbers = itertools.count(1)
        self.waiting: dict[int, asyncio.Future[Any]] = {}
        self.reader = asyncio.create_task(self._read())

    @classmethod
    async def start(cls) -> Driver:
        if not DRIVER.exists():
            raise RuntimeError("the client is not built: run `make build`")
        pipe = asyncio.subprocess.PIPE
        limit = 256 * 1024 * 1024
        return cls(await asyncio.create_subprocess_exec("node", str(DRIVER), stdin=pipe, stdout=pipe, limit=limit))

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            answer = json.loads(line, object_hook=_revive)
            future = self.waiting.pop(answer["id"])
            if future.done():
                continue
            if "error" in answer:
                future.set_exception(Failed(answer["error"]))
            else:
                future.set_result(answer["ok"])
        for future in self.waiting.values():
            if not future.done():
                future.set_exception(RuntimeError("the driver ended"))

    async def call(self, session: str, call: str, *arguments: Any) -> Any:
        assert self.process.stdin is not None
        number = next(self.numbers)
        self.waiting[number] = asyncio.get_running_loop().create_future()
        order = {"id": number, "session": session, "call": call, "args": arguments}
        self.process.stdin.write(json.dumps(order, default=_spell).encode() + b"\n")
        return await asyncio.wait_for(self.waiting[number], 180)

    def begin(self, session: str, call: str, *arguments: Any) -> None:
        """As `call`, for what may never come to an end: nobody waits for it."""
        begun = asyncio.ensure_future(self.call(session, call, *arguments))
        begun.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            await asyncio.wait_for(self.process.wait(), 5)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
        await self.reader


class Session:
    """One person's device. Any method of the session core can be called by its name."""

    def __init__(self, driver: Driver, name: str, person: str = "") -> None:
        self.driver, self.name, self.person = driver, name, person

    def __getattr__(self, call: str) -> Any:
        async def method(*arguments: Any) -> Any:
            return await self.driver.call(self.name, call, *arguments)

        return method

    async def wait(self, **condition: Any) -> None:
        await self.driver.call(self.name, "waitFor", condition)

    async def raw(self, method: str, path: str, body: Any = None) -> Any:
        order = {"method": method, "path": path} | ({} if body is None else {"body": body})
        return await self.driver.call(self.name, "raw", order)
