"""The sheets of this server, read and checked once, at its start."""

from __future__ import annotations

from pathlib import Path

from inscope_protocol.types import Sheet as NamedSheet

from ..config import ConfigError
from .rules import Sheet, read_sheet

__all__ = ["Sheet", "Sheets"]


class Sheets:
    """Serves `folder` (config/sheets/README.md). Raises ConfigError naming the file and what is wrong with it."""

    def __init__(self, folder: str) -> None:
        root = Path(folder)
        paths = sorted(root.rglob("*.json"))
        if not paths:
            raise ConfigError(f"sheets_dir: there are no information sheets in {root}; see config/example.toml")
        self._sheets = {sheet.key: sheet for sheet in (_read(root, path) for path in paths)}

    def all(self) -> list[Sheet]:
        """Every sheet in every version and language: by name, the newest version first, languages by their code."""
        return sorted(self._sheets.values(), key=lambda one: (one.key[0], -one.content.version, one.key[2]))

    def find(self, sheet: str, version: str, language: str) -> Sheet | None:
        """The one that these parts of a path name, spelled exactly so."""
        return self._sheets.get((sheet, version, language))

    def offers(self, named: NamedSheet) -> bool:
        """Whether a consent's `sheet` is one of these, to the letter (SPEC S5.8)."""
        found = self.find(named.sheet, str(named.version), named.language)
        return found is not None and found.text == named.text

    def languages(self, sheet: Sheet) -> list[Sheet]:
        """The same sheet and version in every language that it exists in."""
        return [one for one in self.all() if one.key[:2] == sheet.key[:2]]


def _read(root: Path, path: Path) -> Sheet:
    try:
        return read_sheet(path.read_bytes(), path.relative_to(root).as_posix())
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: {error}") from error
