"""A patient with a phone: opens links and sends forms as a browser without JavaScript does."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import msgspec

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.patient_link import patient_token, patient_token_hash
from inscope_protocol.types import Conditions, PersonRecipient

from .device import Answer, Device, new_id
from .running import Running

CODE = "482913"


@dataclass
class Page:
    status: int
    body: bytes
    headers: Any

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def fields(self, name: str) -> list[str]:
        return re.findall(rf'name="{name}" value="([^"]*)"', self.text)

    @property
    def links(self) -> list[str]:
        return re.findall(r'href="(http[^"]*/patient/look/[^"]*)"', self.text)


@dataclass
class Patient:
    """`get` and `send` keep cookies and follow redirects; `headers` as a browser's."""

    running: Running
    http: aiohttp.ClientSession | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def session(self) -> aiohttp.ClientSession:
        if self.http is None:
            self.http = aiohttp.ClientSession(self.running.origin, cookie_jar=aiohttp.CookieJar(unsafe=True))
        return self.http

    async def get(self, path: str) -> Page:
        arriving = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", **self.headers}
        async with self.session().get(path.removeprefix(self.running.origin), headers=arriving) as response:
            return Page(response.status, await response.read(), response.headers)

    async def open(self, link: str) -> Page:
        """A question's link, and the one button there."""
        page = await self.get(link)
        return page if page.status != 200 else await self.send(link.removeprefix(self.running.origin))

    async def send(self, path: str, *fields: tuple[str, Any], origin: str = "") -> Page:
        headers = {"Origin": origin or self.running.origin, "Sec-Fetch-Site": "same-origin", **self.headers}
        form = aiohttp.FormData([(name, str(value)) for name, value in fields])
        async with self.session().post(path, data=form, headers=headers) as response:
            return Page(response.status, await response.read(), response.headers)

    async def less(self, *fields: tuple[str, Any], language: str = "en") -> Page:
        """Agrees to less, and once more where the page tells first what that closes."""
        path = f"/patient/look/less?language={language}"
        page = await self.send(path, *fields)
        told = [("told", value) for value in page.fields("told")]
        return await self.send(path, *fields, *told) if told else page

    async def close(self) -> None:
        if self.http is not None:
            await self.http.close()


def question(device: Device, people: list[str], **changes: Any) -> dict[str, Any]:
    """What a clinician asks: these people, radiographs, direct-care advice and teaching, for a day."""
    asked = {
        "purposes": ["direct-care-advice", "teaching"],
        "recipients": msgspec.to_builtins([PersonRecipient(person) for person in people]),
        "conditions": msgspec.to_builtins(Conditions(False, False, ("radiograph", "photograph"), ("intimate",))),
        "valid_until": device.running.clock.now() + 23 * 3_600_000,
    }
    return {**asked, **changes}


async def ask(device: Device, people: list[str], **changes: Any) -> tuple[dict[str, Any], str, Answer]:
    """(the body sent, the link's path, the answer)."""
    secret = secrets.token_bytes(32)
    token = patient_token(secret)
    body = {
        "request": new_id("req"), "consent": new_id("con"), "previous": None,
        "question": question(device, people), "token_hash": encode_base64url(patient_token_hash(token)),
        "sealed": encode_base64url(secrets.token_bytes(60)), "code": CODE,
    }  # fmt: skip
    body |= changes
    answer = await device.call("POST", "/api/patient-questions", body)
    return body, f"/patient/{encode_base64url(token)}", answer
