"""What a gateway stands on, looked at before it begins: else the first filing would wait for it, some night."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from ..config import ConfigError
from ..time_zone import zone_of
from .document import Page
from .settings import Settings


def look(settings: Settings) -> None:
    """Makes the folders that it writes to. Raises ConfigError, naming the setting."""
    zone_of(settings.time_zone)
    _font(settings.font_file)
    _folder("data_dir", settings.data)
    if settings.target == "folder":
        _folder("folder", Path(settings.folder))


def where(settings: Settings) -> str:
    """Where it files, for its log: of an address the host alone, since a password may be in it."""
    if settings.target == "fhir":
        return f"the FHIR server {urlsplit(settings.fhir_url).hostname}"
    if settings.target == "dicom":
        return f"the PACS {settings.dicom_called_ae} at {settings.dicom_host}:{settings.dicom_port}"
    return f"the folder {Path(settings.folder).resolve()}"


def _font(file: str) -> None:
    try:
        Page(file)
    except Exception as error:  # As many kinds as there are ways to be no font.
        raise ConfigError(f"font_file: {file} is no font that can be read", "a TrueType font, or empty") from error


def _folder(setting: str, path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        fits = os.access(path, os.W_OK | os.X_OK)
    except OSError as error:
        raise ConfigError(f"{setting}: {path}: {error.strerror}", "a folder that this user may write") from error
    if not fits:
        raise ConfigError(f"{setting}: {path} is not writable for this user", "run as the gateway's user")
