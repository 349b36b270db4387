"""`inscope describe openapi` and `inscope describe asyncapi`: what protocol/ keeps as files."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from tempfile import TemporaryDirectory
from typing import Any

from ..config import Config
from ..one_act import on_server
from . import asyncapi, openapi


def add_command(commands: Any, config: Callable[[argparse.Namespace], Config]) -> None:
    parser = commands.add_parser("describe", help="the API for programs, as JSON on the standard output")
    parser.add_argument("what", choices=("openapi", "asyncapi"), help="openapi: HTTP; asyncapi: the socket")
    parser.set_defaults(run=lambda arguments: print(written(arguments.what, config(arguments)), end=""))


def written(what: str, config: Config) -> str:
    """The description, one spelling. It depends on no setting but where sheets and policies lie."""
    with TemporaryDirectory() as folder:
        least = Config(data_dir=folder, sheets_dir=config.sheets_dir, policies_dir=config.policies_dir)
        made = asyncapi.described(least.session_cookie) if what == "asyncapi" else _of_routes(least)
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def _of_routes(config: Config) -> dict[str, Any]:
    from ..app import Server

    async def describe(server: Server) -> dict[str, Any]:
        return openapi.described(server.routes(), config.session_cookie)

    return on_server(config, describe)
