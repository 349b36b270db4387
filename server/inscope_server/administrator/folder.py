"""The administrator's folder: two files for each organisation, readable by their owner only, replaced whole."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeVar

import msgspec

from .failure import AdministratorError
from .records import OrganisationFile, PeopleFile

T = TypeVar("T")


class Folder:
    """Reads and writes the files of one organisation in `directory`."""

    def __init__(self, directory: Path, organisation: str) -> None:
        self.key_path = directory / f"{organisation}.key.json"
        self.people_path = directory / f"{organisation}.people.json"

    def organisation(self) -> OrganisationFile:
        return _read(self.key_path, OrganisationFile)

    def people(self) -> PeopleFile:
        return _read(self.people_path, PeopleFile) if self.people_path.exists() else PeopleFile()

    def save_organisation(self, organisation: OrganisationFile) -> None:
        _replace(self.key_path, organisation)

    def save_people(self, people: PeopleFile) -> None:
        _replace(self.people_path, people)


def only_organisation(directory: Path) -> str:
    """The organisation whose key lies in `directory`, when there is exactly one. Raises AdministratorError."""
    found = sorted(path.name.removesuffix(".key.json") for path in directory.glob("org_*.key.json"))
    if not found:
        raise AdministratorError(
            f"{directory.resolve()} holds no organisation key. Where is yours? inscope administrator --dir FOLDER …"
        )
    if len(found) > 1:
        raise AdministratorError(f"{directory.resolve()} holds {len(found)} organisation keys; name one with --id.")
    return found[0]


def _read(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise AdministratorError(f"{path} cannot be read: {error.strerror}.") from error
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise AdministratorError(f"{path} is not as this program writes it: {error}.") from error


def _replace(path: Path, content: msgspec.Struct) -> None:
    """A crash leaves the old file or the new one, never half of either."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_suffix(".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(content), indent=2))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
