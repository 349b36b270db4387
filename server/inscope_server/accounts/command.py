"""`inscope organisation register` and `inscope organisation list`: which organisations this server serves."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from inscope_protocol.encoding import decode_base64url, encode_base64url
from inscope_protocol.enrolment import key_fingerprint
from inscope_protocol.failures import ProtocolError
from inscope_protocol.identifiers import check_identifier
from inscope_protocol.public_keys import is_signing_key

from ..clock import day_of
from ..config import Config, ConfigError
from ..one_act import on_server
from ..terminal.plain import say
from ..terminal.table import Column, show_list

AS_PRINTED = "as `inscope administrator init` printed it: --key=KEY, since a key may begin with a hyphen"
COLUMNS = (
    Column("Name"), Column("Organisation", under=True), Column("Fingerprint of its key", under=True), Column("Since"),
    Column("People"),
)  # fmt: skip


def add_command(parser: argparse.ArgumentParser, load: Callable[..., Config]) -> None:
    acts = parser.add_subparsers(required=True)
    register = acts.add_parser("register", help="serve this organisation")
    register.add_argument("--id", required=True, help="the org_ identifier that its administrator made")
    register.add_argument("--name", required=True)
    register.add_argument("--key", required=True, help="its public key: --key=KEY, for it may begin with a hyphen")
    register.set_defaults(run=lambda arguments: _register(load(arguments), arguments))
    listing = acts.add_parser("list", help="those that are served, and how many people each has invited")
    listing.add_argument("--json", action="store_true", help="as data")
    listing.set_defaults(run=lambda arguments: _list(load(arguments), arguments.json))


def _register(config: Config, arguments: argparse.Namespace) -> None:
    organisation, key = _given(arguments)
    config.require_database()
    on_server(config, lambda server: server.accounts.register_organisation(organisation, arguments.name, key))
    say(f"{arguments.name} is registered.")


def _given(arguments: argparse.Namespace) -> tuple[str, bytes]:
    try:
        organisation = check_identifier("org", arguments.id)
    except ProtocolError as error:
        raise ConfigError("--id: is no org_ identifier", AS_PRINTED) from error
    try:
        key = decode_base64url(arguments.key, 32)
    except ProtocolError as error:
        raise ConfigError("--key: is no public key", AS_PRINTED) from error
    if not is_signing_key(key):
        raise ConfigError("--key: is no public key", AS_PRINTED)
    return organisation, key


def _list(config: Config, as_json: bool) -> None:
    config.require_database()
    listed = [_listed(row) for row in on_server(config, lambda server: server.accounts.organisations_served())]
    rows = [[str(cell) for cell in one.values()] for one in listed]
    show_list(as_json, listed, COLUMNS, rows, "No organisation is registered yet.")


def _listed(row: Any) -> dict[str, Any]:
    fingerprint = encode_base64url(key_fingerprint(row.key))
    return {
        "name": row.name, "organisation": row.organisation, "fingerprint": fingerprint,
        "since": day_of(row.registered_at, "UTC"), "people": row.people,
    }  # fmt: skip
