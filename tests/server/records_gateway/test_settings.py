"""A gateway's settings: the example explains every key, and what is wrong is said by its key."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from inscope_server.config import ConfigError
from inscope_server.records_gateway.settings import Settings, load
from inscope_server.records_gateway.starting import look, where
from world.running import ROOT

EXAMPLE = ROOT / "config" / "records-gateway.example.toml"


PLACES = ("origin", "organisation_card", "data_dir", "folder", "policies_dir")
"""Where the example names its unit's folders: the defaults are relative to where somebody types the command."""


def test_the_example_has_every_key_with_its_default_and_where_its_unit_keeps_things() -> None:
    written = tomllib.loads(EXAMPLE.read_text("utf-8"))
    settings = load(str(EXAMPLE))
    assert set(written) == set(Settings.__struct_fields__)
    assert settings == Settings(**{key: getattr(settings, key) for key in PLACES})


WRONG: dict[str, dict[str, Any]] = {
    "dicom_host": {"target": "dicom"},
    "fhir_url": {"target": "fhir"},
    "dicom_called_ae": {"dicom_called_ae": "LONGER THAN IT IS"},
    "dicom_calling_ae": {"dicom_calling_ae": "A\\B"},
    "dicom_port": {"dicom_port": 0},
    "target": {"target": "paper"},
}


@pytest.mark.parametrize("key", WRONG)
def test_what_is_wrong_is_named(tmp_path: Path, key: str) -> None:
    told = {"origin": "https://inscope.example", "organisation_card": "card.json", **WRONG[key]}
    path = tmp_path / "settings.toml"
    path.write_text("".join(f"{name} = {msgspec.json.encode(value).decode()}\n" for name, value in told.items()))
    with pytest.raises(ConfigError, match=key):
        load(str(path))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("font_fil = ''", r"`font_fil` is no key: `font_file`\?"),
        ("dicom_port = 0", "`dicom_port` must be a whole number from 1 to 65535"),
        ("target = 'paper'", '`target` must be one of "folder", "fhir", "dicom"'),
        ("", "`organisation_card` is missing"),
    ],
)
def test_what_to_write_instead_is_said_in_words(tmp_path: Path, line: str, says: str) -> None:
    path = tmp_path / "settings.toml"
    card = "organisation_card = 'card.json'\n" if line else ""
    path.write_text(f"origin = 'https://inscope.example'\n{card}{line}\n")
    with pytest.raises(ConfigError, match=says):
        load(str(path))


def test_a_certificate_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = str(tmp_path / "none.pem")
    for key in ("dicom_tls_ca_file", "dicom_tls_key_file"):
        settings = Settings(origin="https://inscope.example", organisation_card="", dicom_tls=True, **{key: missing})
        with pytest.raises(ConfigError, match=key):
            settings.dicom_tls_context()


def started(place: Path, **settings: Any) -> None:
    places = {"data_dir": str(place / "gateway"), "folder": str(place / "record")}
    look(Settings(origin="https://inscope.example", organisation_card="card.json", **{**places, **settings}))


def test_what_it_stands_on_is_looked_at_before_the_first_filing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    started(tmp_path)
    assert (tmp_path / "record").is_dir()
    for key, value in {
        "time_zone": "Sydney", "font_file": str(tmp_path / "file"), "folder": str(tmp_path / "file" / "record"),
        "data_dir": str(tmp_path / "file" / "gateway"),
    }.items():  # fmt: skip
        with pytest.raises(ConfigError, match=rf"^{key}: "):
            started(tmp_path, **{key: value})


def test_a_port_that_there_is_not(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("origin = 'https://inscope.example:99999'\norganisation_card = 'card.json'\n")
    with pytest.raises(ConfigError, match="the port in `origin`"):
        load(str(path))


def test_its_log_says_where_it_files_and_no_password() -> None:
    least = {"origin": "https://inscope.example", "organisation_card": ""}
    fhir = Settings(**least, target="fhir", fhir_url="https://me:hunter2@fhir.example/r4")
    assert where(fhir) == "the FHIR server fhir.example"
    assert where(Settings(**least, target="dicom", dicom_host="pacs")) == "the PACS PACS at pacs:104"
    assert where(Settings(**least, folder="/srv/record")) == "the folder /srv/record"
