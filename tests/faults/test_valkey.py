"""A Valkey that takes connections and says nothing: durable writes go on, and the other devices catch up."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from random import Random

from faults.hospital import opened
from faults.proof import prove
from servers.postgres import Postgres
from servers.valkey import Valkey

MANY = 8
PATIENCE = 30
"""Seconds for all of them. Were one waited for at each, it would be ten seconds for each."""


async def test_nobody_waits_for_it(postgres: Postgres, tmp_path: Path) -> None:
    valkey = Valkey()
    try:
        async with opened(tmp_path, postgres.url(), Random(1), postgres, valkey) as (hospital, crowd):
            valkey.process.send_signal(signal.SIGSTOP)
            async with asyncio.timeout(PATIENCE):
                for _ in range(MANY):
                    await crowd.say(crowd.members[0], crowd.threads[0])
            valkey.process.send_signal(signal.SIGCONT)
            await prove(hospital, crowd)
    finally:
        valkey.process.send_signal(signal.SIGCONT)
        valkey.close()
