"""A signing key of the server's own: made once, kept in a file that all its processes share."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from inscope_protocol.encoding import decode_base64url, encode_base64url
from inscope_protocol.failures import ProtocolError
from inscope_protocol.identifiers import Prefix, check_identifier, make_identifier

from .config import ConfigError


def open_key(path: Path, prefix: Prefix, setting: str) -> tuple[str, bytes]:
    """The identifier and the Ed25519 seed in this file, made first if there is none.

    Raises ConfigError naming the setting that leads to the file.
    """
    try:
        if not path.exists():
            _make(path, prefix)
        held = json.loads(path.read_bytes())
        return check_identifier(prefix, held["id"]), decode_base64url(held["seed"], 32)
    except OSError as error:
        raise ConfigError(f"{setting}: {path}: {error.strerror}") from error
    except (ProtocolError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{setting}: {path} does not hold the key that belongs there") from error


def _make(path: Path, prefix: Prefix) -> None:
    held = {"id": make_identifier(prefix, secrets.token_bytes(16)), "seed": encode_base64url(secrets.token_bytes(32))}
    make_once(path, json.dumps(held))


def make_once(path: Path, text: str) -> None:
    """Written whole under another name and then linked: of several processes one comes first, and all read its key."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    _remember(path.parent)


def _remember(folder: Path) -> None:
    """A name is on the disk once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
