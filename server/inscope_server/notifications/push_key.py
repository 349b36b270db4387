"""The key by which push services know this server (RFC 8292): P-256, in a file that all its processes share."""

from __future__ import annotations

import json
from pathlib import Path

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from inscope_protocol.encoding import decode_base64url, encode_base64url

from ..config import ConfigError
from ..key_file import make_once

CURVE, ALGORITHM = "P-256", "ES256"
LIFETIME = 12 * 3_600_000
"""Milliseconds for which a token counts; a service takes none of more than a day (RFC 8292, section 2)."""
HALF = LIFETIME // 2
MOST_AUDIENCES = 1_000


class PushKey:
    """`public`: what a browser is given when it subscribes, an uncompressed point in base64url (W3C Push API, 7.2).

    No key of libsodium's: push services take this curve alone. It protects nobody's words. Who has it could, with a
    device's subscription, have that device say that something is new.
    """

    def __init__(self, key: ECKey, contact: str) -> None:
        self._key, self._contact = key, contact
        held = key.as_dict(private=False)
        point = b"\x04" + b"".join(decode_base64url(str(held[axis]), 32) for axis in ("x", "y"))
        self.public = encode_base64url(point)
        self._tokens: dict[str, tuple[int, str]] = {}

    @classmethod
    def open(cls, path: Path, contact: str) -> PushKey:
        """The key in this file, made first if there is none. Raises ConfigError."""
        try:
            if not path.exists():
                make_once(path, json.dumps(ECKey.generate_key(CURVE).as_dict(private=True)))
            key = ECKey.import_key(json.loads(path.read_bytes()))
            if key.curve_name != CURVE or not key.is_private:
                raise ValueError("another key")
        except OSError as error:
            raise ConfigError(f"push_key_file: {path}: {error.strerror}") from error
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise ConfigError(f"push_key_file: {path} does not hold the key that belongs there") from error
        return cls(key, contact)

    def authorization(self, audience: str, now: int) -> str:
        """For a push service's origin (RFC 8292, section 3). The same for hours: signing costs more than sending."""
        made, token = self._tokens.get(audience, (now - LIFETIME, ""))
        if now - made >= HALF:
            if len(self._tokens) >= MOST_AUDIENCES:
                self._tokens.clear()
            claims = {"aud": audience, "exp": (now + LIFETIME) // 1000, "sub": self._contact}
            token = jwt.encode({"typ": "JWT", "alg": ALGORITHM}, claims, self._key)
            self._tokens[audience] = (now, token)
        return f"vapid t={token}, k={self.public}"
