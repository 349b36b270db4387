"""What is odd is refused as what it is: bytes that are no text, names nobody knows, numbers in another spelling."""

from __future__ import annotations

import pytest

from server.web.exchange import exchange, request
from server.web.line import Line
from world.device import new_id

ODD = [b"\xff", b"\xed\xa0\x80", b"A\xfe" * 20, b"\xc3\xa9", b"="]


@pytest.mark.parametrize("token", ODD)
async def test_a_session_token_of_odd_bytes_is_a_wrong_one(server, intern, token, caplog):
    def sent(**headers: bytes) -> bytes:
        return request("POST", "/api/key-packages/claim", intern, b"{}", **headers)

    assert (await exchange(server, sent())).code == "malformed"
    wrong = await exchange(server, sent(X_InScope_CSRF=token))
    assert (wrong.status, wrong.code) == (403, "csrf_refused")
    assert caplog.records == []


@pytest.mark.parametrize("value", ODD)
async def test_a_cookie_or_an_origin_of_odd_bytes_is_a_wrong_one(server, intern, value, caplog):
    cookie = await exchange(server, request("GET", "/api/session", intern, Cookie=b"inscope_session=" + value))
    assert (cookie.status, cookie.code) == (401, "not_signed_in")
    origin = await exchange(server, request("GET", "/api/session", intern, Origin=value))
    assert (origin.status, origin.code) == (403, "origin_refused")
    patient = await exchange(server, request("GET", "/patient", Cookie=b"inscope_question=" + value))
    assert patient.status == 404
    assert caplog.records == []


HALVES = [
    rb'{"\ud800":1}',
    rb'{"device":"\udc00"}',
    rb'{"device":{"x":["\uD83D"]}}',
    rb'{"device":"\ud83dx"}',
    b'{"\xed\xa0\x80":1}',
]


@pytest.mark.parametrize("body", HALVES)
async def test_half_a_character_in_a_body_is_malformed(server, intern, body, caplog):
    for path in ("/api/sign-in/nonce", "/api/threads", "/api/consents", "/api/fhir/consents", "/api/disclosures"):
        refused = await exchange(server, request("POST", path, intern, body))
        assert (refused.status, refused.code) == (400, "malformed"), path
    assert caplog.records == []


@pytest.mark.parametrize(
    "changes",
    [{"\ud800": 1}, {"message": "\udc00"}, {"thread": "\ud83d"}, {"mls": "\ud800"}, {"disclosures": [{"\udfff": 1}]},
     {"disclosures": ["\ud800"]}],
)  # fmt: skip
async def test_half_a_character_on_the_socket_is_malformed(server, story, intern, changes, caplog):
    line = await Line.open(intern)
    sent = {"thread": new_id("thr"), "message": new_id("msg"), "epoch": 1, "mls": "", "disclosures": []}
    assert (await line.send(sent | changes))["error"]["code"] == "malformed"
    assert (await line.send(sent, 1))["error"]["code"] == "malformed"  # It stays open.
    assert caplog.records == []
    await line.close()


async def test_a_query_has_the_names_that_its_address_knows_each_once(story, intern):
    thread = await story.case(intern)
    for path, known in (
        ("/api/directory", "q=mor"),
        (f"/api/threads/{thread}/log", "after=0&limit=5"),
        ("/api/log/consistency", "from=0&to=0"),
        ("/api/consents", "mine=1"),
        ("/api/threads", ""),
    ):
        assert (await intern.call("GET", f"{path}?{known}")).status == 200, path
        stranger = await intern.call("GET", f"{path}?{known}&form=1")
        assert (stranger.status, stranger.code) == (400, "malformed")
        assert "`form`" in stranger.data["error"]["message"]
        first = known.partition("=")[0] or "x"
        doubled = await intern.call("GET", f"{path}?{known}&{first}=1&{first}=1")
        assert doubled.code == "malformed" and f"`{first}`" in doubled.data["error"]["message"]
    assert (await intern.call("POST", f"/api/threads/{thread}/gate?add=x", {"add": []})).code == "malformed"


async def test_a_page_does_not_mind_what_another_site_adds_to_its_address(server):
    page = await exchange(server, request("GET", "/sheets/clinical-images/1/en?from=letter&from=letter"))
    assert (page.status, b"<html" in page.body) == (200, True)


async def test_a_number_of_bytes_has_one_spelling(story, intern, specialist):
    thread, scope = await story.case(intern, specialist), intern.scope([intern.me, specialist.me])
    assert (await intern.record(scope, thread)).status == 200
    blob = (await intern.ask(thread, scope)).data["blob"]
    for offset in ("+0", "-0", "0.0", "\u0660", "\uff10", "0x0", "0_0", "", "0e0"):
        refused = await intern.upload(blob, b"bytes", offset)
        assert (refused.status, refused.code) == (400, "malformed"), offset
    assert (await intern.offset(blob)).data["Upload-Offset"] == "0"
    assert (await intern.upload(blob, b"bytes")).data["Upload-Offset"] == "5"


async def test_of_several_origins_none_counts(server, intern):
    here = server.origin.encode()
    twice = request("GET", "/api/session", intern, Origin=here + b"\r\nOrigin: https://elsewhere.example")
    for sent in (twice, twice.replace(b"https://elsewhere.example", here)):
        assert (await exchange(server, sent)).code == "origin_refused"
    assert (await exchange(server, request("GET", "/api/session", intern, Origin=here))).status == 200
