"""Whatever is killed, cut or full, and whenever: nothing acknowledged is lost, and nothing goes where it may not.

INSCOPE_FAULTS_KILLS: how many, two thirds of them on PostgreSQL, besides the 14 of test_instants.py;
INSCOPE_FAULTS_SEED: of an earlier run, whose order of faults and of people's choices it brings back, not its timing.
SIGKILL takes a process's memory and not what the kernel holds of its files: the loss of power is not tried here.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from pathlib import Path
from random import Random

from faults.crowd import Crowd
from faults.hospital import opened
from faults.mischief import Mischief
from faults.proof import prove
from faults.summary import summary
from servers.postgres import Postgres
from servers.valkey import Valkey

KILLS = int(os.environ.get("INSCOPE_FAULTS_KILLS", "18"))
COLD = 0.25 if "INSCOPE_FAULTS_KILLS" in os.environ else 0.0
ROUND = 50
"""Kills after which everything is lost but a backup: once at least."""
SEED = os.environ.get("INSCOPE_FAULTS_SEED") or secrets.token_hex(4)


async def lives_through(folder: Path, url: str, kills: int, postgres: Postgres | None, valkey: Valkey | None) -> None:
    chance = Random(f"{SEED} {kills}")
    print(f"INSCOPE_FAULTS_SEED={SEED}")
    async with opened(folder, url, chance, postgres, valkey) as (hospital, crowd):
        mischief = Mischief(hospital, crowd, Random(chance.random()), COLD)
        rounds = max(2, round(kills / ROUND))
        for number in range(rounds):
            if number:
                await mischief.disaster()
            await people_work(crowd, mischief, kills * (number + 1) // rounds - kills * number // rounds)
        await prove(hospital, crowd)
        print(summary(hospital, crowd.ledger, mischief))


async def people_work(crowd: Crowd, mischief: Mischief, kills: int) -> None:
    """Until so much has been broken, and a message has been acknowledged after it."""
    shared, _ = await crowd.shared(crowd.members[0], crowd.threads[0])
    working, breaking = asyncio.create_task(crowd.run()), asyncio.create_task(mischief.run(kills, shared))
    await asyncio.wait([working, breaking], return_when=asyncio.FIRST_COMPLETED)
    if working.done():
        breaking.cancel()
        working.result()
    breaking.result()
    while crowd.ledger.recovery(mischief.kills[-1].at) is None and not working.done():
        await asyncio.sleep(0.05)
    crowd.over.set()
    await working


async def test_on_sqlite(sqlite_url: str, tmp_path: Path) -> None:
    await lives_through(tmp_path, sqlite_url, KILLS // 3, None, None)


async def test_on_postgresql_with_two_processes(tmp_path: Path) -> None:
    postgres, valkey = Postgres(fsync=True), Valkey()
    try:
        url = postgres.url()
        await lives_through(tmp_path, url, KILLS - KILLS // 3, postgres, valkey)
    finally:
        postgres.close()
        valkey.close()
