"""Settings: a TOML file (config/example.toml explains every key), then `INSCOPE_<KEY>` from the environment."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from .toml_file import UnreadableFile, read_toml
from .wrong_setting import in_words

HOST_ALONE = 'http:// or https:// and a host alone, such as "https://inscope.example": no path and no / at its end'
WEB_ADDRESS = Meta(pattern=r"\A(https?://[^/?#@\s]+)?\Z", description=HOST_ALONE)
WHOLE_ADDRESS = Meta(
    pattern=r"\A(https?://[^/?#@\s]+(/[^?#\s]*)?)?\Z",
    description='http:// or https://, a host and a path, such as "http://127.0.0.1:4318/v1/traces"',
)
QUEUE = Meta(
    pattern=r"\A(rediss?://([^\s/?#]*@)?[^\s/?#@]+(/[0-9]*)?(\?\S*)?|unix://\S+)?\Z",
    description='redis:// or rediss://, a host, and the number of a database, such as "redis://localhost:6379/0"',
)
CONTACT = Meta(
    pattern=r"\A((mailto:[^\s@]+@|https://)[^\s@]+)?\Z",
    description='a mail address or a page, such as "mailto:it@hospital.example" (RFC 8292, section 2.1)',
)
PROFILE = Meta(
    pattern=r"\A[a-z][a-z0-9-]{0,47}-[1-9][0-9]{0,5}\Z",
    description='a profile and its version, as the files in policies_dir are named, such as "base-1"',
)


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Defaults run everything from one folder on one machine."""

    data_dir: str = "data"
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 8443
    public_origin: Annotated[str, WEB_ADDRESS] = ""
    database_url: str = ""
    blob_url: str = ""
    redis_url: Annotated[str, QUEUE] = ""
    log_key_file: str = ""
    log_copy_file: str = ""
    authority_key_file: str = ""
    authority_url: Annotated[str, WEB_ADDRESS] = ""
    authority_secret_file: str = ""
    authority_host: str = "127.0.0.1"
    authority_port: Annotated[int, Meta(ge=1, le=65535)] = 8444
    authority_memory_file: str = ""
    client_dir: str = "client_web/dist"
    sheets_dir: str = "config/sheets"
    slowest_line: Annotated[int, Meta(ge=1, le=1_000_000)] = 32
    session_hours: Annotated[int, Meta(ge=1, le=24 * 7)] = 12
    suite: Literal[61454, 3] = 61454
    policies_dir: str = "config/policies"
    policy: Annotated[str, PROFILE] = "base-1"
    retention_file: str = ""
    time_zone: str = "UTC"
    pdf_font_file: str = ""
    operations_host: str = "127.0.0.1"
    operations_port: Annotated[int, Meta(ge=0, le=65535)] = 0
    drain_seconds: Annotated[int, Meta(ge=0, le=300)] = 0
    log_format: Literal["text", "json"] = "text"
    push_services: str = ""
    push_contact: Annotated[str, CONTACT] = ""
    push_key_file: str = ""
    traces_endpoint: Annotated[str, WHOLE_ADDRESS] = ""
    traces_ratio: Annotated[float, Meta(ge=0, le=1)] = 1.0
    demo: bool = False

    @property
    def origin(self) -> str:
        """As browsers send it."""
        return as_browsers_send(self.public_origin) or f"http://localhost:{self.port}"

    @property
    def session_cookie(self) -> str:
        return cookie_of(self.origin, "inscope_session")

    @property
    def policy_name(self) -> dict[str, str | int]:
        """As consents name it (SPEC S5.7)."""
        profile, version = self.policy.rsplit("-", 1)
        return {"profile": profile, "version": int(version)}

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{Path(self.data_dir).resolve()}/inscope.sqlite3"

    def require_database(self) -> None:
        """Raises ConfigError where the embedded database was never made: what only reads is not to begin another."""
        file = Path(self.data_dir).resolve() / "inscope.sqlite3"
        if not self.database_url and not file.exists():
            raise ConfigError(
                f"there is no database {file}; name the server's configuration with --config, or run `inscope migrate`"
            )

    @property
    def blobs(self) -> str:
        return self.blob_url or f"file://{Path(self.data_dir).resolve()}/blobs"

    @property
    def log_key(self) -> Path:
        return self._file("log_key", self.log_key_file)

    @property
    def authority_key(self) -> Path:
        return self._file("authority_key", self.authority_key_file)

    @property
    def authority_secret(self) -> Path:
        return self._file("authority_secret", self.authority_secret_file)

    @property
    def authority_memory(self) -> Path:
        return self._file("authority_memory", self.authority_memory_file)

    @property
    def push_key(self) -> Path:
        return self._file("push_key", self.push_key_file)

    def _file(self, name: str, setting: str) -> Path:
        return Path(setting or Path(self.data_dir) / name)


class ConfigError(Exception):
    """Names the key that is wrong and what would be right. `remedy`: what to do, where the message does not say it."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(f"{message}; {remedy}" if remedy else message)
        self.message, self.remedy = message, remedy


def load(path: str | None, environment: Mapping[str, str] = os.environ) -> Config:
    """Reads `path` if given, then overrides from the environment; raises ConfigError."""
    values: dict[str, object] = {}
    try:
        if path:
            values.update(read_toml(path))
    except UnreadableFile as error:
        raise ConfigError(f"{path}: {error}") from error
    for key in Config.__struct_fields__:
        override = environment.get(f"INSCOPE_{key.upper()}")
        if override is not None:
            values[key] = override
    try:
        config = msgspec.convert(values, Config, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(f"configuration: {in_words(error, Config)}; see config/example.toml") from error
    if config.push_services and not config.push_contact:
        raise ConfigError("configuration: `push_contact` is needed with `push_services`; see config/example.toml")
    check_ports(config, "public_origin", "redis_url", "authority_url", "traces_endpoint")
    return config


def check_ports(settings: msgspec.Struct, *names: str) -> None:
    """Of settings that are addresses. Raises ConfigError for a port that there is not."""
    for name in names:
        try:
            there = urlsplit(getattr(settings, name)).port != 0
        except ValueError:
            there = False
        if not there:
            raise ConfigError(f"configuration: the port in `{name}` must be a number from 1 to 65535")


def as_browsers_send(origin: str) -> str:
    """In small letters, in ASCII, and without the port that the scheme has by itself (RFC 6454, section 6.2)."""
    scheme, separator, host = origin.lower().partition("://")
    host = host.removesuffix(":443" if scheme == "https" else ":80")
    with contextlib.suppress(UnicodeError):  # No name that there can be: it is looked up nowhere.
        host = host.encode("idna").decode("ascii")
    return f"{scheme}{separator}{host}"


def cookie_of(origin: str, name: str) -> str:
    """Under https browsers take a cookie of this prefix from this very host only (RFC 6265bis, section 4.1.3)."""
    return f"__Host-{name}" if origin.startswith("https:") else name
