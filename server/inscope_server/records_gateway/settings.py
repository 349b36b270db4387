"""A records gateway's settings: a TOML file of its own (config/records-gateway.example.toml explains every key)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from inscope_protocol.types import KnownOrganisation

from ..config import ConfigError

ADDRESS = Meta(pattern=r"\Ahttps?://[^?#\s]+\Z")


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    origin: Annotated[str, Meta(pattern=r"\Ahttps?://[^/?#@\s]+\Z")]
    organisation_card: str
    data_dir: str = "records-gateway"
    target: Literal["folder", "fhir"] = "folder"
    folder: str = "record"
    fhir_url: Annotated[str, Meta(pattern=r"\A(https?://[^?#\s]+)?\Z")] = ""
    fhir_release: Literal["R4", "R5"] = "R4"
    fhir_token_file: str = ""
    patient_system: str = ""
    font_file: str = ""
    time_zone: str = "UTC"
    policies_dir: str = "config/policies"

    @property
    def data(self) -> Path:
        return Path(self.data_dir)

    def organisation(self) -> KnownOrganisation:
        """The card that the organisation's administrator made: whose statements this gateway believes."""
        try:
            return msgspec.json.decode(Path(self.organisation_card).read_bytes(), type=KnownOrganisation)
        except (OSError, msgspec.DecodeError) as error:
            raise ConfigError(f"organisation_card: {self.organisation_card}: {error}") from error

    def fhir_token(self) -> str:
        try:
            return Path(self.fhir_token_file).read_text("utf-8").strip() if self.fhir_token_file else ""
        except OSError as error:
            raise ConfigError(f"fhir_token_file: {self.fhir_token_file}: {error.strerror}") from error


def load(path: str | None) -> Settings:
    """Raises ConfigError naming what is wrong."""
    if path is None:
        raise ConfigError("a records gateway needs settings: --config FILE; see config/records-gateway.example.toml")
    try:
        settings = msgspec.convert(tomllib.loads(Path(path).read_text("utf-8")), Settings)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"{path}: {error}") from error
    if settings.target == "fhir" and not settings.fhir_url:
        raise ConfigError(f"{path}: target is fhir, so fhir_url must say where")
    return settings
