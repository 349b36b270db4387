"""systemd's units beside the settings that they start with: what a process writes it may, and no two of them meet."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from inscope_server.config import Config, load
from inscope_server.records_gateway import settings as gateway
from world.running import ROOT

UNITS = ROOT / "config" / "deployment" / "systemd"
PRODUCTION = ROOT / "config" / "production.toml"
READ_ONLY = ("/etc/inscope/", "/srv/inscope/")
"""What an operator puts there, and a release."""


class Unit:
    """A unit as it is started for one instance (%i)."""

    def __init__(self, name: str, instance: str = "") -> None:
        self.text = (UNITS / name).read_text("utf-8").replace("%i", instance)

    def of(self, key: str) -> list[str]:
        return re.findall(rf"^{key}=(.*)$", self.text, re.MULTILINE)

    def config(self) -> Config:
        """With what the unit itself sets in the environment."""
        return load(
            str(PRODUCTION), dict(pair.split("=", 1) for line in self.of("Environment") for pair in line.split())
        )

    def may_write(self, path: str) -> bool:
        folders = [f"/var/lib/{name}" for name in self.of("StateDirectory")] + self.of("ReadWritePaths")
        return any(Path(path).is_relative_to(folder) for folder in folders)


def servers() -> list[Unit]:
    return [Unit("inscope@.service", instance) for instance in ("1", "2")]


def authority() -> Unit:
    return Unit("inscope-authority.service")


def test_no_two_processes_of_one_machine_listen_at_the_same_address() -> None:
    listening = [(config.host, config.port) for config in (unit.config() for unit in servers())]
    listening += [(config.operations_host, config.operations_port) for config in (unit.config() for unit in servers())]
    told = authority().config()
    listening.append((told.authority_host, told.authority_port))
    assert len(set(listening)) == len(listening) == 5
    assert told.authority_url == f"http://{told.authority_host}:{told.authority_port}"


def test_what_asks_each_process_asks_those_of_the_units() -> None:
    """By one port for all: two processes of one address would be one to whoever asks whether they are ready."""
    configs = [unit.config() for unit in servers()]
    served = [f"{config.host}:{config.port}" for config in configs]
    for named in ("config/deployment/Caddyfile", "docs/operators.md"):
        (upstreams,) = re.findall(r'INSCOPE_UPSTREAMS="?([\d.: ]+)"', (ROOT / named).read_text("utf-8"))
        assert upstreams.split() == served, named
    assert f"{{$INSCOPE_READY_PORT:{configs[0].operations_port}}}" in (UNITS.parent / "Caddyfile").read_text("utf-8")
    assert len({config.operations_host for config in configs}) == 2 and {c.operations_port for c in configs} == {9443}
    watched = (UNITS.parent / "prometheus" / "prometheus.yaml").read_text("utf-8")
    assert [f'"{c.operations_host}:{c.operations_port}"' in watched for c in configs] == [True, True]


def test_every_process_may_write_what_it_writes() -> None:
    for unit in servers():
        config = unit.config()
        for path in (config.log_key, config.log_copy_file, config.authority_secret, config.data_dir):
            assert unit.may_write(str(path)), path
    config = authority().config()
    for path in (config.authority_key, config.authority_memory, config.authority_secret):
        assert authority().may_write(str(path)), path


def test_server_and_authority_have_each_a_copy_of_the_secret_and_neither_reads_the_other_s() -> None:
    theirs, ours = authority().config().authority_secret, servers()[0].config().authority_secret
    assert theirs != ours
    copied = f"install -o inscope -g inscope -m 600 {theirs} {ours}"
    assert copied in authority().text and copied in (ROOT / "docs" / "operators.md").read_text("utf-8")
    for path in (authority().config().authority_key, theirs):
        assert not any(unit.may_write(str(path)) for unit in servers())


def paths(settings: object) -> Iterator[tuple[str, str]]:
    for key in settings.__struct_fields__:  # type: ignore[attr-defined]
        value = getattr(settings, key)
        if key.endswith(("_dir", "_file", "_card")) or key == "folder":
            yield key, value


@pytest.mark.parametrize(
    "settings",
    [load(str(PRODUCTION), {}), gateway.load(str(ROOT / "config" / "records-gateway.example.toml"))],
    ids=["server", "gateway"],
)
def test_no_path_depends_on_where_a_command_is_typed(settings: object) -> None:
    found = dict(paths(settings))
    assert len(found) > 5
    assert {key: value for key, value in found.items() if value and not value.startswith("/")} == {}


def test_what_settings_take_from_a_release_is_in_one() -> None:
    """As `make install` lays it below /srv/inscope."""
    makefile = (ROOT / "Makefile").read_text("utf-8").replace("$(CLIENT)", "client_web")
    (installed,) = re.findall(r"^INSTALLED := (.*)$", makefile, re.MULTILINE)
    assert [name for name in installed.split() if name != "client_web/dist" and not (ROOT / name).exists()] == []
    released = set()
    for name in ("production.toml", "records-gateway.example.toml"):
        released |= set(re.findall(r'"/srv/inscope/([^"]+)"', (ROOT / "config" / name).read_text("utf-8")))
    assert released == {"client_web/dist", "config/policies"}
    assert all(any(Path(path).is_relative_to(name) for name in installed.split()) for path in released)


def test_a_gateway_may_write_what_it_writes() -> None:
    unit, told = (
        Unit("inscope-records-gateway.service"),
        tomllib.loads((ROOT / "config" / "records-gateway.example.toml").read_text("utf-8")),
    )
    assert unit.may_write(told["data_dir"]) and unit.may_write(told["folder"])
    assert told["organisation_card"].startswith(READ_ONLY) and told["policies_dir"].startswith(READ_ONLY)


@pytest.mark.parametrize("unit", sorted(UNITS.glob("*.service")), ids=lambda path: path.name)
def test_a_start_waits_for_nothing_that_a_process_can_do_without(unit: Path) -> None:
    """`inscope check` wants Redis and the store, and just this release's schema; `serve` knows what it needs."""
    text = unit.read_text("utf-8")
    assert "ExecStartPre" not in text
    assert "StartLimitIntervalSec=0" in text, "a database that is away for long ends the unit for good"


def test_the_command_runs_as_the_unit_does() -> None:
    command, (unit, _) = UNITS / "inscope", servers()
    subprocess.run(["/bin/sh", "-n", str(command)], check=True, timeout=10)
    text = command.read_text("utf-8")
    for told in (
        f"--uid={unit.of('User')[0]}",
        f"--property=EnvironmentFile={unit.of('EnvironmentFile')[0]}",
        f"--property=StateDirectory={unit.of('StateDirectory')[0]}",
        f"--property=UMask={unit.of('UMask')[0]}",
    ):
        assert told in text
    assert unit.of("ExecStart")[0].removesuffix(" serve") + ' "$@"' in text
    assert command.stat().st_mode & 0o111
