"""The first hospital's medical record: a gateway of its own, which files into a folder."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import msgspec

from ..administrator.connection import HttpConnection
from ..config import Config
from ..records_gateway.keys import Keys
from .cast import HOSPITALS
from .children import Children
from .seed import Seed

RECORD = "record"
SETTINGS = "records-gateway.toml"


def write_settings(directory: Path, seed: Seed, config: Config) -> Path:
    """The gateway's settings and its organisation's card, as the hospital would have them."""
    attester = seed.attester(HOSPITALS[0], HttpConnection(config.origin))
    card = directory / f"{attester.file.organisation}.card.json"
    card.write_bytes(msgspec.json.encode(attester.card()))
    settings = {
        "origin": config.origin, "organisation_card": str(card), "data_dir": str(directory / "records-gateway"),
        "folder": str(directory / RECORD), "policies_dir": str(Path(config.policies_dir).resolve()),
    }  # fmt: skip
    path = directory / SETTINGS
    path.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items()), "utf-8")
    return path


async def start_gateway(
    children: Children, directory: Path, seed: Seed, config: Config, connection: HttpConnection
) -> None:
    """Signed for once, by the hospital's key; then a process like any other."""
    settings = write_settings(directory, seed, config)
    card = Keys.open(directory / "records-gateway").card()
    if seed.file.gateway != card.gateway:
        await seed.attester(HOSPITALS[0], connection).connect_gateway(card, "Medical records")
        seed.remember_gateway(card.gateway)
    command = [sys.executable, "-m", "inscope_server", "--config", str(settings), "records-gateway"]
    await children.start("records-gateway", command, os.environ, directory / "records-gateway.log")
