"""A server's configuration as its operator has it, and what `inscope check` says of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inscope_server import cli
from inscope_server.config import Config
from inscope_server.migrate import upgrade
from world.running import POLICIES, SHEETS

WEIGHTS = ("wrong", "notice", "good")


class Operator:
    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], database_url: str) -> None:
        self.folder, self.capsys, self.file = folder, capsys, folder / "inscope.toml"
        self.sees_careless = database_url.startswith("postgresql")
        self.settings = {
            "data_dir": f"{folder}/data", "database_url": database_url, "client_dir": f"{folder}/client",
            "sheets_dir": str(SHEETS), "policies_dir": str(POLICIES),
        }  # fmt: skip
        (folder / "client").mkdir()
        (folder / "client" / "index.html").write_text("<!doctype html>")
        upgrade(self.config)

    @property
    def config(self) -> Config:
        return Config(**self.settings)  # type: ignore[arg-type]

    def check(self) -> dict[str, list[str]]:
        """The settings that are wrong, noticed and good; and the exit status says whether any is wrong."""
        told = self.found()
        return {weight: [one["about"] for one in told if one["weight"] == weight] for weight in WEIGHTS}

    def wrong(self) -> dict[str, str]:
        """What is wrong, and what helps, by its setting."""
        return {
            one["about"]: f"{one['message']} -> {one['remedy']}" for one in self.found() if one["weight"] == "wrong"
        }

    def found(self) -> list[dict[str, str]]:
        lines = [f"{key} = {json.dumps(value)}" for key, value in self.settings.items()]
        self.file.write_text("\n".join(lines))
        self.capsys.readouterr()
        try:
            cli.main(["--config", str(self.file), "check", "--json"])
            failed = False
        except SystemExit as end:
            failed = end.code == 1
        told = json.loads(self.capsys.readouterr().out)
        assert failed == any(one["weight"] == "wrong" for one in told)
        careless = [one for one in told if one["message"] == "PostgreSQL's fsync is off"]
        if self.sees_careless:
            assert len(careless) == 1, "the tests' own PostgreSQL is quick and not durable, and that is seen"
        return [one for one in told if one not in careless]
