"""`inscope administrator people`, `devices`, `organisations` and `waiting`: tables, or data for programs."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import to_builtins

from ..clock import day_of
from ..terminal.table import Column, show_list
from .attester import Attester
from .listing import ListedEnrolment, devices_of, organisations_of, people_of, until

Act = Callable[[Attester, argparse.Namespace], Awaitable[None]]
Acting = Callable[[Act], Callable[[argparse.Namespace], None]]
NAME, PERSON = Column("Name"), Column("Person", under=True)
ROLES, TEAMS = Column("Roles"), Column("Teams")


def add_lists(commands: Any, acting: Acting) -> None:
    """`acting` runs an act with the attester of the folder that is named on the command line."""
    for name, act, says in (
        ("people", _people, "who was invited from this folder, with their roles and until when they are attested"),
        ("devices", _devices, "devices that were confirmed from this folder"),
        ("organisations", _organisations, "this organisation and those that it knows, with their fingerprints"),
        ("waiting", _waiting, "devices that wait to be confirmed, and why one would not be; confirms none"),
    ):
        parser = commands.add_parser(name, help=says)
        parser.add_argument("--json", action="store_true", help="as data; instants are milliseconds since 1970")
        parser.set_defaults(run=acting(act))


async def _people(attester: Attester, arguments: argparse.Namespace) -> None:
    listed, now = people_of(attester.file, attester.folder.people()), attester.clock.now()
    columns = [NAME, PERSON, ROLES, TEAMS, Column("Attested until"), Column("Link open until"), Column("Devices")]
    rows = [
        (one.name, one.person, ", ".join(one.roles), ", ".join(one.teams), until(one.attested_until, now),
         until(one.invited_until, now), str(one.devices))
        for one in listed
    ]  # fmt: skip
    show_list(arguments.json, to_builtins(listed), columns, rows, "Nobody has been invited from this folder yet.")


async def _devices(attester: Attester, arguments: argparse.Namespace) -> None:
    listed = devices_of(attester.folder.people())
    columns = [NAME, PERSON, Column("Device"), Column("Confirmed on")]
    rows = [(one.name, one.person, one.device, day_of(one.confirmed_at, "UTC")) for one in listed]
    show_list(arguments.json, to_builtins(listed), columns, rows, "No device has been confirmed from this folder yet.")


async def _organisations(attester: Attester, arguments: argparse.Namespace) -> None:
    listed = organisations_of(attester.card(), attester.file.known)
    columns = [NAME, Column("Organisation", under=True), Column("Fingerprint of its key", under=True), ROLES, TEAMS]
    rows = [(one.name, one.organisation, one.fingerprint, ", ".join(one.roles), ", ".join(one.teams)) for one in listed]
    show_list(arguments.json, to_builtins(listed), columns, rows, "")


async def _waiting(attester: Attester, arguments: argparse.Namespace) -> None:
    listed = [ListedEnrolment(one.person, one.display_name, one.refused) for one in await attester.waiting()]
    columns = [NAME, PERSON, Column("What `attest` will say")]
    rows = [(one.name, one.person, f"NOT confirmed: {one.refused}" if one.refused else "Confirmed") for one in listed]
    show_list(arguments.json, to_builtins(listed), columns, rows, "No device waits.")
