"""While the consent authority is silent others go on, and what it signs counts only if nothing has changed (S5.14)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from inscope_server.authority.service import LocalAuthority
from server.patients.test_looking_back import looking, shared
from server.patients.test_unasked import UNASKED, asked, versions

PATIENCE = 20
"""Seconds after which whoever waits counts as held up."""


@dataclass
class Silence:
    """`asked` once the authority is to sign a version; it does so after `over`."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)


@pytest.fixture
async def silence(monkeypatch: pytest.MonkeyPatch) -> Silence:
    silence, sign = Silence(), LocalAuthority.version

    async def after_a_silence(*arguments: Any) -> Any:
        silence.asked.set()
        await silence.over.wait()
        return await sign(*arguments)

    monkeypatch.setattr(LocalAuthority, "version", after_a_silence)
    return silence


async def test_others_share_while_a_withdrawal_waits_for_its_signature(story, intern, specialist, patient, silence):
    thread, scope, disclosure = await shared(story, intern, specialist)
    await looking(patient, intern, scope)
    withdrawing = asyncio.create_task(patient.send("/patient/look/withdraw?language=en", ("sure", "yes")))
    await silence.asked.wait()
    granted = await asyncio.wait_for(intern.ask(thread, scope), PATIENCE)
    assert (granted.status, withdrawing.done()) == (200, False)
    silence.over.set()
    assert "The pictures are closed" in (await withdrawing).text
    assert (await specialist.open(disclosure)).reasons == [("consent_withdrawn", None)]


async def test_a_withdrawal_follows_what_was_recorded_meanwhile(story, intern, specialist, patient, silence):
    _, scope, disclosure = await shared(story, intern, specialist)
    await looking(patient, intern, scope)
    withdrawing = asyncio.create_task(patient.send("/patient/look/withdraw?language=en", ("sure", "yes")))
    await silence.asked.wait()
    wider = intern.following(scope, purposes=("direct-care-advice", "teaching"))
    assert (await asyncio.wait_for(intern.record(wider), PATIENCE)).status == 200
    silence.over.set()
    assert "The pictures are closed" in (await withdrawing).text
    assert [one.decision for one in await versions(intern, scope)] == ["given", "given", "withdrawn"]
    assert (await specialist.open(disclosure)).code == "disclosure_closed"


async def test_others_share_while_a_no_waits_for_its_signature(story, intern, specialist, patient, silence):
    thread, scope, _ = await shared(story, intern, specialist, **UNASKED["expected"])
    _, link = await asked(intern, specialist, scope)
    await patient.open(link)
    answering = asyncio.create_task(patient.send("/patient?language=en", ("answer", "no")))
    await silence.asked.wait()
    granted = await asyncio.wait_for(intern.ask(thread, scope), PATIENCE)
    assert (granted.status, answering.done()) == (200, False)
    silence.over.set()
    assert "The pictures are closed" in (await answering).text


async def test_a_no_stands_whatever_was_recorded_meanwhile(story, intern, specialist, patient, silence):
    _, scope, disclosure = await shared(story, intern, specialist, **UNASKED["expected"])
    request, link = await asked(intern, specialist, scope)
    await patient.open(link)
    answering = asyncio.create_task(patient.send("/patient?language=en", ("answer", "no")))
    await silence.asked.wait()
    await asyncio.wait_for(intern.record(intern.following(scope, valid_until=scope.valid_until - 1)), PATIENCE)
    silence.over.set()
    assert "You said no." in (await answering).text
    assert [one.decision for one in await versions(intern, scope)] == ["given", "given", "withdrawn"]
    assert (await specialist.open(disclosure)).code == "disclosure_closed"
    assert (await intern.call("GET", f"/api/patient-questions/{request}")).data["state"] == "answered"
