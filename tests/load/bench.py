"""`make bench`: how fast InScope is, each figure beside a floor measured in the same run on the same cores.

The server under test runs on one core, the load on another. The floor is a plain python-socketio server that passes
the same frames on and stores nothing (floor.py). InScope stores every message in SQLite with synchronous=FULL before it
acknowledges it.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import psutil  # noqa: E402
import uvloop  # noqa: E402

from inscope_protocol.encoding import encode_base64url  # noqa: E402
from load import camera_bench, gate_cost, hospital  # noqa: E402
from load.wire import Wire, until  # noqa: E402
from servers.process import answers, end, free_port  # noqa: E402
from world import mls  # noqa: E402
from world.device import new_id  # noqa: E402

BODY = 900
ROUNDS = 5


def frame(thread: str) -> str:
    """One `send` of about 1 KiB of ciphertext; epoch 1 is the one after the members were added."""
    message = new_id("msg")
    raw = encode_base64url(mls.private_message(thread, 1, message, [], BODY))
    data = {"thread": thread, "message": message, "epoch": 1, "mls": raw, "disclosures": []}
    return json.dumps(["send", data], separators=(",", ":"))


@asynccontextmanager
async def serving(command: list[str], port: int, **environment: str) -> AsyncIterator[psutil.Process]:
    """A server process on the first core, from its start until it is ended."""
    process = subprocess.Popen(command, env={**os.environ, **environment}, start_new_session=True)  # noqa: ASYNC220
    try:
        while not answers(port):
            if process.poll() is not None:
                raise RuntimeError(f"{command} ended")
            await asyncio.sleep(0.005)
        seen = psutil.Process(process.pid)
        seen.cpu_affinity([0])
        yield seen
    finally:
        end(process)


def median_rate(rates: list[float]) -> float:
    return statistics.median(rates)


async def throughput(wires: list[Wire], work: dict[int, list[list[str]]], fan: int, window: int) -> list[float]:
    """Messages a second in each round; a round ends when every copy has arrived everywhere."""
    rates = []
    for number in range(ROUNDS):
        goal_acks = sum(wire.acks for wire in wires) + sum(len(rounds[number]) for rounds in work.values())
        goal_entries = sum(wire.entries for wire in wires) + fan * sum(len(rounds[number]) for rounds in work.values())
        start = time.perf_counter()
        await asyncio.gather(*(wires[index].pump(rounds[number], window) for index, rounds in work.items()))
        await until(
            lambda a=goal_acks, e=goal_entries: (
                sum(wire.acks for wire in wires) >= a and sum(wire.entries for wire in wires) >= e
            )
        )
        rates.append(sum(len(rounds[number]) for rounds in work.values()) / (time.perf_counter() - start))
    if any(wire.failures for wire in wires):
        raise RuntimeError("some sends were refused")
    return rates


async def latency(wire: Wire, thread: str, rate: int, seconds: int) -> tuple[float, float]:
    """p50 and p99 in milliseconds from send to durable acknowledgement at a steady rate."""
    frames = [frame(thread) for _ in range(rate * seconds)]
    wire.times.clear()
    wire.slots = None
    start = time.perf_counter()
    for number, text in enumerate(frames):
        await asyncio.sleep(max(0.0, start + number / rate - time.perf_counter()))
        wire.send(number, text)
    await until(lambda: not wire.sent)
    return statistics.median(wire.times), statistics.quantiles(wire.times, n=100)[98]


async def drive(origin: str, people: hospital.Hospital, process: psutil.Process) -> dict[str, float]:
    """All loads against one server; the same for InScope and for the floor."""
    figures: dict[str, float] = {}
    wires = []
    for index, cookie in enumerate(people.cookies):
        rooms = {"rooms": [people.pairs[index // 2], people.group]}
        wires.append(await Wire.open(origin, cookie, rooms))
    work = {2 * i: [[frame(t) for _ in range(120)] for _ in range(ROUNDS)] for i, t in enumerate(people.pairs)}
    figures["pair"] = median_rate(await throughput(wires, work, 2, 16))
    group = {i: [[frame(people.group) for _ in range(30)] for _ in range(ROUNDS)] for i in range(10)}
    figures["deliveries"] = 50 * median_rate(await throughput(wires, group, 50, 8))
    figures["p50"], figures["p99"] = await latency(wires[0], people.pairs[0], 200, 5)
    before = process.memory_info().rss
    idle = [await Wire.open(origin, people.cookies[i % 50], {"rooms": [str(i)]}) for i in range(500)]
    await asyncio.sleep(1)
    figures["idle_kb"] = (process.memory_info().rss - before) / len(idle) / 1000
    for wire in (*wires, *idle):
        wire.close()
    return figures


async def cold_start(command: list[str], **environment: str) -> float:
    """Seconds from starting the process to its first answer; the median of five."""
    times = []
    for _ in range(5):
        port = free_port()
        start = time.perf_counter()
        own = [part.replace("PORT", str(port)) for part in command]
        async with serving(own, port, **{**environment, "INSCOPE_PORT": str(port)}):
            times.append(time.perf_counter() - start)
    return statistics.median(times)


def row(name: str, ours: float, floor: float, unit: str, aim: str) -> None:
    print(f"| {name} | {ours:,.1f} {unit} | {floor:,.1f} {unit} | {ours / floor:.2f} | {aim} |")


async def main() -> None:
    os.sched_setaffinity(0, {1})
    with tempfile.TemporaryDirectory() as name:
        folder, port, floor_port = Path(name), free_port(), free_port()
        url = f"sqlite+aiosqlite:///{folder}/bench.sqlite3"
        people = await hospital.prepare(url, folder, port)
        settings = {"INSCOPE_DATABASE_URL": url, "INSCOPE_DATA_DIR": name, "INSCOPE_PORT": str(port)}
        inscope = [str(Path(sys.executable).parent / "inscope"), "serve"]
        floor_command = [sys.executable, str(HERE / "floor.py"), str(floor_port)]
        async with serving(floor_command, floor_port) as process:
            floor = await drive(f"http://127.0.0.1:{floor_port}", people, process)
        async with serving(inscope, port, **settings) as process:
            ours = await drive(f"http://127.0.0.1:{port}", people, process)
        ours["cold"] = await cold_start(inscope, **settings)
        floor["cold"] = await cold_start([sys.executable, str(HERE / "floor.py"), "PORT"])
        print("| figure | InScope (durable) | floor (stores nothing) | ratio | aim |\n|---|---|---|---|---|")
        row("pair messages", ours["pair"], floor["pair"], "/s", "0.70 of the floor")
        row("deliveries, group of 50", ours["deliveries"], floor["deliveries"], "/s", "60,000/s")
        row("acknowledged at 200 msg/s, p50", ours["p50"], floor["p50"], "ms", "")
        row("acknowledged at 200 msg/s, p99", ours["p99"], floor["p99"], "ms", "")
        row("memory an idle connection", ours["idle_kb"], floor["idle_kb"], "kB", "30 kB")
        row("cold start", ours["cold"] * 1000, floor["cold"] * 1000, "ms", "")
        gate_folder = folder / "gate"
        gate_folder.mkdir()
        print("\n| the gate, 50 people, 100 live images | p50 ms | p99 ms |\n|---|---|---|")
        for what, p50, p99 in await gate_cost.measure(f"sqlite+aiosqlite:///{gate_folder}/g.sqlite3", gate_folder):
            print(f"| {what} | {p50:.3f} | {p99:.3f} |")
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
        camera_folder = folder / "camera"
        camera_folder.mkdir()
        rows, photographs = await camera_bench.measure(f"sqlite+aiosqlite:///{camera_folder}/c.sqlite3", camera_folder)
        print(
            f"\n| a photograph in Chromium ({photographs}) | InScope | floor (coding and secretstream) | ratio | aim |"
        )
        print("|---|---|---|---|---|")
        for what, ours_p, floor_p in rows:
            for name, ms, least in zip(("p50", "p99"), ours_p, floor_p, strict=True):
                row(f"{what}, {name}", ms, least, "ms", "")


if __name__ == "__main__":
    uvloop.run(main())
