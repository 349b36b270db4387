"""Threads over HTTP, and the socket's `send` (API.md, "Threads")."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from aiohttp import web

from inscope_protocol.encoding import decode_base64url
from inscope_protocol.statements import Envelope, parse_envelope
from inscope_protocol.types import DeviceId, MessageId, Natural, ThreadId, decode_payload

from ..caller import Caller
from ..errors import Refusal
from ..web.answers import answer
from ..web.bodies import convert, read_body
from ..web.described import SIGNED, Signed
from ..web.path import identifier
from ..web.query import query_of
from ..web.route import CALLER, Route
from . import responses
from .sending import Sending, prepare
from .service import Threads


def _spelt(size: int) -> int:
    """Characters of `size` bytes in base64url (S1.2)."""
    return -(-size * 4 // 3)


COMMIT_LIMIT = 1024 * 1024
"""Bytes of a commit, and of a welcome (S6.3): one that adds 150 devices of the post-quantum suite has about 400,000."""
MESSAGE_LIMIT = 160 * 1024
BODY_LIMIT = 2 * _spelt(COMMIT_LIMIT) + 64 * 1024
CommitBytes = Annotated[str, msgspec.Meta(max_length=_spelt(COMMIT_LIMIT))]
MessageBytes = Annotated[str, msgspec.Meta(max_length=_spelt(MESSAGE_LIMIT))]
Devices = Annotated[list[DeviceId], msgspec.Meta(max_length=400)]

SEND_REFUSES = (
    *SIGNED, "stale_epoch", "statement_mismatch", "disclosure_lapsed", "denied", "consent_superseded",
    "blob_incomplete", "blob_mismatch", "device_revoked",
)  # fmt: skip
"""What a message can be refused for, by HTTP and by the socket."""


class LogQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`after`: the `seq` of the last entry that is known."""

    after: Natural = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 200


class Create(msgspec.Struct, forbid_unknown_fields=True):
    thread: ThreadId
    kind: Literal["case", "discussion", "social"]
    purpose: Literal["direct-care-advice", "teaching", "research", "none"]
    suite: int


class CommitBody(msgspec.Struct, forbid_unknown_fields=True):
    commit: CommitBytes
    adds: Devices
    removes: Devices
    welcome: CommitBytes | None = None


class SendBody(msgspec.Struct, forbid_unknown_fields=True):
    message: MessageId
    epoch: Natural
    mls: MessageBytes
    disclosures: Annotated[list[Signed], msgspec.Meta(max_length=16)] = []


class SocketSend(SendBody, forbid_unknown_fields=True, kw_only=True):
    thread: ThreadId


class WelcomeAck(msgspec.Struct, forbid_unknown_fields=True):
    thread: ThreadId
    epoch: Natural


def thread_of(request: web.Request) -> ThreadId:
    """The thread in the path."""
    return identifier(request, "thread", ThreadId)


def _shown(statement: Envelope, envelope: Any) -> dict[str, Any]:
    """How an entry lists a declared disclosure. What the statement says is verified later, inside the transaction."""
    payload = decode_payload("disclosure", statement.payload_bytes)
    return {"disclosure": getattr(payload, "disclosure", None), "statement": envelope}


async def send_body(sending: Sending, caller: Caller, thread: str, body: SendBody) -> dict[str, int]:
    if not caller.attested:
        raise Refusal("not_attested")
    statements = [parse_envelope(envelope) for envelope in body.disclosures]
    shown = [_shown(statement, envelope) for statement, envelope in zip(statements, body.disclosures, strict=True)]
    mls = decode_base64url(body.mls)
    return await sending.send(prepare(caller, thread, body.message, body.epoch, mls, statements, shown))


async def socket_send(sending: Sending, caller: Caller, data: Any) -> dict[str, int]:
    body = convert(data, SocketSend)
    return await send_body(sending, caller, body.thread, body)


def routes(threads: Threads, sending: Sending) -> list[Route]:
    async def create(request: web.Request) -> web.Response:
        body = await read_body(request, Create)
        await threads.create(request[CALLER], body.thread, body.kind, body.purpose, body.suite)
        return answer({"thread": body.thread})

    async def listing(request: web.Request) -> web.Response:
        return answer({"threads": await threads.listing(request[CALLER])})

    async def log(request: web.Request) -> web.Response:
        asked = query_of(request, LogQuery)
        return answer(await threads.log(request[CALLER], thread_of(request), asked.after, asked.limit))

    async def commit(request: web.Request) -> web.Response:
        caller, thread = request[CALLER], thread_of(request)
        await threads.admit_commit(caller, thread)
        body = await read_body(request, CommitBody)
        welcome = None if body.welcome is None else decode_base64url(body.welcome)
        raw = decode_base64url(body.commit)
        return answer(await threads.commit(caller, thread, raw, welcome, body.adds, body.removes))

    async def send(request: web.Request) -> web.Response:
        body = await read_body(request, SendBody)
        return answer(await send_body(sending, request[CALLER], thread_of(request), body))

    async def welcomes(request: web.Request) -> web.Response:
        return answer(await threads.welcomes(request[CALLER]))

    async def acknowledge(request: web.Request) -> web.Response:
        body = await read_body(request, WelcomeAck)
        await threads.acknowledge_welcome(request[CALLER], body.thread, body.epoch)
        return answer({})

    return [
        Route("POST", "/api/threads", create, body=Create, answers={200: responses.Created}, refuses=("not_found",)),
        Route("GET", "/api/threads", listing, answers={200: responses.Listing}),
        Route("GET", "/api/threads/{thread}/log", log, query=LogQuery, answers={200: responses.LogPage}),
        Route(
            "POST",
            "/api/threads/{thread}/commits",
            commit,
            body_limit=BODY_LIMIT,
            body=CommitBody,
            answers={200: responses.Committed},
            refuses=(
                "wrong_signer",
                "bad_signature",
                "rate_limited",
                "stale_epoch",
                "commit_not_allowed",
                "roster_mismatch",
                "members_not_covered",
            ),
        ),
        Route(
            "POST",
            "/api/threads/{thread}/messages",
            send,
            body=SendBody,
            answers={200: responses.Sent},
            refuses=SEND_REFUSES,
        ),
        Route("GET", "/api/welcomes", welcomes, answers={200: responses.Welcomes}),
        Route("POST", "/api/welcomes/ack", acknowledge, body=WelcomeAck),
    ]
