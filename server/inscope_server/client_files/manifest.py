"""The files of a built client, each with its hash: what a release publishes, in the form that `sha256sum -c` reads."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from ..config import ConfigError
from ..web.client import PAGE, served

LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9_.][A-Za-z0-9_./-]{0,200})")
MOST_BYTES = 1_000_000


def of_folder(folder: Path) -> dict[str, str]:
    """SHA-256 in hexadecimal of every file that a server serves from `folder`, by its name, `/` between its parts.

    Raises ConfigError where there is no client.
    """
    files = served(folder)
    if PAGE not in files:
        raise ConfigError(f"there is no built client in {folder}: make build, or name another folder")
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in sorted(files.items())}


def written(manifest: Mapping[str, str]) -> str:
    """One spelling, so that two manifests are the same where their digests are."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(manifest.items()))


def digest_of(manifest: Mapping[str, str]) -> str:
    """SHA-256 of the whole, short enough to be read out or printed in a newspaper."""
    return hashlib.sha256(written(manifest).encode()).hexdigest()


def read(path: Path) -> dict[str, str]:
    """A manifest that was published. Raises ConfigError, naming the line that is not of one."""
    with path.open("rb") as file:
        lines = file.read(MOST_BYTES).decode("utf-8", "replace").splitlines()
    manifest = {}
    for number, line in enumerate(lines, 1):
        found = LINE.fullmatch(line)
        if found is None:
            raise ConfigError(f"{path}: line {number} is not a SHA-256, two spaces and a name; it is no manifest")
        manifest[found[2]] = found[1]
    if PAGE not in manifest:
        raise ConfigError(f"{path}: it names no {PAGE}, so it is not the manifest of a client")
    return manifest
