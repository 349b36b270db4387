"""The HTTP edge: cookies, access, strictness, and strangers' identifiers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.enrolment import invitation_token
from server.web.line import Line
from world.device import Device, new_id
from world.organisation import Organisation
from world.running import Running, TestClock

Story = Any  # of tests/server/conftest.py


async def test_the_cookie_is_for_the_server_alone(story: Story, intern: Device) -> None:
    nonce = (await intern.call("POST", "/api/sign-in/nonce", {"device": intern.device})).data["nonce"]
    assert intern.http
    async with intern.http.post("/api/sign-in", json={"sign_in": intern.signed_in(nonce)}) as response:
        assert response.status == 200
        cookie = response.headers["Set-Cookie"]
    for attribute in ("inscope_session=", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"):
        assert attribute in cookie
    assert "Secure" not in cookie  # this origin is http; under https it is there


async def test_a_session_tells_what_the_page_says(story: Story, intern: Device) -> None:
    session = (await intern.call("GET", "/api/session")).data["session"]
    assert set(session) == {
        "person", "device", "display_name", "organisation", "csrf", "attested", "expires_at", "server_time", "suite",
        "policy", "demo", "log", "authority",
    }  # fmt: skip
    assert (session["person"], session["device"], session["display_name"]) == (intern.me, intern.device, "Ines Moreau")
    assert (session["attested"], session["demo"]) == (True, False)


NEEDS_SESSION = [
    ("GET", "/api/session"), ("DELETE", "/api/session"), ("GET", "/api/devices"), ("POST", "/api/devices/x/revoke"),
    ("GET", "/api/directory?q=ines"), ("POST", "/api/directory/statements"), ("POST", "/api/key-packages"),
    ("POST", "/api/key-packages/claim"), ("GET", "/api/key-packages/count"),
]  # fmt: skip


async def test_nothing_is_told_without_a_session(server: Running) -> None:
    async with aiohttp.ClientSession(server.origin) as http:
        for method, path in NEEDS_SESSION:
            async with http.request(method, path, json={}) as response:
                assert (response.status, (await response.json())["error"]["code"]) == (401, "not_signed_in"), path


async def test_a_pending_device_sees_its_session_and_no_directory(story: Story) -> None:
    device = Device(story.running, await story.riverbend.invite("Pending Person"), story.riverbend)
    story.devices.append(device)
    await device.enrol(attest=False)
    assert (await device.call("GET", "/api/session")).data["session"]["attested"] is False
    for method, path in NEEDS_SESSION[4:]:
        assert (await device.call(method, path, {} if method == "POST" else None)).code == "not_attested", path


async def test_a_strangers_device_answers_like_one_that_never_was(
    story: Story, intern: Device, specialist: Device
) -> None:
    answers = [
        await intern.call("POST", f"/api/devices/{device}/revoke", {})
        for device in (specialist.device, new_id("dev"), "nonsense")
    ]
    assert [answer.status for answer in answers] == [404] * 3
    assert answers[0].data == answers[1].data == answers[2].data
    assert (await specialist.call("GET", "/api/session")).status == 200


async def test_a_revoked_device_is_signed_out_and_its_key_packages_stop(
    story: Story, intern: Device, specialist: Device
) -> None:
    assert (await specialist.call("POST", f"/api/devices/{specialist.device}/revoke", {})).status == 200
    assert (await specialist.call("GET", "/api/session")).code == "not_signed_in"
    claimed = await intern.call("POST", "/api/key-packages/claim", {"people": [specialist.me]})
    assert claimed.data == {"key_packages": [], "missing": [specialist.me]}


@pytest.mark.parametrize(
    "body",
    [
        {}, {"token": "A"}, {"token": 1}, {"token": None}, [], "x", {"token": "A" * 43, "more": 1}, {"token": "=" * 43},
        {"token": "A" * 42 + "B"},
    ],
)  # fmt: skip
async def test_anything_unexpected_is_malformed(server: Running, body: Any) -> None:
    async with (
        aiohttp.ClientSession(server.origin) as http,
        http.post("/api/invitations/look", json=body) as response,
    ):
        assert (response.status, (await response.json())["error"]["code"]) == (400, "malformed")


async def test_both_statements_or_none_are_malformed(story: Story, intern: Device) -> None:
    for body in ({}, {"attestation": {}, "organisations": {}}, {"attestation": {}}, {"attestation": None}):
        assert (await intern.call("POST", "/api/attestations", body)).code == "malformed"


async def test_an_invitation_shows_who_is_invited_until_it_is_used(story: Story) -> None:
    person = await story.riverbend.invite("New Person")
    body = {"token": encode_base64url(invitation_token(person.secret))}
    device = Device(story.running, person, story.riverbend)
    story.devices.append(device)
    seen = await device.call("POST", "/api/invitations/look", body)
    assert seen.data == {
        "person": person.person, "display_name": "New Person", "organisation": story.riverbend.organisation,
        "organisation_name": "Riverbend Hospital", "organisation_key": encode_base64url(story.riverbend.key),
    }  # fmt: skip
    await device.enrol()
    assert (await device.call("POST", "/api/invitations/look", body)).code == "invitation_invalid"


async def test_under_https_the_cookie_is_bound_to_this_host(tmp_path: Path) -> None:
    database = f"sqlite+aiosqlite:///{tmp_path}/inscope.sqlite3"
    running = await Running.start(database, tmp_path, TestClock(), public_origin="https://inscope.example")
    here = f"http://127.0.0.1:{running.server.config.port}"
    jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=URL(here))
    home = Organisation(running, "Riverbend Hospital")
    await home.register()
    device = Device(running, await home.invite("Ines Moreau"), home, http=aiohttp.ClientSession(here, cookie_jar=jar))
    try:
        await device.enrol()
        [cookie] = list(jar)
        assert (cookie.key, cookie["path"], cookie["secure"]) == ("__Host-inscope_session", "/", True)
        assert (await device.call("GET", "/api/session")).status == 200
        async with aiohttp.ClientSession(here, cookies={"inscope_session": cookie.value}) as other:
            assert (await other.get("/api/session")).status == 401, "under the plain name it is nobody's"
        await (await Line.open(device)).close()
        assert (await device.call("DELETE", "/api/session")).status == 200
        assert list(jar) == []
    finally:
        await device.close()
        await running.close()
