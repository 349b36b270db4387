"""The key that signs the log's heads (SPEC S10.3)."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from nacl.signing import SigningKey

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.statements import envelope_object, sign
from inscope_protocol.types import TreeHead

from ..key_file import open_key


class LogKey:
    """`log` identifies the log, `public` (32 bytes) is what clients pin beside it."""

    def __init__(self, log: str, seed: bytes) -> None:
        self.log, self._seed = log, seed
        self.public = bytes(SigningKey(seed).verify_key)

    @classmethod
    def open(cls, path: Path) -> LogKey:
        """The key in this file, made first if there is none. Raises ConfigError naming the setting."""
        return cls(*open_key(path, "log", "log_key_file"))

    def secret_for(self, purpose: str) -> bytes:
        """32 bytes for this purpose alone, the same in all processes of this server. They tell nothing of the key."""
        return hashlib.blake2b(purpose.encode(), digest_size=32, key=self._seed, person=b"inscope-derived").digest()

    def sign_head(self, size: int, root: bytes, at: int) -> dict[str, Any]:
        """A `tree-head` statement as it travels."""
        head = TreeHead(self.log, size, encode_base64url(root), at)
        return envelope_object(sign("tree-head", head, self.log, self._seed))
