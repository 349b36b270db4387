"""Whatever meets the end of a consent, in whatever order: nothing is given out after it, and nothing is lost by it.

INSCOPE_INTERLEAVINGS: how many are tried on each database (`make races`: 5,000). INSCOPE_SEED draws those of an earlier
run again, as far as the machine keeps time.
"""

from __future__ import annotations

import os
from pathlib import Path
from random import Random
from typing import Any

import pytest

from inscope_server.accounts import store as accounts_store
from inscope_server.consent.service import Consents
from inscope_server.images.facts import Facts
from inscope_server.images.gate import ImageGate
from server.interleavings.acts import add_the_colleague, attach, open_an_image, send_what_is_ready
from server.interleavings.endings import (
    a_removal,
    a_team_that_is_left,
    an_attestation_that_lapses,
    an_end_in_time,
    narrowing,
    withdrawal,
)
from server.interleavings.theatre import theatre_on
from server.stateful.evidence import Violation

TIMES = int(os.environ.get("INSCOPE_INTERLEAVINGS", "50"))
SEED = int(os.environ.get("INSCOPE_SEED", "0")) or Random().randrange(1, 10**9)


async def test_nothing_is_given_out_after_an_end(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Path(request.getfixturevalue("postgres").log) if database_url.startswith("postgresql") else None
    async with theatre_on(database_url, tmp_path, monkeypatch, log) as theatre:
        await theatre.play(TIMES, SEED)
    print(request.node.name, dict(sorted(theatre.seen.items())))
    codes = {code for _, code in theatre.seen}
    assert {"ok", "disclosure_closed", "consent_superseded", "denied", "not_found"} <= codes, codes


# Teeth: with a guard of the server taken out, the same test finds what it lets through.


async def nothing(*_: Any, **__: Any) -> list[str]:
    return []


_reasons = Facts.reasons


async def not_of_one(self: Facts, row: Any, people: Any) -> list[Any]:
    return [] if len(people) == 1 else await _reasons(self, row, people)


CHANGES = {"endings": [withdrawal, narrowing]}
JOINING = {"endings": [a_removal], "acts": [add_the_colleague]}
LEAVING = {"endings": [a_team_that_is_left], "acts": [attach, send_what_is_ready]}
IN_TIME = {"endings": [an_end_in_time, an_attestation_that_lapses], "acts": [open_an_image]}
BROKEN: dict[str, tuple[Any, str, Any, dict[str, Any]]] = {
    "a consent that ends is not decided upon again": (ImageGate, "consent_changed", nothing, CHANGES),
    "an attestation that ends is not decided upon again": (ImageGate, "person_changed", nothing, LEAVING),
    "who opens is not decided upon": (Facts, "reasons", not_of_one, IN_TIME),
    "newcomers are not decided upon": (ImageGate, "decide_add", nothing, JOINING),
    "consents are not held": (Consents, "lock", nothing, CHANGES),
    "people are not held": (accounts_store, "share_people", nothing, LEAVING),
}
"""What is taken out, and where to look. The last two lock rows, which means nothing on SQLite: one writes at a time."""


@pytest.mark.parametrize("broken", BROKEN)
async def test_a_broken_server_is_found_out(
    postgres: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    owner, name, instead, where = BROKEN[broken]
    monkeypatch.setattr(owner, name, instead)
    async with theatre_on(postgres.url(), tmp_path, monkeypatch) as theatre:
        with pytest.raises(Violation, match=r"invariant [126]'"):
            await theatre.play(1000, SEED, **where)
