"""`inscope administrator …`: run on the administrator's own machine."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.enrolment import key_fingerprint
from inscope_protocol.types import KnownOrganisation

from ..clock import Clock, day_of
from ..records_gateway.keys import GatewayCard
from ..terminal.bars import bars
from ..terminal.plain import say
from .attester import ATTESTATION_DAYS, DAY, Attester, Judged
from .connection import HttpConnection
from .failure import AdministratorError, Unreachable
from .folder import Folder, only_organisation
from .founding import found
from .lists import add_lists

WATCH_SECONDS = 2.0
ENDED = "does not file with this gateway any more"
T = TypeVar("T")
Act = Callable[[Attester, argparse.Namespace], Awaitable[None]]


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Adds the subcommands; each sets `run`, a function of the parsed arguments."""
    parser.add_argument("--dir", default="administrator", type=Path, help="folder with the organisation key")
    parser.add_argument("--id", default="", help="the organisation, when the folder holds several")
    commands = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    init = commands.add_parser("init", help="make a new organisation and its key")
    init.add_argument("--name", required=True)
    init.add_argument("--origin", required=True, help="the server's address, such as https://inscope.example")
    init.add_argument("--team", action="append", default=[], metavar="NAME")
    init.add_argument("--role", action="append", default=[], metavar="CODE=NAME")
    init.set_defaults(run=_init)
    publish = commands.add_parser("publish", help="sign and send the list of organisations that this one knows")
    publish.add_argument("--know", action="append", default=[], type=Path, metavar="CARD", help="another's card")
    publish.add_argument("--role", action="append", default=[], metavar="CODE=NAME", help="a role that is new here")
    publish.set_defaults(run=_acting(_publish))
    invite = commands.add_parser("invite", help="print a one-time link for a person")
    invite.add_argument("--name", required=True)
    known = "a person invited before, for a new device: they keep the roles and teams for which nothing is given"
    invite.add_argument("--person", default=None, help=known)
    _add_roles(invite)
    invite.set_defaults(run=_acting(_invite))
    attest = commands.add_parser("attest", help="confirm the devices of people who used their link")
    attest.add_argument("--watch", action="store_true", help="go on until stopped")
    attest.set_defaults(run=_acting(_attest))
    _add_gateway(commands.add_parser("gateway", help="connect the gateway to the organisation's medical record"))
    roles = commands.add_parser("set-roles", help="attest a person anew; what they had before is void")
    roles.add_argument("--person", required=True)
    roles.add_argument("--days", type=_days, default=ATTESTATION_DAYS, help="0 ends it at once")
    _add_roles(roles)
    roles.set_defaults(run=_acting(_set_roles))
    add_lists(commands, _acting)


def _add_gateway(gateway: argparse.ArgumentParser) -> None:
    gateway.add_argument("--card", required=True, type=Path, help="what `inscope records-gateway card` printed there")
    gateway.add_argument("--name", default="Medical records", help="as clinicians read it")
    gateway.add_argument("--days", type=_days, default=ATTESTATION_DAYS, help="0 ends it at once")
    gateway.set_defaults(run=_acting(_gateway))


async def _gateway(attester: Attester, arguments: argparse.Namespace) -> None:
    await attester.connect_gateway(_read_card(arguments.card, GatewayCard), arguments.name, arguments.days)
    files = f"files with this gateway until {_last_day(attester, arguments.days)}" if arguments.days else ENDED
    say(f"{attester.file.name} {files}.")


def _add_roles(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--role", action="append", default=[], metavar="CODE")
    parser.add_argument("--team", action="append", default=[], metavar="NAME")


def _init(arguments: argparse.Namespace) -> None:
    roles = dict(_role(text) for text in arguments.role)
    folder = found(arguments.dir, arguments.name, arguments.origin, arguments.team, roles, Clock())
    attester = Attester(folder, HttpConnection(arguments.origin), Clock())
    card = attester.card()
    path = arguments.dir / f"{card.organisation}.card.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(card), indent=2))
    print(f"Organisation   {card.organisation}")
    print(f"Private key    {folder.key_path}  (keep it on this machine, and a copy under lock)")
    print(f"Card           {path}  (give it to the organisations you work with)")
    print(f"Fingerprint    {encode_base64url(key_fingerprint(attester.public_key))}")
    print("The server's operator registers it with:")
    say(f"  {attester.registering()}")


def _role(text: str) -> tuple[str, str]:
    code, separator, name = text.partition("=")
    if not separator:
        raise AdministratorError(f"“{text}” is not CODE=NAME.")
    return code, name


def _acting(act: Act) -> Callable[[argparse.Namespace], None]:
    """Runs `act` with the attester of the folder named on the command line."""

    async def run(arguments: argparse.Namespace) -> None:
        folder = Folder(arguments.dir, arguments.id or only_organisation(arguments.dir))
        async with HttpConnection(folder.organisation().origin) as connection:
            await act(Attester(folder, connection, Clock()), arguments)

    return lambda arguments: asyncio.run(run(arguments))


async def _publish(attester: Attester, arguments: argparse.Namespace) -> None:
    await attester.publish(
        [_read_card(path, KnownOrganisation) for path in arguments.know], dict(_role(text) for text in arguments.role)
    )
    names = ", ".join(entry.name for entry in attester.file.known) or "no other organisation"
    say(f"{attester.file.name} knows {names}.")


def _read_card(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise AdministratorError(f"{path} cannot be read: {error.strerror}.") from error
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise AdministratorError(f"{path} is not such a card: {error}.") from error


async def _invite(attester: Attester, arguments: argparse.Namespace) -> None:
    invited = await attester.invite(arguments.name, arguments.role, arguments.team, person=arguments.person)
    say(f"{arguments.name}   {invited.person}")
    say(f"One-time link, for them alone: {invited.link}")
    say(f"Roles: {', '.join(invited.roles) or 'none'}. Teams: {', '.join(invited.teams) or 'none'}.")
    if arguments.person is not None:
        say("Once you confirm the device that uses it, the one that they have now stops.")


async def _attest(attester: Attester, arguments: argparse.Namespace) -> None:
    silent = False
    while True:
        try:
            with bars():
                told_now = await attester.attest_pending()
            if silent:
                say("The server answers again.")
            silent = False
        except Unreachable as error:
            if not arguments.watch:
                raise
            if not silent:
                say(f"{error} Asking on, until it does.")
            silent, told_now = True, []
        for judged in told_now:
            say(told(judged))
        if not arguments.watch:
            return
        await asyncio.sleep(WATCH_SECONDS)


def told(judged: Judged) -> str:
    if judged.refused:
        return f"NOT confirmed: {judged.display_name} ({judged.person}): {judged.refused}."
    return f"Confirmed: {judged.display_name} ({judged.person}), device {judged.device}."


async def _set_roles(attester: Attester, arguments: argparse.Namespace) -> None:
    await attester.set_roles(arguments.person, arguments.role, arguments.team, arguments.days)
    until = _last_day(attester, arguments.days)
    ends = (
        f"is attested anew, until {until}." if arguments.days else "is ended: no device of theirs is let in any more."
    )
    say(f"{arguments.person} {ends}")


def _last_day(attester: Attester, days: int) -> str:
    return day_of(attester.clock.now() + days * DAY, "UTC")


def _days(text: str) -> int:
    """For argparse."""
    days = int(text)
    if days < 0:
        raise ValueError
    return days


_days.__name__ = "number of days"
