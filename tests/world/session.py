"""The real session core under Node, driven by JSON lines: what a phone does, without a screen."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

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


class Node:
    """A process of the driver, kept from test to test: its code is compiled and warm. `tell` gets every line."""

    spare: ClassVar[list[Node]] = []

    def __init__(self) -> None:
        if not DRIVER.exists():
            raise RuntimeError("the client is not built: run `make build`")
        self.process = subprocess.Popen(["node", str(DRIVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.tell: Callable[[bytes], Any] = lambda line: None
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with contextlib.suppress(RuntimeError):  # The loop of who listened has ended.
                self.tell(line)
        with contextlib.suppress(RuntimeError):
            self.tell(b"")

    def write(self, order: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order, default=_spell).encode() + b"\n")
        self.process.stdin.flush()


class Driver:
    """Sessions in a Node process that is this test's for as long as it lasts."""

    numbers: ClassVar[itertools.count[int]] = itertools.count(1)

    def __init__(self, node: Node) -> None:
        self.node, self.waiting = node, dict[int, asyncio.Future[Any]]()
        loop = asyncio.get_running_loop()
        node.tell = lambda line: loop.call_soon_threadsafe(self._hear, line)

    @classmethod
    async def start(cls) -> Driver:
        return cls(Node.spare.pop() if Node.spare else Node())

    def _hear(self, line: bytes) -> None:
        if not line:
            for future in self.waiting.values():
                if not future.done():
                    future.set_exception(RuntimeError("the driver ended"))
            return
        answer = json.loads(line, object_hook=_revive)
        future = self.waiting.pop(answer["id"], None)  # None: what an earlier test began, and waited for no longer.
        if future is None or future.done():
            return
        if "error" in answer:
            future.set_exception(Failed(answer["error"]))
        else:
            future.set_result(answer["ok"])

    async def call(self, session: str, call: str, *arguments: Any) -> Any:
        number = next(self.numbers)
        self.waiting[number] = asyncio.get_running_loop().create_future()
        self.node.write({"id": number, "session": session, "call": call, "args": arguments})
        return await asyncio.wait_for(self.waiting[number], 180)

    def begin(self, session: str, call: str, *arguments: Any) -> None:
        """As `call`, for what may never come to an end: nobody waits for it."""
        begun = asyncio.ensure_future(self.call(session, call, *arguments))
        begun.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def close(self) -> None:
        """The process is kept where it still obeys."""
        try:
            await asyncio.wait_for(self.call("", "endAll"), 5)
            Node.spare.append(self.node)
        except (TimeoutError, RuntimeError, OSError):
            self.node.process.kill()
        self.node.tell = lambda line: None


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
