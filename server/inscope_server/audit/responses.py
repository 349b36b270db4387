"""What the log answers over HTTP (API.md, "The log")."""

from __future__ import annotations

from inscope_protocol.statements import Envelope
from inscope_protocol.types import Bytes32

from ..web.described import Told


class Head(Told, frozen=True):
    head: Envelope


class Proof(Told, frozen=True):
    proof: list[Bytes32]
