"""`inscope`: what operators and administrators type. Every failure is one sentence and exit status 1."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from inscope_protocol.failures import ProtocolError
from inscope_protocol.identifiers import check_identifier

from . import collector
from . import config as configuration
from .accounts import command as organisations
from .administrator import commands as administrator
from .administrator.failure import AdministratorError
from .audit.export import verify_export
from .audit.recomputation import LogFault
from .client_files import command as client_files
from .config import Config, ConfigError
from .database_trouble import in_words
from .demo import command as demo
from .describing import command as describing
from .errors import Refusal
from .keeping import command as keeping
from .one_act import on_server
from .terminal.bars import bars
from .terminal.plain import plain

if TYPE_CHECKING:
    from .app import Server

T = TypeVar("T")


def main(arguments: Sequence[str] | None = None) -> None:
    parsed = _parser().parse_args(arguments)
    os.umask(0o077)  # What is written holds keys, key halves and who asks whom: it is for this user alone.
    try:
        parsed.run(parsed)
        sys.stdout.flush()
    except (AdministratorError, ConfigError) as error:
        _fail(str(error))
    except LogFault as fault:
        _fail(f"the log does not hold: {fault}.")
    except BrokenPipeError:  # Whoever read has enough: `… | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(128 + signal.SIGPIPE)
    except OSError as error:
        what = error.strerror or str(error) or type(error).__name__
        _fail(f"{error.filename}: {what}" if error.filename else what)
    except (ProtocolError, Refusal) as error:
        _fail(f"{error.message} ({error.code})")
    except SQLAlchemyError as error:
        _fail(str(in_words(error)))
    except KeyboardInterrupt:
        sys.exit(130)


def _fail(sentence: str) -> NoReturn:
    """It may quote others: a server's answer, a file, a card."""
    sys.exit(f"inscope: {plain(sentence)}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="inscope", description="Messages between clinicians, within consent.")
    parser.add_argument("--config", default=None, metavar="FILE", help="settings in TOML; see config/example.toml")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("serve", help="run the server").set_defaults(run=_serve)
    authority = commands.add_parser("authority", help="run the consent authority in a process of its own")
    authority.set_defaults(run=_authority)
    gateway = commands.add_parser("records-gateway", help="run a hospital's gateway to its medical record")
    gateway.add_argument("act", nargs="?", choices=("run", "card"), default="run", help="card: print its public keys")
    gateway.set_defaults(run=_records_gateway)
    check = commands.add_parser("check", help="what is wrong with the configuration, and what puts it right")
    check.add_argument("--json", action="store_true", help="the findings as data")
    check.set_defaults(run=_check)
    migrate = commands.add_parser(
        "migrate", help="bring the database up to date, and keep what this release's pages need"
    )
    migrate.set_defaults(run=_migrate)
    keeping.add_commands(commands, _config)
    organisation = commands.add_parser("organisation", help="organisations that this server serves")
    organisations.add_command(organisation, _config)
    administrator.add_commands(commands.add_parser("administrator", help="an organisation's administrator"))
    _add_log(commands.add_parser("log", help="the log of releases and denials").add_subparsers(required=True))
    _add_fhir(commands.add_parser("fhir", help="consents for other systems"))
    describing.add_command(commands, _config)
    client_files.add_commands(commands.add_parser("client", help="the web client that a server delivers"), _config)
    demo.add_command(commands.add_parser("demo", help="two hospitals on this machine, to look round"))
    return parser


def _add_log(log: Any) -> None:
    verify = log.add_parser("verify", help="recompute the tree from its entries and compare all that is stored")
    verify.add_argument(
        "--head", action="append", default=[], type=Path, metavar="FILE",
        help="a signed head saved earlier or by a client, which the log must begin with; may be given again",
    )  # fmt: skip
    verify.add_argument("--export", type=Path, metavar="FILE", help="of an exported log; needs no database")
    verify.set_defaults(run=_verify_log)
    export = log.add_parser("export", help="write the log with its signed head, one entry a line")
    export.add_argument("file", type=Path, metavar="FILE")
    export.set_defaults(run=_export_log)
    accept = log.add_parser("accept-key", help="the former key is lost: go on with this one; every device will warn")
    accept.set_defaults(run=_accept_log_key)


def _add_fhir(parser: argparse.ArgumentParser) -> None:
    export = parser.add_subparsers(required=True).add_parser("export", help="a consent, its signatures and its log")
    export.add_argument("--consent", required=True, help="the con_ identifier")
    export.add_argument("--release", choices=("R4", "R5"), default="R5", help="of FHIR")
    export.set_defaults(run=_export_fhir)


def _config(arguments: argparse.Namespace) -> Config:
    return configuration.load(arguments.config)


def _serve(arguments: argparse.Namespace) -> None:
    collector.rest()
    from .app import run

    run(_config(arguments))


def _authority(arguments: argparse.Namespace) -> None:
    from .authority_process import run

    run(_config(arguments))


def _records_gateway(arguments: argparse.Namespace) -> None:
    from .records_gateway import process, settings
    from .records_gateway.keys import Keys

    read = settings.load(arguments.config)
    if arguments.act == "card":
        print(json.dumps(msgspec.to_builtins(Keys.open(read.data).card()), indent=2))
    else:
        process.run(read)


def _check(arguments: argparse.Namespace) -> None:
    from .checking.command import check

    if not check(_config(arguments), os.environ, arguments.json):
        sys.exit(1)


def _migrate(arguments: argparse.Namespace) -> None:
    from .client_files.releases import keep_client
    from .migrate import upgrade

    config = _config(arguments)
    with bars():
        upgrade(config)
    print("The database is up to date.")
    print(keep_client(config))


def _verify_log(arguments: argparse.Namespace) -> None:
    heads = [path.read_bytes() for path in arguments.head]

    async def verify(server: Server) -> None:
        fault = await server.audit.verify([server.audit.saved_head(head) for head in heads])
        if fault is not None:
            raise fault

    with bars():
        if arguments.export is None:
            _with_server(_config(arguments), verify)
        else:
            verify_export(arguments.export, heads)
    print("The log holds: the tree is that of its entries.")
    if heads:
        print("It begins with the entries over which each given head was signed.")
    else:
        print("A log that was rewritten as a whole shows only against a head kept elsewhere: --head FILE.")


def _export_log(arguments: argparse.Namespace) -> None:

    async def export(server: Server) -> int:
        with arguments.file.open("xb") as file:
            return await server.audit.export(file.write)

    with bars():
        count = _with_server(_config(arguments), export)
    print(f"{count} entries are in {arguments.file}.")


def _accept_log_key(arguments: argparse.Namespace) -> None:
    config = _config(arguments)
    config.require_database()
    if not on_server(config, lambda server: server.audit.accept_key(), may_make_log_key=True):
        print("The log is signed with this key already: nothing has changed.")
        return
    print(
        "The log is signed with this key from now on. Every device set up before warns its user that the key changed."
    )
    if config.log_copy_file:
        print(
            f"Move {config.log_copy_file} away: it is a copy under the former key. The next start writes a whole one."
        )
    print("Then back up anew: a backup from before can only be restored with the former key.")


def _export_fhir(arguments: argparse.Namespace) -> None:
    consent = check_identifier("con", arguments.consent)

    async def export(server: Server) -> None:
        written = await server.fhir.export_whole(consent, arguments.release)
        print(json.dumps(written, ensure_ascii=sys.stdout.isatty(), indent=2))

    _with_server(_config(arguments), export)


def _with_server(config: Config, act: Callable[[Server], Awaitable[T]]) -> T:
    config.require_database()
    return on_server(config, act)
