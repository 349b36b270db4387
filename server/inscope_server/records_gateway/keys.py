"""A gateway's own keys: one to sign with, and one that packages are sealed to (SPEC S12.1)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec
from nacl import bindings
from nacl.signing import SigningKey

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.types import Bytes32, GatewayId

from ..key_file import open_key


class GatewayCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the organisation's administrator signs for; nothing in it is secret."""

    gateway: GatewayId
    signing_key: Bytes32
    sealing_key: Bytes32


@dataclass(frozen=True)
class Keys:
    gateway: str
    seed: bytes
    sealing_secret: bytes

    @classmethod
    def open(cls, folder: Path) -> Keys:
        """Of the files there, made first where there are none. Raises ConfigError."""
        gateway, seed = open_key(folder / "gateway_key", "gat", "data_dir")
        _, sealing_secret = open_key(folder / "gateway_sealing_key", "gat", "data_dir")
        return cls(gateway, seed, sealing_secret)

    def card(self) -> GatewayCard:
        signing = bytes(SigningKey(self.seed).verify_key)
        sealing = bindings.crypto_scalarmult_base(self.sealing_secret)
        return GatewayCard(self.gateway, encode_base64url(signing), encode_base64url(sealing))
