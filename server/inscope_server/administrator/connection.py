"""The administrator's connection to the server: signed statements go up, pending enrolments come down."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Protocol

import aiohttp

from ..trust_in_certificates import distrusted
from .failure import AdministratorError, Unreachable

TIMEOUT = aiohttp.ClientTimeout(total=30)


class Connection(Protocol):
    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The server's answer. Raises AdministratorError with its code."""


class HttpConnection:
    """An async context manager over one server's origin."""

    def __init__(self, origin: str) -> None:
        self.origin = origin.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> HttpConnection:
        self._session = aiohttp.ClientSession(timeout=TIMEOUT)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if self._session is None:
            raise RuntimeError("the connection is not open")
        try:
            async with self._session.post(self.origin + path, json=body) as response:
                answer: dict[str, Any] = await response.json()
        except aiohttp.ContentTypeError as error:
            raise self._silent(f"what answers there says {error.status}, and is no InScope server") from error
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise self._silent(distrusted(error) or str(error) or type(error).__name__) from error
        if response.status != 200:
            raise _refused(answer, response.status)
        return answer

    def _silent(self, why: str) -> Unreachable:
        return Unreachable(f"{self.origin} does not answer: {why}.")


def _refused(answer: dict[str, Any], status: int) -> AdministratorError:
    error = answer.get("error", {})
    code = str(error.get("code", ""))
    kind = Unreachable if status >= 500 or code == "rate_limited" else AdministratorError
    return kind(f"The server refused ({code}): {error.get('message', 'no reason given')}", code)
