"""The consent authority in a process of its own, as the server's processes see it: they never hold its key."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from typing import Any

import aiohttp
import msgspec

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.failures import ProtocolError
from inscope_protocol.identifiers import check_identifier
from inscope_protocol.statements import Envelope, envelope_object, parse_envelope
from inscope_protocol.types import Answer, Scope, encode_payload

from ..config import ConfigError
from ..errors import Refusal
from ..observing.spans import part
from .wire import authorization

log = logging.getLogger("inscope")
TIMEOUT = aiohttp.ClientTimeout(total=5)


class Unavailable(Refusal):
    """`why`: for operators. What a client is told is the code alone."""

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__("authority_unavailable")
        self.why, self.advice = why, remedy


class RemoteAuthority:
    """Implements contract.Authority. `patience`: seconds to wait for it at the start."""

    def __init__(self, url: str, secret: bytes, patience: float = 15.0) -> None:
        self.url, self.patience = url, patience
        self._headers = {"Authorization": authorization(secret)}
        self._http: aiohttp.ClientSession | None = None
        self._identity: dict[str, str] = {}

    async def start(self) -> None:
        await self.identify()
        await self._patiently(self.reach)

    async def identify(self) -> dict[str, str]:
        self._http = aiohttp.ClientSession(headers=self._headers, timeout=TIMEOUT)
        await self._patiently(self._identify)
        return self._identity

    async def _identify(self) -> None:
        told = await self._ask("GET", "/identity")
        check_identifier("aut", told["authority"])
        self._identity = {"authority": told["authority"], "key": told["key"]}

    async def _patiently(self, ask: Callable[[], Awaitable[None]]) -> None:
        """Again and again for a while: it may be starting too. Raises ConfigError with why it does not answer."""
        give_up = asyncio.get_running_loop().time() + self.patience
        while True:
            try:
                await ask()
                return
            except (Refusal, ProtocolError, KeyError) as error:
                if asyncio.get_running_loop().time() > give_up:
                    await self.close()
                    raise _wrong(error) from error
                await asyncio.sleep(0.25)

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    def identity(self) -> dict[str, str]:
        return self._identity

    async def reach(self) -> None:
        await self._ask("GET", "/reach")

    async def status(self, nonce: str, consents: Collection[str]) -> dict[str, Any]:
        told = await self._ask("POST", "/status", {"nonce": nonce, "consents": list(consents)})
        return envelope_object(self._checked(told.get("envelope")))

    async def answer(self, answer: Answer, visit: str) -> Envelope:
        return await self._sign("/answer", encode_payload(answer), visit)

    async def version(self, scope: Scope, visit: str) -> Envelope:
        return await self._sign("/version", encode_payload(scope), visit)

    async def _sign(self, path: str, payload: bytes, visit: str) -> Envelope:
        told = await self._ask("POST", path, {"payload": encode_base64url(payload), "visit": visit})
        return self._checked(told.get("envelope"))

    def _checked(self, envelope: Any) -> Envelope:
        """Another authority than at the start would be one that no client knows."""
        try:
            parsed = parse_envelope(envelope)
        except ProtocolError as error:
            raise Refusal("authority_unavailable") from error
        if parsed.signatures[0].keyid != self._identity["authority"]:
            log.error("the consent authority is another one than when this process started")
            raise Refusal("authority_unavailable")
        return parsed

    async def _ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Its JSON answer. That a consent has changed meanwhile goes on; whatever else it says is a fault of ours."""
        if self._http is None:
            raise Refusal("authority_unavailable")
        try:
            with part(f"authority {method} {path}") as traceparent:
                told_on = {"traceparent": traceparent} if traceparent else {}
                asking = self._http.request(method, self.url + path, json=body, headers=told_on, allow_redirects=False)
                async with asking as response:
                    status, told = response.status, msgspec.json.decode(await response.read(), type=dict[str, Any])
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError) as error:
            raise Unavailable(
                "the certificate there is not trusted", "SSL_CERT_FILE=FILE with its authority's"
            ) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable(
                "nothing answers there", "is `inscope authority` running, and the address right?"
            ) from error
        except msgspec.DecodeError as error:
            raise _another() from error
        if status == 200:
            return told
        raise _refusal(told.get("error"))


def _another() -> Unavailable:
    return Unavailable("what answers there is no consent authority", "the address of `inscope authority`")


def _refusal(told: Any) -> Refusal:
    code = told.get("code") if isinstance(told, dict) else None
    if code == "consent_conflict":
        return Refusal(code)
    log.error("the consent authority refused: %s", code)
    if code == "not_signed_in":
        return Unavailable("the consent authority has another authority_secret_file", "copy its file here")
    if code == "authority_unavailable":
        return Unavailable("the consent authority cannot read its database", "its log says why")
    return _another()


def _wrong(error: Exception) -> ConfigError:
    found = error if isinstance(error, Unavailable) else _another()
    return ConfigError(f"authority_url: {found.why}", found.advice)
