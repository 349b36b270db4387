"""`inscope client`: what a release's client consists of, and whether a server delivers that."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..config import Config, ConfigError
from . import manifest
from .comparing import Compared, compare


def add_commands(parser: argparse.ArgumentParser, config: Callable[[argparse.Namespace], Config]) -> None:
    acts = parser.add_subparsers(required=True, metavar="COMMAND")
    lists = acts.add_parser("manifest", help="every file of the built client with its SHA-256, for sha256sum -c")
    lists.add_argument("--digest", action="store_true", help="the SHA-256 of the manifest alone")
    lists.set_defaults(run=lambda arguments: _print(arguments, config(arguments)))
    compares = acts.add_parser("compare", help="whether a server delivers this client and no other")
    compares.add_argument("origin", metavar="ORIGIN", help="of the server: https://inscope.example")
    compares.add_argument("--manifest", type=Path, metavar="FILE", help="a published one, instead of the client here")
    compares.add_argument("--json", action="store_true", help="what was found of each file, as data")
    compares.set_defaults(run=lambda arguments: _compare(arguments, config(arguments)))


def _print(arguments: argparse.Namespace, config: Config) -> None:
    made = manifest.of_folder(Path(config.client_dir))
    print(manifest.digest_of(made) if arguments.digest else manifest.written(made), end="\n" * arguments.digest)


def _compare(arguments: argparse.Namespace, config: Config) -> None:
    expected = manifest.read(arguments.manifest) if arguments.manifest else manifest.of_folder(Path(config.client_dir))
    found = asyncio.run(compare(_origin(arguments.origin), expected))
    wrong = [one for one in found if one.found != "same"]
    print(json.dumps([vars(one) for one in found], indent=1) if arguments.json else _told(found, wrong, expected))
    if wrong:
        sys.exit(1)


def _told(found: list[Compared], wrong: list[Compared], expected: dict[str, str]) -> str:
    if not wrong:
        return f"the same: {len(found)} files and headers, of the manifest {manifest.digest_of(expected)}"
    lines = [f"{one.found:8}{one.name}" for one in wrong]
    lines += [
        "",
        f"{len(wrong)} of {len(found)} are not as in the manifest {manifest.digest_of(expected)}.",
        "Another release, or a client that somebody changed: ask the operator which release this is, and compare with",
        "that one's manifest. Until then do not type a passphrase there.",
    ]
    return "\n".join(lines)


def _origin(text: str) -> str:
    """Raises ConfigError for what is more or less than the origin of a server."""
    parts: Any = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ConfigError(f"{text!r} is not the origin of a server, such as https://inscope.example")
    return f"{parts.scheme}://{parts.netloc}"
