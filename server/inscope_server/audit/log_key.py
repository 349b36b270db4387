"""The key that signs the log's heads (SPEC S10.3): made once, kept in a file that all processes of a server share."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

from nacl.signing import SigningKey

from inscope_protocol.encoding import decode_base64url, encode_base64url
from inscope_protocol.failures import ProtocolError
from inscope_protocol.identifiers import check_identifier, make_identifier
from inscope_protocol.statements import envelope_object, sign
from inscope_protocol.types import TreeHead

from ..config import ConfigError


class LogKey:
    """`log` identifies the log, `public` (32 bytes) is what clients pin beside it."""

    def __init__(self, log: str, seed: bytes) -> None:
        self.log, self._seed = log, seed
        self.public = bytes(SigningKey(seed).verify_key)

    @classmethod
    def open(cls, path: Path) -> LogKey:
        """The key in this file, made first if there is none. Raises ConfigError naming the setting."""
        try:
            if not path.exists():
                _make(path)
            return _read(path)
        except OSError as error:
            raise ConfigError(f"log_key_file: {path}: {error.strerror}") from error
        except (ProtocolError, ValueError, KeyError, TypeError) as error:
            raise ConfigError(f"log_key_file: {path} holds no key of a log") from error

    def sign_head(self, size: int, root: bytes, at: int) -> dict[str, Any]:
        """A `tree-head` statement as it travels."""
        head = TreeHead(self.log, size, encode_base64url(root), at)
        return envelope_object(sign("tree-head", head, self.log, self._seed))


def _read(path: Path) -> LogKey:
    held = json.loads(path.read_bytes())
    return LogKey(check_identifier("log", held["log"]), decode_base64url(held["seed"], 32))


def _make(path: Path) -> None:
    """Written whole under another name and then linked: of several processes one comes first, and all read its key."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    held = {"log": make_identifier("log", secrets.token_bytes(16)), "seed": encode_base64url(secrets.token_bytes(32))}
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(json.dumps(held) + "\n")
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
