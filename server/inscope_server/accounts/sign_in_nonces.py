"""Nonces for signing in (SPEC S4.5) that the server recognises without having kept them.

Asking for one writes nothing and looks nothing up. So nobody can use up what another needs, however often they ask in a
device's name, and how long an answer takes tells nothing of whether there is such a device.
"""

from __future__ import annotations

import hashlib
import hmac

from inscope_protocol.encoding import encode_base64url

from ..clock import Clock

LIFETIME = 60_000
TIME, RANDOM, TAG = 8, 16, 32


class SignInNonces:
    """`key`: 32 bytes that all processes of one server share."""

    def __init__(self, clock: Clock, key: bytes) -> None:
        self.clock, self.key = clock, key

    def draw(self, device: str) -> str:
        """Time of issue (8 bytes) || random (16) || a tag over both and the device (32), in base64url."""
        body = self.clock.now().to_bytes(TIME, "big") + self.clock.random(RANDOM)
        return encode_base64url(body + self._tag(body, device))

    def good_until(self, nonce: bytes, device: str) -> int | None:
        """When this nonce ends if it was drawn for this device and has not ended; else None. Who uses it notes that."""
        body, tag = nonce[: TIME + RANDOM], nonce[TIME + RANDOM :]
        if len(nonce) != TIME + RANDOM + TAG or not hmac.compare_digest(tag, self._tag(body, device)):
            return None
        until = int.from_bytes(body[:TIME], "big") + LIFETIME
        return until if self.clock.now() < until else None

    def _tag(self, body: bytes, device: str) -> bytes:
        tagged = body + device.encode()
        return hashlib.blake2b(tagged, digest_size=TAG, key=self.key, person=b"inscope-nonce").digest()
