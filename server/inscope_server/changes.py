"""Who must decide again when something changes, inside the same transaction.

Consent and directory lie below threads and images and may not import them; the gate subscribes here when the
application is composed. `Changes` refuses to announce anything before somebody listens: a change that nobody
decides again is a hole.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from .database import Transaction

ConsentListener = Callable[[Transaction, str], Awaitable[list[str]]]
PersonListener = Callable[[Transaction, str], Awaitable[list[str]]]
DeviceListener = Callable[[str], Awaitable[None]]


class Changes:
    """One instance an application. Listeners return the disclosures they closed or suspended."""

    def __init__(self) -> None:
        self._consent: list[ConsentListener] = []
        self._person: list[PersonListener] = []
        self._device_ended: list[DeviceListener] = []

    def on_consent(self, listener: ConsentListener) -> None:
        self._consent.append(listener)

    def on_person(self, listener: PersonListener) -> None:
        self._person.append(listener)

    def on_device_ended(self, listener: DeviceListener) -> None:
        self._device_ended.append(listener)

    async def consent(self, transaction: Transaction, consent: str) -> list[str]:
        """A new version of `consent` stands in this transaction."""
        return await self._tell(self._consent, transaction, consent)

    async def person(self, transaction: Transaction, person: str) -> list[str]:
        """The attestations of `person` changed in this transaction."""
        return await self._tell(self._person, transaction, person)

    async def device_ended(self, device: str) -> None:
        """After the commit: the sessions of `device` are over, its sockets must close."""
        for listener in self._device_ended:
            await listener(device)

    @staticmethod
    async def _tell(listeners: list[ConsentListener], transaction: Transaction, subject: str) -> list[str]:
        if not listeners:
            raise RuntimeError("a change was announced before the gate was listening")
        closed: list[str] = []
        for listener in listeners:
            closed += await listener(transaction, subject)
        return closed
