"""Stretches of bytes that a request asks for (RFC 9110 section 14): one of them, or all."""

from __future__ import annotations

import re
from collections.abc import AsyncIterable

from aiohttp import web

from ..errors import Refusal

ONE = re.compile(r"(?i:bytes)=(\d{1,15})?-(\d{1,15})?", re.ASCII)
"""A unit's name counts in any case (section 14.1)."""


def stretch(request: web.Request, size: int, etag: str) -> tuple[int, int] | None:
    """(start, end) of `size` bytes, the end not included; null for all of them.

    Several ranges, other units and another `If-Range` than `etag` are answered with all, as section 14.2 allows. Raises
    `range_not_satisfiable` where there is nothing.
    """
    found = ONE.fullmatch(request.headers.get("Range", ""))
    if found is None or found.groups() == (None, None) or request.headers.get("If-Range", etag) != etag:
        return None
    if found[1] is None:
        start, end = max(0, size - int(found[2])), size
    else:
        start, end = int(found[1]), min(size, int(found[2] or size) + 1)
    if found[1] and found[2] and int(found[2]) < start:
        return None
    if start >= size:
        raise Refusal("range_not_satisfiable")
    return start, end


async def answer_stretch(
    request: web.Request, asked: tuple[int, int] | None, size: int, etag: str, data: AsyncIterable[bytes]
) -> web.StreamResponse:
    """200 with all, or 206 with what was asked for, as it comes. What breaks off can be asked for again from there."""
    start, end = asked or (0, size)
    response = web.StreamResponse(status=200 if asked is None else 206)
    response.content_type, response.content_length = "application/octet-stream", end - start
    response.headers.update({"ETag": etag, "Accept-Ranges": "bytes", "Cache-Control": "no-store"})
    response.headers["Content-Disposition"] = "attachment"
    if asked is not None:
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    await response.prepare(request)
    async for piece in data:
        await response.write(piece)
    await response.write_eof()
    return response
