"""Where a gateway writes: a folder, a FHIR server, or a PACS."""

from __future__ import annotations

import uuid
from typing import Literal, Protocol

from .verification import Verified


class TargetRefused(Exception):
    """The record does not take this filing, and would not if it were asked again."""


class Target(Protocol):
    """`find` and `write` raise connection.Unreachable for what may pass, TargetRefused for what does not.

    Writing the same filing again changes nothing, and gives the same location.
    """

    @property
    def kind(self) -> Literal["folder", "fhir", "dicom"]: ...

    async def find(self, filing: str, statement: str) -> str | None:
        """Where this very filing lies already, if it does: written whole, under the statement with this hash."""

    async def write(self, filed: Verified) -> str:
        """Writes it, all or nothing; where it lies now."""


def part_id(statement: str, part: str) -> uuid.UUID:
    """Of a part of the filing whose statement has this hash: the same in every try."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"urn:inscope:filing:{statement}:{part}")
