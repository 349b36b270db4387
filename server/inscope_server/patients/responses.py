"""What questions to patients answer over HTTP (API.md, "Patients")."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, UnsetType

from inscope_protocol.statements import Envelope
from inscope_protocol.types import Bytes32, Time

from ..web.described import Told


class Asked(Told, frozen=True):
    expires_at: Time


class QuestionState(Told, frozen=True):
    state: Literal["put", "opened", "answered", "over"]
    answer: Envelope | UnsetType = UNSET


class LookLink(Told, frozen=True):
    token: Bytes32
