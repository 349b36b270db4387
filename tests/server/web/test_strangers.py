"""Every address with an id in it, asked by a signed-in stranger: what is there answers as what never was."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import event

from inscope_protocol.encoding import encode_base64url
from world import mls
from world.device import new_id

TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0", "Upload-Length": "4"}
APPEND = {"headers": {**TUS, **BYTES, "X-InScope-Blob-Hash": "A" * 43}, "data": b"1234"}
REVIEW = {"organisation": new_id("org"), "version": 1, "outcome": "in_order"}
ELSEWHERE = {
    "/api/filings/{filing}", "/api/filings/{filing}/send", "/api/filings/{filing}/parts/{part}",
    "/api/patient-questions/{request}",
}  # fmt: skip
"""Asked by strangers in tests/server/filing and in tests/server/patients."""


def message(thread):
    one = new_id("msg")
    raw = encode_base64url(mls.private_message(thread, 1, one, []))
    return {"message": one, "epoch": 1, "mls": raw, "disclosures": []}


ASKED = {
    "GET /api/threads/{thread}/log": lambda thread: {},
    "POST /api/threads/{thread}/commits": lambda thread: {
        "json": {"commit": encode_base64url(b"\0\1\0\1"), "adds": [], "removes": [new_id("dev")]}
    },
    "POST /api/threads/{thread}/messages": lambda thread: {"json": message(thread)},
    "POST /api/threads/{thread}/gate": lambda thread: {"json": {"add": [new_id("per")]}},
    "GET /api/consents/{consent}": lambda consent: {},
    "GET /api/consents/{consent}/reviews": lambda consent: {},
    "GET /api/consents/{consent}/fhir": lambda consent: {},
    "POST /api/reviews/{consent}": lambda consent: {"json": REVIEW},
    "POST /api/consents/{consent}/look-back": lambda consent: {"json": {"code": "123456"}},
    "POST /api/disclosures/{disclosure}/open": lambda disclosure: {"json": {}},
    "POST /api/disclosures/{disclosure}/remove": lambda disclosure: {"json": {}},
    "GET /api/disclosures/{disclosure}/openings": lambda disclosure: {},
    "GET /api/blobs/{blob}": lambda blob: {},
    "HEAD /api/uploads/{blob}": lambda blob: {"headers": TUS},
    "PATCH /api/uploads/{blob}": lambda blob: APPEND,
    "DELETE /api/uploads/{blob}": lambda blob: {"headers": TUS},
    "POST /api/devices/{device}/revoke": lambda device: {"json": {}},
    "GET /api/administration/people/{person}": lambda person: {},
    "POST /api/administration/devices/{device}/revoke": lambda device: {"json": {}},
}


@pytest.fixture
async def owned(server, story, intern, specialist):
    """What the stranger has no part in, by the names that addresses give it; of each kind all that there is."""
    thread, scope = await story.case(intern, specialist), intern.scope([intern.me, specialist.me])
    await intern.record(scope, thread)
    disclosure, _ = await intern.attach(thread, scope)
    waiting = (await intern.ask(thread, scope)).data
    async with server.server.database.read() as tx:
        from inscope_server.images.store import load

        blob = (await load(tx, disclosure)).blob
    return {
        "thread": [thread], "consent": [scope.consent], "disclosure": [disclosure, waiting["disclosure"]],
        "blob": [blob, waiting["blob"]], "device": [intern.device], "person": [intern.me],
    }  # fmt: skip


async def _answer(device, method, path, options):
    headers = {"X-InScope-CSRF": device.csrf, **options.get("headers", {})}
    async with device.http.request(method, path, **{**options, "headers": headers}) as response:
        return response.status, response.headers.get("Content-Type"), await response.read()


async def test_every_id_of_others_is_as_absent_as_none(owned, colleague):
    for asked, options in ASKED.items():
        method, path = asked.split()
        kind = re.findall(r"\{(\w+)\}", path)[0]
        for theirs in owned[kind]:
            never = new_id(theirs[:3])
            answers = [
                await _answer(colleague, method, path.replace(f"{{{kind}}}", one), options(one))
                for one in (theirs, never)
            ]
            assert answers[0] == answers[1], (asked, answers)
            assert answers[0][0] == 404, (asked, answers[0])


@pytest.mark.parametrize("asked", [asked for asked in ASKED if "{consent}" in asked])
async def test_a_consent_of_others_takes_as_many_questions_as_none(server, owned, colleague, asked):
    """So how long the answer takes does not tell either that there is one."""
    method, path = asked.split()
    engine, counted = server.server.database.engine.sync_engine, list[str]()

    def count(_connection, _cursor, statement, *_):
        counted.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    questions = []
    for one in (owned["consent"][0], new_id("con")):
        counted.clear()
        await _answer(colleague, method, path.replace("{consent}", one), ASKED[asked](one))
        questions.append([statement for statement in counted if "consent" in statement or "roster" in statement])
    event.remove(engine, "before_cursor_execute", count)
    assert questions[0] == questions[1]


def test_no_address_with_an_id_is_left_out(server):
    routes = server.server.routes()
    asked = {f"{one.method} {one.path}" for one in routes if "{" in one.path and one.access != "anyone"}
    assert {one for one in asked if one.split()[1] not in ELSEWHERE} == set(ASKED)
