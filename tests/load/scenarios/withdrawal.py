"""A consent is withdrawn on which 1,000 live images rest: each is decided again, closed, logged and told to its thread.

The floor does what must be written, and nothing else: one transaction of plain SQLite, synchronous=FULL, that changes
so many rows and adds a log entry and a thread's entry for each. No peer has anything like it.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import psutil

from ..meter import Meter
from ..result import Curve
from ..system import Lacking
from ..systems.floor import Floor
from ..systems.inscope import InScope
from ..trial import Make, started, timed, works

TITLE = "withdrawal"
AIM = "0.8 of the floor"
MEMBERS, IMAGES = 10, (250, 500, 1000)
WHAT = "images decided again on a withdrawal"


async def measure(make: Make, folder: Path) -> list[Curve]:
    if make is Floor:
        return [await _floor(folder)]
    if make is not InScope:
        raise Lacking("has no consent to withdraw")
    curve = Curve(TITLE, make.name, WHAT, "images")
    async with started(make, folder, MEMBERS) as system:
        for count in works(system, *IMAGES):
            images = await system.many_images(list(range(MEMBERS)), b"sealed bytes", count)
            closed: list[int] = []

            async def withdraw(images: object = images, closed: list[int] = closed) -> None:
                closed.append(await images.withdraw())

            curve.points.append(await timed(system, count, withdraw))
            assert closed == [count]
    return [curve]


async def _floor(folder: Path) -> Curve:
    system, curve = Floor(), Curve(TITLE, Floor.name, WHAT, "images")
    system.meter = Meter([psutil.Process()])
    database = sqlite3.connect(folder / "withdrawal.sqlite3", isolation_level=None)
    for line in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE log (body BLOB)"):
        database.execute(line)
    database.execute("CREATE TABLE images (image INTEGER PRIMARY KEY, consent TEXT, state TEXT, half BLOB)")
    database.execute("CREATE TABLE entries (seq INTEGER PRIMARY KEY, detail BLOB)")
    for count in works(system, *IMAGES):
        rows = [(str(count), "live", os.urandom(32)) for _ in range(count)]
        database.executemany("INSERT INTO images (consent, state, half) VALUES (?, ?, ?)", rows)

        async def withdraw(count: int = count) -> None:
            ids = [row[0] for row in database.execute("SELECT image FROM images WHERE consent = ?", (str(count),))]
            database.execute("BEGIN IMMEDIATE")
            database.executemany(
                "UPDATE images SET state = 'destroyed', half = NULL WHERE image = ?", [(i,) for i in ids]
            )
            database.executemany("INSERT INTO log (body) VALUES (?)", [(os.urandom(300),) for _ in ids])
            database.executemany("INSERT INTO entries (detail) VALUES (?)", [(os.urandom(150),) for _ in ids])
            database.execute("COMMIT")

        curve.points.append(await timed(system, count, withdraw))
    database.close()
    return curve
