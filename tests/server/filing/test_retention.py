"""How long images stay in threads, by organisation, and what becomes of those that are filed (S12.10, S12.11)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from yarl import URL

from inscope_server.config import ConfigError
from inscope_server.images.retention import DAY, Retention, Rule, Rules
from server.filing.desk import Desk
from world.device import Device

EXAMPLE = Path(__file__).resolve().parents[3] / "config" / "retention.example.toml"


def put_in_force(device: Device, rules: Rules) -> None:
    device.running.server.gate.retention = Retention(rules)


async def lasting(desk: Desk, **changes: Any) -> None:
    """An image whose consent runs longer than any days here."""
    now = desk.arena.intern.running.clock.now()
    desk.scope = await desk.arena.consent(valid_until=now + 90 * DAY, **changes)
    desk.disclosure = await desk.room.attached(desk.arena.intern, desk.scope)


async def days_pass(milliseconds: int, *devices: Device) -> None:
    """Sessions end meanwhile: each device has another one afterwards."""
    running = devices[0].running
    running.clock.advance(milliseconds)
    for device in devices:
        async with running.server.database.write() as tx:
            opened = await running.server.accounts.sessions.open(tx, device.device)
        assert device.http is not None
        device.http.cookie_jar.update_cookies({"inscope_session": opened.secret}, URL(running.origin))
        device.csrf = (await device.call("GET", "/api/session")).data["session"]["csrf"]


async def sweep(device: Device) -> None:
    await device.running.server.sweeper.sweep()


async def test_an_image_ends_with_its_days_and_says_so(desk: Desk, intern: Device, specialist: Device) -> None:
    put_in_force(intern, Rules(days=30))
    await lasting(desk)
    await days_pass(30 * DAY - 60_000, intern, specialist)
    await sweep(intern)
    assert (await specialist.open(desk.disclosure)).status == 200
    intern.running.clock.advance(60_001)
    late = await specialist.open(desk.disclosure)
    assert late.reasons == [("retention_over", None)], "refused before the sweep came"
    assert (await desk.begin(intern, desk.filing(intern, b"x"))).reasons == [("retention_over", None)]
    await sweep(intern)
    row = await desk.arena.row(desk.disclosure)
    assert (row.state, row.code, row.server_half) == ("destroyed", "retention_over", None)
    assert (await desk.tombstones())[-1]["code"] == "retention_over"


async def test_each_organisation_has_its_own_days(desk: Desk, intern: Device, specialist: Device) -> None:
    put_in_force(intern, Rules(days=30, organisations={specialist.home.organisation: Rule(days=10)}))
    await lasting(desk)
    theirs = await desk.room.attached(specialist, desk.scope)
    intern.running.clock.advance(10 * DAY)
    await sweep(intern)
    assert (await desk.arena.row(theirs)).code == "retention_over"
    assert (await desk.arena.row(desk.disclosure)).state == "live"
    intern.running.clock.advance(20 * DAY)
    await sweep(intern)
    assert (await desk.arena.row(desk.disclosure)).code == "retention_over"


async def test_an_organisation_may_go_without_days(desk: Desk, intern: Device) -> None:
    put_in_force(intern, Rules(days=30, organisations={intern.home.organisation: Rule()}))
    await lasting(desk)
    intern.running.clock.advance(31 * DAY)
    await sweep(intern)
    assert (await desk.arena.row(desk.disclosure)).state == "live"


async def test_what_is_filed_may_stay_until_its_days_are_over(desk: Desk, intern: Device, specialist: Device) -> None:
    put_in_force(intern, Rules(days=30, after_filing="keep"))
    await lasting(desk)
    filing = await desk.filed(intern)
    envelope = await desk.statement(filing.filing)
    await desk.gateway.fetch(filing.filing)
    assert (await desk.gateway.acknowledge(envelope)).status == 200
    assert (await specialist.open(desk.disclosure)).status == 200
    assert [(one["state"], one["code"], "filed" in one) for one in await desk.tombstones()] == [("live", "filed", True)]
    assert (await desk.begin(intern, desk.filing(intern, b"x"))).code == "already_filed"
    intern.running.clock.advance(30 * DAY)
    await sweep(intern)
    assert (await desk.arena.row(desk.disclosure)).code == "retention_over"


def test_the_example_says_what_it_explains(tmp_path: Path) -> None:
    read = Retention.read(str(EXAMPLE))
    assert (read.everyone, read.organisations) == (Rule(90, "delete"), {})
    with_one = EXAMPLE.read_text().replace("# [org", "[org").replace("# days = 30", "days = 30")
    path = tmp_path / "retention.toml"
    path.write_text(with_one.replace('# after_filing = "keep"', 'after_filing = "keep"'))
    assert Retention.read(str(path)).rule("org_AAAAAAAAAAAAAAAAAAAAAA") == Rule(30, "keep")
    assert Retention.read("").rule(None) == Rule(0, "delete")


@pytest.mark.parametrize("wrong", ["days = -1", 'after_filing = "burn"', "weeks = 2", "[organisations.x]", "=="])
def test_a_mistake_in_the_file_is_named(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "retention.toml"
    path.write_text(wrong)
    with pytest.raises(ConfigError, match="retention_file"):
        Retention.read(str(path))
