"""The end of a process: what it acknowledged is there, what it did not is refused or sent again, devices are let go."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from inscope_protocol.encoding import encode_base64url
from server.web.line import Line
from servers.process import answers, free_port, wait_until
from world import mls
from world.device import Device, new_id

ROOT = Path(__file__).resolve().parents[3]


def _message(thread: str) -> dict[str, Any]:
    one = new_id("msg")
    raw = encode_base64url(mls.private_message(thread, 1, one, []))
    return {"thread": thread, "message": one, "epoch": 1, "mls": raw, "disclosures": []}


async def _talk(line: Line, thread: str, first: int) -> set[str]:
    """Sends until the line ends; what was acknowledged."""
    acknowledged = set[str]()
    number = first
    while not line.ended.is_set():
        said, number = _message(thread), number + 1
        sending = asyncio.create_task(line.send(said, number))
        ending = asyncio.create_task(line.ended.wait())
        await asyncio.wait([sending, ending], return_when=asyncio.FIRST_COMPLETED)
        if sending.done() and sending.exception() is None and "ok" in sending.result():
            acknowledged.add(said["message"])
        sending.cancel()
        ending.cancel()
    return acknowledged


async def test_no_acknowledged_message_is_lost_and_devices_are_let_go(story: Any, intern: Device, specialist: Device):
    thread, running = await story.case(intern, specialist), story.running
    lines = [await Line.open(device) for device in (intern, specialist)]
    talking = [asyncio.create_task(_talk(line, thread, 1000 * n)) for n, line in enumerate(lines)]
    await asyncio.sleep(0.3)
    await running.server.drain()
    assert running.server.operations.draining
    await running.server._finish(running.runner.app)
    async with asyncio.timeout(10):
        acknowledged = set[str]().union(*await asyncio.gather(*talking))
    assert len(acknowledged) > 5
    async with running.server.database.read() as tx:
        from inscope_server.threads import store

        stored = [row.message for row in await store.log(tx, thread, 0, 100_000) if row.message]
    assert len(stored) == len(set(stored))
    assert acknowledged <= set(stored)


def test_the_sign_to_end_is_told_to_balancers_before_the_process_ends(tmp_path: Path) -> None:
    port, operators = free_port(), free_port()
    settings = {
        "DATA_DIR": tmp_path / "data", "PORT": port, "OPERATIONS_PORT": operators, "DRAIN_SECONDS": 2,
        "LOG_FORMAT": "json",
    }  # fmt: skip
    environment = {**os.environ, **{f"INSCOPE_{key}": str(value) for key, value in settings.items()}}
    command = [sys.executable, "-m", "inscope_server"]
    subprocess.run([*command, "migrate"], env=environment, cwd=ROOT, check=True, capture_output=True, timeout=60)
    log = tmp_path / "log"
    with log.open("wb") as written:
        server = subprocess.Popen([*command, "serve"], env=environment, cwd=ROOT, stderr=written)
    try:
        wait_until(lambda: answers(port) and _status(operators) == 200, server, log)
        server.send_signal(signal.SIGTERM)
        wait_until(lambda: _status(operators) == 503, server, log, 2)
        assert answers(port), "what is on its way to this process is still taken"
        assert server.wait(20) == 0
    finally:
        server.kill()
    said = [json.loads(line)["message"] for line in log.read_text().splitlines()]
    assert f"answers on http://127.0.0.1:{port}" in said
    assert "ends in 2 s" in said
    assert not answers(port) and not answers(operators)


def _status(port: int) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=5) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
