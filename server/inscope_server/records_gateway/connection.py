"""The gateway's connection to the server: every question is signed (SPEC S12.6)."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import aiohttp

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.statements import envelope_object, sign
from inscope_protocol.types import MAX_PACKAGE, GatewayRequest

from ..clock import Clock
from ..config import as_browsers_send
from ..errors import SENTENCES
from ..trust_in_certificates import distrusted
from .keys import Keys

TIMEOUT = aiohttp.ClientTimeout(total=300, sock_connect=10, sock_read=60)


class Unreachable(Exception):
    """The other side did not answer as it should; to be tried again."""

    code = "unreachable"


class Refused(Exception):
    """The server says no; `code` as in S8."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Connection:
    def __init__(self, origin: str, keys: Keys, clock: Clock) -> None:
        self.origin, self.keys, self.clock = as_browsers_send(origin), keys, clock
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Connection:
        self._http = aiohttp.ClientSession(timeout=TIMEOUT)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._http is not None:
            await self._http.close()

    async def waiting(self) -> dict[str, Any]:
        """{filings, organisations, authority}. Waits at the server for something to come."""
        answer: dict[str, Any] = await self._post("/api/gateway/filings", self._signed("filings"))
        return answer

    async def package(self, filing: str) -> bytes:
        sealed: bytes = await self._post("/api/gateway/package", self._signed("package", filing))
        return sealed

    async def acknowledge(self, receipt: Any) -> None:
        await self._post("/api/gateway/receipts", {"receipt": receipt})

    def _signed(self, ask: Any, filing: str | None = None) -> dict[str, Any]:
        nonce = encode_base64url(self.clock.random(32))
        asked = GatewayRequest(self.keys.gateway, self.origin, ask, filing, nonce, self.clock.now())
        return {"request": envelope_object(sign("gateway-request", asked, self.keys.gateway, self.keys.seed))}

    async def _post(self, path: str, body: Any) -> Any:
        """JSON, or the bytes of a package. Raises Unreachable, Refused."""
        if self._http is None:
            raise RuntimeError("the connection is not open")
        try:
            async with self._http.post(self.origin + path, json=body, allow_redirects=False) as response:
                if response.status == 200 and response.content_type == "application/octet-stream":
                    return await _bounded(response)
                told = await response.json()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Unreachable(f"the server does not answer: {distrusted(error) or type(error).__name__}") from error
        if response.status == 200:
            return told
        code = _code(told)
        if response.status >= 500 or code == "rate_limited":
            raise Unreachable(f"the server says {code} ({response.status})")
        raise Refused(code)


def _code(told: Any) -> str:
    """Of a refusal, where it is one of those that there are (S8): a server's own words go into no log and no trace."""
    try:
        code = told["error"]["code"]
    except (KeyError, TypeError, IndexError):
        return "unknown"
    return code if isinstance(code, str) and code in SENTENCES else "unknown"


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    read = bytearray()
    async for chunk in response.content.iter_chunked(1 << 20):
        read += chunk
        if len(read) > MAX_PACKAGE:
            raise Unreachable("the server sends more than a package can be")
    return bytes(read)
