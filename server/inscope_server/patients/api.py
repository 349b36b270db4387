"""Questions to patients over HTTP, as the clinician's device puts them (API.md, "Patients")."""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp import web

from inscope_protocol.types import ConsentId, RequestId

from ..web.answers import answer
from ..web.bodies import read_body, read_bounded
from ..web.path import identifier
from ..web.route import CALLER, Route
from . import responses, rules
from .looking_back import LookingBack
from .questions import Questions


class CodeBody(msgspec.Struct, forbid_unknown_fields=True):
    code: Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{6}\Z")]


def routes(questions: Questions, looking_back: LookingBack) -> list[Route]:
    async def put(request: web.Request) -> web.Response:
        asking = await read_bounded(request, rules.Asking)
        return answer({"expires_at": await questions.put(request[CALLER], asking)})

    async def state(request: web.Request) -> web.Response:
        return answer(await questions.state(request[CALLER], identifier(request, "request", RequestId)))

    async def look_back(request: web.Request) -> web.Response:
        body, consent = await read_body(request, CodeBody), identifier(request, "consent", ConsentId)
        return answer({"token": await looking_back.make_link(request[CALLER], consent, body.code)})

    return [
        Route(
            "POST",
            "/api/patient-questions",
            put,
            body=rules.Asking,
            answers={200: responses.Asked},
            refuses=("not_found", "consent_conflict", "rate_limited"),
        ),
        Route("GET", "/api/patient-questions/{request}", state, answers={200: responses.QuestionState}),
        Route(
            "POST",
            "/api/consents/{consent}/look-back",
            look_back,
            body=CodeBody,
            answers={200: responses.LookLink},
            refuses=("consent_conflict", "rate_limited"),
        ),
    ]
