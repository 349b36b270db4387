"""What connected devices are told, and when: only after the transaction that made it true."""

from __future__ import annotations

from typing import Protocol

from msgspec import Raw


class Delivery(Protocol):
    """The socket in production (web/socket.py)."""

    async def entry(self, devices: list[str], entry: Raw) -> None:
        """A log entry, as JSON, to each device that is connected; the others catch up by the log."""

    async def welcome(self, devices: list[str], thread: str) -> None:
        """Look at `GET /api/welcomes`."""

    async def changed(self, devices: list[str], what: str, subject: str) -> None:
        """`what`: consent, attestation, session, question, review or filing; look again."""

    async def goodbye(self, device: str, code: str) -> None:
        """The device's session is over: say why and close."""
