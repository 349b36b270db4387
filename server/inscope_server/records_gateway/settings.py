"""A records gateway's settings: a TOML file of its own (config/records-gateway.example.toml explains every key)."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from inscope_protocol.types import KnownOrganisation

from ..config import HOST_ALONE, WHOLE_ADDRESS, ConfigError, check_ports
from ..toml_file import UnreadableFile, read_toml
from ..wrong_setting import in_words

AE_TITLE = Meta(
    pattern=r"\A[!-\[\]-~]([ -\[\]-~]{0,14}[!-\[\]-~])?\Z",
    description="1 to 16 plain letters, digits and signs, without \\ and without a space at either end",
)
"""PS3.5, table 6.2-1: AE."""
WEB_ADDRESS = Meta(pattern=r"\Ahttps?://[^/?#@\s]+\Z", description=HOST_ALONE)
FHIR_ADDRESS = Meta(
    pattern=r"\A(https?://[^?#\s]+)?\Z",
    description='http:// or https://, a host and a path, such as "https://fhir.example/r4": no ? and no #',
)


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    origin: Annotated[str, WEB_ADDRESS]
    organisation_card: str
    data_dir: str = "records-gateway"
    target: Literal["folder", "fhir", "dicom"] = "folder"
    folder: str = "record"
    fhir_url: Annotated[str, FHIR_ADDRESS] = ""
    fhir_release: Literal["R4", "R5"] = "R4"
    fhir_token_file: str = ""
    dicom_host: str = ""
    dicom_port: Annotated[int, Meta(ge=1, le=65535)] = 104
    dicom_called_ae: Annotated[str, AE_TITLE] = "PACS"
    dicom_calling_ae: Annotated[str, AE_TITLE] = "INSCOPE"
    dicom_tls: bool = False
    dicom_tls_ca_file: str = ""
    dicom_tls_key_file: str = ""
    patient_system: str = ""
    font_file: str = ""
    time_zone: str = "UTC"
    policies_dir: str = "config/policies"
    traces_endpoint: Annotated[str, WHOLE_ADDRESS] = ""
    traces_ratio: Annotated[float, Meta(ge=0, le=1)] = 1.0

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

    def dicom_tls_context(self) -> ssl.SSLContext | None:
        """Both ends by their certificates, the gateway's where it has one (PS3.15, B.12)."""
        if not self.dicom_tls:
            return None
        try:
            context = ssl.create_default_context(cafile=self.dicom_tls_ca_file or None)
            if self.dicom_tls_key_file:
                context.load_cert_chain(self.dicom_tls_key_file)
        except OSError as error:
            raise ConfigError(f"dicom_tls_ca_file, dicom_tls_key_file: {error.strerror or error}") from error
        return context


def load(path: str | None) -> Settings:
    """Raises ConfigError naming what is wrong."""
    if path is None:
        raise ConfigError("a records gateway needs settings: --config FILE; see config/records-gateway.example.toml")
    try:
        settings = msgspec.convert(read_toml(path), Settings)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {in_words(error, Settings)}") from error
    except UnreadableFile as error:
        raise ConfigError(f"{path}: {error}") from error
    check_ports(settings, "origin", "fhir_url", "traces_endpoint")
    if settings.target == "fhir" and not settings.fhir_url:
        raise ConfigError(f"{path}: target is fhir, so fhir_url must say where")
    if settings.target == "dicom" and not settings.dicom_host:
        raise ConfigError(f"{path}: target is dicom, so dicom_host must say where")
    return settings
