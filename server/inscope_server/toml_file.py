"""A TOML file as it was written by hand: read whole, or refused with what is wrong with it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any


class UnreadableFile(Exception):
    """Says why."""


def read_toml(path: str | Path) -> dict[str, Any]:
    """Raises UnreadableFile for what is not there, not in UTF-8, not TOML, or nested beyond reason."""
    try:
        return tomllib.loads(Path(path).read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise UnreadableFile("it is not in UTF-8") from error
    except RecursionError as error:
        raise UnreadableFile("it is nested too deep") from error
    except (OSError, ValueError) as error:
        raise UnreadableFile(str(error)) from error
