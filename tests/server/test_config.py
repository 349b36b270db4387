"""The settings: both files in config/ load, example.toml tells the truth, and a mistake is named by its key."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import get_type_hints

import msgspec
import pytest

from inscope_server.config import Config, ConfigError, load
from inscope_server.images.retention import Retention, Rules
from inscope_server.records_gateway.settings import Settings
from inscope_server.wrong_setting import metas_of

FOLDER = Path(__file__).resolve().parents[2] / "config"
EXAMPLE, PRODUCTION = FOLDER / "example.toml", FOLDER / "production.toml"
NOTHING: dict[str, str] = {}


def test_example_names_every_key_with_its_default_and_explains_it() -> None:
    text = EXAMPLE.read_text("utf-8")
    assert tomllib.loads(text) == msgspec.structs.asdict(Config())
    assert list(tomllib.loads(text)) == list(Config.__struct_fields__)
    blocks = [block.splitlines() for block in text.strip().split("\n\n")[1:]]
    assert all(block[0].startswith("# ") for block in blocks), "a group of keys without a reason"
    assert load(str(EXAMPLE), NOTHING) == Config() == load(None, NOTHING)


def test_production_is_for_many_processes_behind_https() -> None:
    config = load(str(PRODUCTION), NOTHING)
    assert config.origin.startswith("https://")
    assert config.database.startswith("postgresql+asyncpg://")
    assert config.blobs.startswith("s3://")
    assert config.redis_url.startswith("redis://")
    assert config.authority_url, "the key of the consent authority lies where the server cannot read it"
    assert config.host == "127.0.0.1"
    assert not config.demo
    assert ":" not in config.database.removeprefix("postgresql+asyncpg://").partition("@")[0], "a password in the file"


def test_empty_addresses_stand_for_one_folder_on_this_machine(tmp_path: Path) -> None:
    config = Config(data_dir=str(tmp_path), port=9000)
    assert config.origin == "http://localhost:9000"
    assert config.database == f"sqlite+aiosqlite:///{tmp_path}/inscope.sqlite3"
    assert config.blobs == f"file://{tmp_path}/blobs"


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("https://InScope.Example", "https://inscope.example"),
        ("https://inscope.example:443", "https://inscope.example"),
        ("http://localhost:80", "http://localhost"),
        ("https://inscope.example:80", "https://inscope.example:80"),
        ("https://inscope.example:8443", "https://inscope.example:8443"),
        ("https://spitäl.example:8443", "https://xn--spitl-jra.example:8443"),
        ("http://[::1]:8443", "http://[::1]:8443"),
    ],
)
def test_the_origin_is_as_browsers_send_it_however_it_was_written(written: str, sent: str) -> None:
    """Letter by letter it is compared with what they send: each would be refused."""
    assert Config(public_origin=written).origin == sent


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "inscope.toml"
    path.write_text('port = 9000\nhost = "127.0.0.2"\n', "utf-8")
    config = load(str(path), {"INSCOPE_PORT": "9001", "INSCOPE_DEMO": "true", "PORT": "1"})
    assert (config.port, config.host, config.demo) == (9001, "127.0.0.2", True)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("prot = 8443", "prot"),
        ("PORT = 8443", "PORT"),
        ('port = "eight"', "port"),
        ("port = 84.43", "port"),
        ("port = true", "port"),
        ("port = 70000", "port"),
        ("suite = 5", "suite"),
        ("session_hours = 0", "session_hours"),
        ('public_origin = "https://inscope.example/"', "public_origin"),
        ("host = 127", "host"),
        ("traces_ratio = 1.5", "traces_ratio"),
        ('traces_endpoint = "http://me:secret@collector.example/v1/traces"', "traces_endpoint"),
        ('demo = "perhaps"', "demo"),
        ("session_hours = []", "session_hours"),
        ("[database]\nurl = 'x'", "database"),
    ],
)
def test_a_mistake_in_the_file_names_its_key(line: str, named: str, tmp_path: Path) -> None:
    path = tmp_path / "inscope.toml"
    path.write_text(line, "utf-8")
    with pytest.raises(ConfigError, match=rf"configuration: .*[`.]{named}`.*config/example\.toml"):
        load(str(path), NOTHING)


@pytest.mark.parametrize("setting", ["public_origin", "authority_url", "traces_endpoint"])
@pytest.mark.parametrize("port", ["99999", "0", "eight"])
def test_a_port_in_an_address_is_one_that_there_is(setting: str, port: str) -> None:
    with pytest.raises(ConfigError, match=rf"the port in `{setting}` must be a number from 1 to 65535"):
        load(None, {f"INSCOPE_{setting.upper()}": f"http://localhost:{port}"})


@pytest.mark.parametrize("port", ["99999", "0", "eight"])
def test_a_port_of_redis_is_one_that_there_is(port: str) -> None:
    with pytest.raises(ConfigError, match="the port in `redis_url` must be a number from 1 to 65535"):
        load(None, {"INSCOPE_REDIS_URL": f"redis://:hunter2@localhost:{port}/0"})


@pytest.mark.parametrize("url", ["127.0.0.1:6379", "http://redis.example", "redis://:hunter2@redis.example/first"])
def test_what_is_no_address_of_redis_is_not_repeated(url: str) -> None:
    with pytest.raises(ConfigError, match=r"`redis_url` must be redis:// or rediss://, a host") as refused:
        load(None, {"INSCOPE_REDIS_URL": url})
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    ["redis://localhost", "redis://:p@ss@redis.example:6379/0", "rediss://u:p@[::1]:6380/1?ssl_ca_certs=/etc/ca.pem",
     "unix:///run/valkey/valkey.sock?db=1"],
)  # fmt: skip
def test_addresses_of_redis(url: str) -> None:
    assert load(None, {"INSCOPE_REDIS_URL": url}).redis_url == url


def test_a_mistake_in_the_environment_names_its_key() -> None:
    with pytest.raises(ConfigError, match=r"`suite` must be one of 61454, 3;"):
        load(None, {"INSCOPE_SUITE": "post-quantum"})


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ('public_origin = "https://inscope.example/"', "no path and no / at its end"),
        ('authority_url = "inscope.example"', "http:// or https:// and a host"),
        ('redis_url = "localhost:6379"', "`redis_url` must be redis:// or rediss://, a host"),
        ('policy = "au"', "a profile and its version"),
        ("policy = 5", "`policy` must be a profile and its version"),
        ("sesion_hours = 8", "`sesion_hours` is no key: `session_hours`\\?;"),
        ("colour = 8", "`colour` is no key;"),
        ("[database]\nurl = 'x'", "`database` is no key: `database_url`\\?;"),
        ('port = "eight"', "`port` must be a whole number from 1 to 65535;"),
        ("port = 70000", "`port` must be a whole number from 1 to 65535;"),
        ("traces_ratio = 1.5", "`traces_ratio` must be a number from 0 to 1;"),
        ('demo = "perhaps"', "`demo` must be true or false, without quotes;"),
        ("host = 127", "`host` must be text in quotes;"),
        ('log_format = "xml"', '`log_format` must be one of "text", "json";'),
    ],
)
def test_what_to_write_instead_is_said_in_words(line: str, instead: str, tmp_path: Path) -> None:
    path = tmp_path / "inscope.toml"
    path.write_text(line, "utf-8")
    with pytest.raises(ConfigError, match=instead) as told:
        load(str(path), NOTHING)
    assert not any(word in str(told.value) for word in ("regex", "\\A", "Expected", "Object", "$", "enum"))


@pytest.mark.parametrize("shape", [Config, Settings, Rules])
def test_every_setting_with_a_pattern_says_in_words_what_it_is(shape: type[msgspec.Struct]) -> None:
    for key, kind in get_type_hints(shape, include_extras=True).items():
        metas = metas_of(kind)
        if any(meta.pattern for meta in metas):
            assert any(meta.description for meta in metas), key


@pytest.mark.parametrize("content", [None, "port = = 1"], ids=["no file", "not TOML"])
def test_a_file_that_cannot_be_read_is_named(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "inscope.toml"
    if content is not None:
        path.write_text(content, "utf-8")
    with pytest.raises(ConfigError, match=r"inscope\.toml: "):
        load(str(path), NOTHING)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[organisations.Riverbend]\ndays = 3", "`organisations` must be tables named by org_ identifiers"),
        ("[organisations.org_AAAAAAAAAAAAAAAAAAAAAA]\ndayz = 3", r"`dayz` is no key: `days`\?"),
        ("[organisations.org_AAAAAAAAAAAAAAAAAAAAAA]\ndays = 'x'", "`days` must be a whole number from 0 to 36500"),
        ("after_filing = 'burn'", '`after_filing` must be one of "delete", "keep"'),
        ("organisations = 5", "`organisations` must be a table"),
    ],
)
def test_what_is_wrong_with_retention_is_told_in_words(content: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "retention.toml"
    path.write_text(content, "utf-8")
    with pytest.raises(ConfigError, match=says):
        Retention.read(str(path))
