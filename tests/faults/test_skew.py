"""Two processes whose clocks differ by three seconds: each denies from the exact instant of its own clock on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

from faults.hospital import SKEW, Address, move, opened
from faults.proof import prove
from inscope_server.clock import system_now
from servers.postgres import Postgres
from servers.valkey import Valkey

LASTS = 6000
NEVER = 10**6


async def test_a_consent_ends_at_its_instant_in_each(postgres: Postgres, valkey: Valkey, tmp_path: Path) -> None:
    url, chance = postgres.url(), Random(1)
    async with opened(tmp_path, url, chance, postgres, valkey, sweep=NEVER) as (hospital, crowd):
        by, others, thread = crowd.members[0], crowd.members[1:], crowd.threads[0]
        scope, image = await crowd.shared(by, thread)
        for device, one in zip(others, hospital.served, strict=True):
            await move([device], Address(f"http://localhost:{one.port}"))
        until = system_now() + SKEW + LASTS
        scope = crowd.ledger.scopes[scope.consent] = by.following(scope, valid_until=until)
        await crowd.record(by, scope)
        seen: dict[int, list[tuple[int, int, str]]] = {0: [], 1: []}
        while system_now() < until + 500:
            for number, device in enumerate(others):
                asked = system_now() + number * SKEW
                answer = await device.open(image.disclosure)
                seen[number].append((asked, system_now() + number * SKEW, answer.code))
                if answer.status == 200:
                    crowd.ledger.half(device.me, scope.consent, begun_after_withdrawal=False)
            await asyncio.sleep(0.02)
        for answers in seen.values():
            assert {code for _, _, code in answers} == {"", "denied"}
            assert all(code == "denied" for asked, _, code in answers if asked >= until)
            assert all(code == "" for _, answered, code in answers if answered < until)
        await prove(hospital, crowd)
