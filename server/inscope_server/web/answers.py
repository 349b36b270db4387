"""JSON answers, never cached."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from ..errors import Refusal

_encoder = msgspec.json.Encoder()


def answer(data: Any, status: int = 200) -> web.Response:
    """`data` (plain or msgspec) as a JSON response with `Cache-Control: no-store`."""
    return web.Response(
        body=_encoder.encode(data),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def refused(refusal: Refusal) -> web.Response:
    return answer(refusal.as_data(), refusal.status)
