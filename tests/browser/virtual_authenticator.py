"""Chromium's virtual authenticator (DevTools protocol, domain WebAuthn): a finger that a test puts down or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.async_api import CDPSession

from browser.conftest import Window

BUILT_IN = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "hasPrf": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
SECURITY_KEY = {**BUILT_IN, "transport": "usb", "hasResidentKey": False}


@dataclass
class VirtualAuthenticator:
    """Of one page. It goes with the first DevTools session of the page that is detached, so pictures are taken here."""

    window: Window
    session: CDPSession
    authenticator: str

    @classmethod
    async def of(cls, window: Window, **options: Any) -> VirtualAuthenticator:
        session = await window.context.new_cdp_session(window.page)
        await session.send("WebAuthn.enable")
        added = await session.send("WebAuthn.addVirtualAuthenticator", {"options": {**BUILT_IN, **options}})
        return cls(window, session, added["authenticatorId"])

    async def send(self, command: str, **arguments: Any) -> Any:
        return await self.session.send(f"WebAuthn.{command}", {"authenticatorId": self.authenticator, **arguments})

    async def shot(self, name: str) -> None:
        await self.window.shot(name, self.session)

    async def credentials(self) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = (await self.send("getCredentials"))["credentials"]
        return listed

    async def recognises(self, finger: bool) -> None:
        """Whether the finger that is put down is its person's."""
        await self.send("setUserVerified", isUserVerified=finger)
