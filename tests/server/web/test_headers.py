"""Pages, data, refusals and what is no HTTP: each says that it is not to be framed, guessed at, or told on."""

from __future__ import annotations

import re

import pytest

from server.web.exchange import exchange, request

FOREIGN = request("GET", "/api/session", Origin=b"https://elsewhere.example")
ANSWERS = {
    "the client": request("GET", "/"),
    "a sheet": request("GET", "/sheets/none/1/en"),
    "a patient's page": request("GET", "/patient/" + "A" * 43),
    "data": request("GET", "/api/sheets"),
    "a refusal": request("GET", "/api/threads"),
    "another origin": FOREIGN,
    "nothing there": request("GET", "/nowhere"),
    "no HTTP": b"hello\r\n\r\n",
}


@pytest.mark.parametrize("sent", ANSWERS.values(), ids=ANSWERS)
async def test_every_answer_is_bound(server, sent):
    headers = (await exchange(server, sent)).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["frame-ancestors"] == policy["default-src"] == policy["base-uri"] == "'none'"
    assert "'unsafe-inline'" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] in ("no-referrer", "same-origin")
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("sent", ANSWERS.values(), ids=ANSWERS)
async def test_of_what_a_browser_can_the_page_itself_has_the_camera_and_passkeys_and_no_other_anything(server, sent):
    said = (await exchange(server, sent)).headers["permissions-policy"].split(", ")
    allowed = {feature.removesuffix("=(self)") for feature in said if not feature.endswith("=()")}
    assert allowed == {"camera", "publickey-credentials-create", "publickey-credentials-get"}


async def test_the_client_runs_no_script_that_is_not_its_own_and_no_text_becomes_one(server):
    policy = (await exchange(server, ANSWERS["the client"])).headers["content-security-policy"]
    assert re.search(r"script-src 'self' 'sha256-[A-Za-z0-9+/]{43}=' 'wasm-unsafe-eval';", policy), "its import map's"
    assert "require-trusted-types-for 'script'" in policy
