"""Uploads over tus 1.0.0 (tus.io/protocols/resumable-upload): its core and the termination extension (API.md).

Creation is asking for a disclosure (S7.1). There is no checksum of a request: it could be told only of one that came
whole, and what is kept here is what came of one that did not. The hash of the whole is declared with every request.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from inscope_protocol.encoding import decode_base64url, encode_base64url
from inscope_protocol.failures import ProtocolError
from inscope_protocol.types import BlobId

from ..errors import Refusal
from ..web.answers import refused
from ..web.described import NO_BODY, Refused
from ..web.intake import Incoming
from ..web.path import identifier
from ..web.route import CALLER, Handler, Route
from .responses import ARRIVED, UPLOAD
from .uploading import Arrived, Declared, Uploading

VERSION = "1.0.0"
MEDIA_TYPE = "application/offset+octet-stream"
HASH = "X-InScope-Blob-Hash"
MOST_AT_ONCE = 8_388_608
"""Bytes in one request: as many as an object store is given at once."""
STORED_EVERY = 2.0
"""Seconds after which what has come of a request is stored, whether more comes or not."""

DECLARED = ("Upload-Offset", "Upload-Length", HASH)
PATH, SPOKEN = "/api/uploads/{blob}", ("Tus-Resumable",)
HEADERS = {"Tus-Resumable": VERSION, "Cache-Control": "no-store"}


def upload_routes(uploading: Uploading) -> list[Route]:
    async def ask(request: web.Request) -> web.Response:
        return _told(200, await uploading.arrived(request[CALLER], identifier(request, "blob", BlobId)))

    async def append(request: web.Request) -> web.Response:
        if request.content_type != MEDIA_TYPE:
            raise Refusal("malformed", f"The body must be {MEDIA_TYPE}.")
        blob, declared = identifier(request, "blob", BlobId), _declared(request)
        pieces = Incoming(request, STORED_EVERY).pieces()
        offset = _number(request, "Upload-Offset")
        return _told(204, await uploading.take(request[CALLER], blob, offset, declared, pieces))

    async def give_up(request: web.Request) -> web.Response:
        await uploading.give_up(request[CALLER], identifier(request, "blob", BlobId))
        return web.Response(status=204, headers=HEADERS)

    return [
        Route("HEAD", PATH, _speaking_tus(ask), headers=SPOKEN, answers={200: ARRIVED, 412: Refused}),
        Route(
            "PATCH",
            PATH,
            _speaking_tus(append),
            headers=(*SPOKEN, "Upload-Offset", "Upload-Length", HASH),
            body=UPLOAD,
            body_limit=MOST_AT_ONCE,
            answers={204: ARRIVED, 412: Refused},
            refuses=("offset_mismatch", "blob_mismatch", "disclosure_lapsed", "storage_full"),
        ),
        Route("DELETE", PATH, _speaking_tus(give_up), headers=SPOKEN, answers={204: NO_BODY, 412: Refused}),
    ]


def _speaking_tus(handler: Callable[[web.Request], Awaitable[web.Response]]) -> Handler:
    """Its version with every answer, refusals too; another one in the request is answered with 412."""

    async def speaking(request: web.Request) -> web.Response:
        try:
            if request.headers.get("Tus-Resumable") != VERSION:
                response = refused(Refusal("malformed", f"The header Tus-Resumable must be {VERSION}."))
                response.set_status(412)
                response.headers["Tus-Version"] = VERSION
            else:
                response = await handler(request)
        except Refusal as refusal:
            response = refused(refusal)
        response.headers.update(HEADERS)
        return response

    return speaking


def _told(status: int, arrived: Arrived) -> web.Response:
    headers = {**HEADERS, "Upload-Offset": str(arrived.offset)}
    if arrived.declared is None:
        headers["Upload-Defer-Length"] = "1"
    else:
        headers |= {"Upload-Length": str(arrived.declared.size), HASH: encode_base64url(arrived.declared.hash)}
    return web.Response(status=status, headers=headers)


def _declared(request: web.Request) -> Declared:
    try:
        digest = decode_base64url(request.headers.get(HASH, ""), 32)
    except ProtocolError as error:
        raise Refusal("malformed", f"The header {HASH} is the blob's hash, 32 bytes in base64url.") from error
    return Declared(_number(request, "Upload-Length"), digest)


def _number(request: web.Request, name: str) -> int:
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise Refusal("malformed", f"The header {name} is a number of bytes.")
    return int(text)
