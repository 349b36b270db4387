"""One push to one browser, by the service that its maker runs (RFC 8030): an empty one, which says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp

from .rules import Outcome

if TYPE_CHECKING:
    from .push_key import PushKey

TIMEOUT = aiohttp.ClientTimeout(total=10)
KEPT_SECONDS = 12 * 3600
"""For which the service keeps it for a browser that is not there. `Topic`: a newer one takes its place."""
GONE = (404, 410)


class PushServices:
    """`push` never raises for what a service does. Redirections are not followed: they would lead anywhere."""

    def __init__(self, key: PushKey) -> None:
        self.key = key
        self._http: aiohttp.ClientSession | None = None

    async def push(self, endpoint: str, now: int) -> Outcome:
        parts = urlsplit(endpoint)
        headers = {
            "Authorization": self.key.authorization(f"{parts.scheme}://{parts.netloc}", now),
            "TTL": str(KEPT_SECONDS), "Urgency": "high", "Topic": "new",
        }  # fmt: skip
        try:
            async with self._session().post(
                endpoint, headers=headers, allow_redirects=False, skip_auto_headers=("Content-Type", "User-Agent")
            ) as answer:
                return _outcome(answer)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return Outcome(why=type(error).__name__)

    def _session(self) -> aiohttp.ClientSession:
        """By the proxy that the environment names, where a hospital lets nothing out without one."""
        if self._http is None:
            self._http = aiohttp.ClientSession(timeout=TIMEOUT, trust_env=True, cookie_jar=aiohttp.DummyCookieJar())
        return self._http

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()


def _outcome(answer: aiohttp.ClientResponse) -> Outcome:
    if answer.ok and answer.status < 300:
        return Outcome(told=True)
    if answer.status in GONE:
        return Outcome(gone=True)
    wait = answer.headers.get("Retry-After", "")
    return Outcome(wait=int(wait) if wait.isascii() and wait.isdigit() and len(wait) < 8 else 0, why=str(answer.status))
