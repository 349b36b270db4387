"""What is odd is refused as what it is: bytes that are no text, names nobody knows, numbers in another spelling."""

from __future__ import annotations

import pytest

from server.web.exchange import exchange, request

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
