"""`inscope check` on settings alone: each mistake an operator could make is named by its key, and a good one is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from inscope_server.checking.settings import of_settings
from inscope_server.config import Config, load

ROOT = Path(__file__).resolve().parents[3]
PRODUCTION = {
    "public_origin": "https://inscope.example", "database_url": "postgresql+asyncpg://inscope@db.example/inscope",
    "blob_url": "s3://sealed", "redis_url": "redis://redis.example:6379/0", "authority_url": "http://127.0.0.1:8444",
    "operations_port": 9443, "log_copy_file": "/elsewhere/log_copy",
}  # fmt: skip


def found(environment: dict[str, str] | None = None, **settings: Any) -> list[tuple[str, str]]:
    config = Config(**{**PRODUCTION, **settings})
    told = of_settings(config, environment or {})
    return [(finding.weight, finding.about) for finding in told if finding.weight != "good"]


def test_a_good_production_has_nothing_to_say() -> None:
    assert found() == []


def test_the_example_for_production_is_one() -> None:
    told = of_settings(load(str(ROOT / "config" / "production.toml"), {}), {})
    assert [finding for finding in told if finding.weight != "good"] == []


@pytest.mark.parametrize(
    ("settings", "finding"),
    [
        ({"public_origin": "http://inscope.example"}, ("wrong", "public_origin")),
        ({"demo": True}, ("wrong", "demo")),
        ({"host": "0.0.0.0"}, ("notice", "host")),
        ({"host": "10.0.0.5"}, ("notice", "host")),
        ({"operations_host": "0.0.0.0"}, ("notice", "operations_host")),
        ({"operations_port": 0}, ("notice", "operations_port")),
        ({"database_url": ""}, ("wrong", "database_url")),
        ({"redis_url": ""}, ("notice", "redis_url")),
        ({"blob_url": ""}, ("notice", "blob_url")),
        ({"authority_url": ""}, ("notice", "authority_url")),
        ({"log_copy_file": ""}, ("notice", "log_copy_file")),
        ({"data_dir": "/srv/data", "log_copy_file": "/srv/data/log_copy"}, ("notice", "log_copy_file")),
        ({"authority_url": "http://10.0.0.7:8444"}, ("wrong", "authority_url")),
        ({"authority_url": "http://[fd00::7]:8444"}, ("wrong", "authority_url")),
        ({"authority_url": "http://authority:8444"}, ("notice", "authority_url")),
        ({"traces_endpoint": "http://collector.example:4318/v1/traces"}, ("notice", "traces_endpoint")),
        ({"operations_port": 8443}, ("wrong", "operations_port")),
        ({"operations_port": 8444}, ("wrong", "authority_port")),
        ({"authority_port": 8443}, ("wrong", "authority_port")),
        ({"authority_port": 8443, "authority_host": "localhost"}, ("wrong", "authority_port")),
        ({"time_zone": "Australia/Sidney"}, ("wrong", "time_zone")),
        ({"time_zone": "../etc/passwd"}, ("wrong", "time_zone")),
    ],
)
def test_a_mistake_is_named_by_its_key(settings: dict[str, Any], finding: tuple[str, str]) -> None:
    assert found(**settings) == [finding]


def test_a_host_that_is_everywhere_meets_each_other() -> None:
    assert ("wrong", "operations_port") in found(host="0.0.0.0", operations_port=8443)
    assert ("wrong", "operations_port") in found(host="::", operations_port=8443)


def test_both_settings_of_a_port_are_named() -> None:
    told = of_settings(Config(**{**PRODUCTION, "operations_port": 8443}), {})
    (finding,) = [one for one in told if one.weight == "wrong"]
    assert (finding.about, finding.message) == (
        "operations_port",
        "is 8443, as port is: only the first to start could listen",
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"public_origin": "http://localhost:8443", "demo": True},
        {"public_origin": "http://127.0.0.1:8443"},
        {"host": "::1"},
        {"authority_url": "https://authority.example"},
        {"authority_url": "http://[::1]:8444"},
        {"operations_port": 8443, "operations_host": "127.0.0.2"},
        {"authority_port": 8443, "authority_url": "https://authority.example"},
    ],
)
def test_what_is_good_is_not_complained_of(settings: dict[str, Any]) -> None:
    assert found(**settings) == []


def test_a_misspelled_name_in_the_environment_is_found_with_the_one_that_was_meant() -> None:
    environment = {"INSCOPE_DATABSE_URL": "x", "INSCOPE_PORT": "9000", "PATH": "/bin"}
    (finding,) = [one for one in of_settings(Config(**PRODUCTION), environment) if one.weight == "wrong"]
    assert (finding.about, finding.remedy) == ("INSCOPE_DATABSE_URL", "`INSCOPE_DATABASE_URL`?")
    assert "x" not in finding.message.split()
