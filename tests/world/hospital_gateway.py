"""A records gateway of an organisation in a test: the real process's parts, round by round, on its own folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from inscope_protocol.statements import envelope_object, sign
from inscope_protocol.types import Gateway
from inscope_server.clock import Clock
from inscope_server.records_gateway.connection import Connection
from inscope_server.records_gateway.process import RecordsGateway
from inscope_server.records_gateway.settings import Settings
from inscope_server.records_gateway.target import Target

from .organisation import YEAR, Organisation
from .running import POLICIES


class HospitalGateway:
    """`restart` forgets all that was in memory, as a crash does."""

    def __init__(self, home: Organisation, folder: Path, **settings: Any) -> None:
        self.home, self.folder = home, folder
        folder.mkdir(parents=True, exist_ok=True)
        card = folder / "organisation.card.json"
        card.write_bytes(msgspec.json.encode(home.described()))
        places = {"data_dir": str(folder / "gateway"), "folder": str(folder / "record"), "policies_dir": str(POLICIES)}
        self.settings = Settings(
            **{"origin": home.running.origin, "organisation_card": str(card), **places, **settings}  # type: ignore[arg-type]
        )
        self.serial = 0
        self.restart()

    def restart(self, target: Target | None = None) -> None:
        self.process = RecordsGateway(self.settings, Clock(now=self.home.running.clock.now), target)

    async def register(self) -> None:
        """As `inscope administrator gateway` does."""
        self.serial += 1
        card, now = self.process.keys.card(), self.home.running.clock.now()
        said = Gateway(
            self.home.organisation, card.gateway, "Medical records", card.signing_key, card.sealing_key, self.serial,
            now - 60_000, now + YEAR,
        )  # fmt: skip
        envelope = envelope_object(sign("gateway", said, self.home.organisation, self.home.seed))
        await self.home.running.server.accounts.gateways.introduce(envelope)

    async def round(self) -> bool:
        """Waits for something to file, and files it; False when it has to be tried again."""
        async with Connection(self.settings.origin, self.process.keys, self.process.clock) as connection:
            return await self.process.round(connection)

    def filed(self) -> list[Path]:
        record = self.folder / "record"
        return sorted(path for path in record.iterdir() if not path.name.startswith("."))

    def record(self) -> dict[str, Any]:
        """The one filing that there is."""
        (only,) = self.filed()
        said: dict[str, Any] = json.loads((only / "record.json").read_bytes())
        return said
