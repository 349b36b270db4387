"""The socket: who may open one, what it takes, and when it ends (API.md, "Socket.IO")."""

from __future__ import annotations

import asyncio
import json
from functools import partial

import aiohttp
import pytest
from sqlalchemy import event
from yarl import URL

import inscope_server.app
from server.web.line import PATH, Line, message
from world.device import Device, new_id


@pytest.fixture(autouse=True)
def quick_sweeps(monkeypatch):
    monkeypatch.setattr(inscope_server.app, "SWEEP_SECONDS", 0.2)


async def refused(http, path=PATH, **headers):
    """The status and code with which the door was not opened."""
    async with http.get(
        path, headers={"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
                       "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", **headers}
    ) as response:  # fmt: skip
        assert "X-Content-Type-Options" in response.headers
        return response.status, (await response.json())["error"]["code"]


async def test_a_message_is_acknowledged_and_reaches_everyone_there(story, intern, specialist, colleague):
    thread = await story.case(intern, specialist)
    lines = [await Line.open(device) for device in (intern, specialist, colleague)]
    said = message(thread)
    acknowledged = await lines[0].send(said)
    assert acknowledged["ok"]["seq"] == 2
    for line in lines[:2]:
        entry = await line.event("entry")
        assert (entry["seq"], entry["message"], entry["mls"]) == (2, said["message"], said["mls"])
    assert lines[2].events == []
    assert (await lines[0].send(said, 1)) == acknowledged


async def test_no_door_without_a_session(server, story, intern):
    connections = server.server.socket.server.eio.sockets
    async with aiohttp.ClientSession(server.origin) as stranger:
        assert await refused(stranger) == (401, "not_signed_in")
        assert await refused(stranger, Cookie="inscope_session=" + "A" * 43) == (401, "not_signed_in")
        assert await refused(stranger, Cookie='inscope_session="; =;;') == (401, "not_signed_in")
    assert not connections


async def test_no_door_from_a_foreign_page(server, story, intern):
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": server.origin + ".evil.example"},
        {"Origin": server.origin, "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        assert await refused(intern.http, **headers) == (403, "origin_refused"), headers
    assert not server.server.socket.server.eio.sockets
    line = await Line.open(intern, Origin=server.origin)
    await line.close()


async def test_what_is_no_websocket_leaves_no_state(server, intern):
    """Engine.IO would keep half a connection of it."""
    for headers in ({"Connection": "close"}, {"Upgrade": "h2c"}, {"Sec-WebSocket-Version": "1"},
                    {"Sec-WebSocket-Key": "AAAA"}):  # fmt: skip
        assert await refused(intern.http, **headers) == (400, "malformed"), headers
    assert not server.server.socket.server.eio.sockets


@pytest.mark.parametrize(
    "query",
    ["sid=quillfeather", "sid=a%0a%7B%22level%22:%22error%22,%22message%22:%22quillfeather%22%7D%0a%1b%5b31m",
     "more=quillfeather", "EIO=4", "transport=polling"],
)  # fmt: skip
async def test_nothing_of_an_odd_query_is_written_anywhere(server, intern, capfd, caplog, query):
    assert await refused(intern.http, URL(f"{PATH}&{query}", encoded=True)) == (400, "malformed")
    assert (capfd.readouterr().err, caplog.records) == ("", [])
    assert not server.server.socket.server.eio.sockets


async def test_what_engine_io_says_of_clients_goes_to_no_sink_of_its_own(server, capfd, caplog):
    engine = server.server.socket.server.eio
    engine._log_error_once("Invalid session quillfeather", "odd-sid")
    assert "quillfeather" not in capfd.readouterr().err + caplog.text
    assert "an error at base_server:" in caplog.text


async def test_there_is_no_polling(server, intern):
    for method, path in (
        ("GET", "/socket/?EIO=4&transport=polling"),
        ("POST", "/socket/?EIO=4&transport=polling"),
        ("GET", "/socket/?EIO=3&transport=websocket"),
        ("GET", "/socket/"),
        ("OPTIONS", "/socket/?EIO=4&transport=polling"),
    ):
        async with intern.http.request(method, path) as response:
            body = await response.text()
            assert response.status == 400 or (method == "OPTIONS" and not body), (method, path, response.status)
            assert "sid" not in body
    assert not server.server.socket.server.eio.sockets


@pytest.mark.parametrize(
    "frame",
    ["", "9", "4", "49", "42", "42[", '42["send"', "42" + "[" * 100_000, '451-["send",{"_placeholder":true,"num":0}]',
     "4" + "9" * 5000, '42999999999999999999999["send"]', '42/foreign,["send",{}]', "40/foreign", '40{"token":', "\x00",
     '42["entry",{}]', '42["disconnect"]', '421{"a":1}', '42[null]', '42[["send"]]', "6", "5", "1"],
)  # fmt: skip
async def test_garbage_ends_or_is_ignored_and_harms_nobody(server, story, intern, specialist, frame):
    thread = await story.case(intern, specialist)
    line, other = await Line.open(intern), await Line.open(specialist)
    await line.raw(frame)
    assert "ok" in await other.send(message(thread))
    assert (await other.event("entry"))["seq"] == 2
    assert not [event for event in line.events if event[0] not in ("entry",)]
    await line.close()


@pytest.mark.parametrize(
    "frame",
    ['451-["send",{"_placeholder":true,"num":0}]', '4599-["send"]', "461-1[0]", "430[]", "44{}", "bAAAA", b"AAAA",
     "4", "4[", "4" + "[" * 100_000, "3" + "[" * 100_000, "x", '42["send"', '42/foreign,["send",{}]', "5", "6"],
)  # fmt: skip
async def test_what_no_client_sends_ends_the_connection_and_leaves_no_trace(story, intern, capfd, caplog, frame):
    """Attachments above all: Socket.IO would keep them, one after the other, until there are enough."""
    line = await Line.open(intern)
    await (line.raw(frame) if isinstance(frame, str) else line.socket.send_bytes(frame))
    await asyncio.wait_for(line.ended.wait(), 5)
    async with asyncio.timeout(5):
        while story.running.server.socket.server.eio.sockets:
            await asyncio.sleep(0.02)
    assert (capfd.readouterr().err, caplog.records) == ("", [])


async def test_a_frame_that_is_too_large_ends_the_connection(server, story, intern, specialist):
    thread = await story.case(intern, specialist)
    line, other = await Line.open(intern), await Line.open(specialist)
    await line.raw('421["send","' + "a" * 2_000_000 + '"]')
    await asyncio.wait_for(line.ended.wait(), 5)
    assert "ok" in await other.send(message(thread))
    async with asyncio.timeout(5):
        while len(server.server.socket.connections.all()) > 1:
            await asyncio.sleep(0.02)


WRONG = {
    "unknown field": lambda said: {**said, "more": 1},
    "missing field": lambda said: {key: value for key, value in said.items() if key != "epoch"},
    "epoch as text": lambda said: {**said, "epoch": "1"},
    "epoch as a fraction": lambda said: {**said, "epoch": 1.5},
    "epoch below zero": lambda said: {**said, "epoch": -1},
    "epoch out of range": lambda said: {**said, "epoch": 2**60},
    "no base64": lambda said: {**said, "mls": "=="},
    "another spelling": lambda said: {**said, "mls": said["mls"] + "="},
    "noise": lambda said: {**said, "mls": "AAAA"},
    "no identifier": lambda said: {**said, "message": "msg_'; drop table"},
    "disclosures as a number": lambda said: {**said, "disclosures": 1},
    "a disclosure that is none": lambda said: {**said, "disclosures": [{}]},
    "too many disclosures": lambda said: {**said, "disclosures": [{}] * 17},
    "another message's id": lambda said: {**said, "message": new_id("msg")},
    "a list": lambda said: [said],
    "nothing": lambda said: None,
    "a number": lambda said: 7,
    "a doubled key": lambda said: json.dumps(said)[:-1] + f',"epoch":{said["epoch"]}' + "}",
    "deep": lambda said: json.dumps({**said, "disclosures": 0}).replace("0}", "[" * 500 + "]" * 500 + "}"),
    "a lone surrogate": lambda said: {**said, "thread": "\ud800"},
    "a zero byte": lambda said: {**said, "thread": "thr_\0"},
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_send_of_the_wrong_form_is_malformed_and_changes_nothing(story, intern, specialist, wrong):
    thread = await story.case(intern, specialist)
    line, said = await Line.open(intern), message(thread)
    answer = await line.send(WRONG[wrong](said))
    assert answer["error"]["code"] == "malformed", answer
    assert set(answer["error"]) == {"code", "message", "remedy", "reasons"}
    assert (await intern.thread(thread))["head"] == 1
    assert "ok" in await line.send(said, 1)


async def test_what_a_stranger_sends_is_not_found(story, intern, specialist, colleague):
    thread = await story.case(intern, specialist)
    line = await Line.open(colleague)
    there, never = await line.send(message(thread), 1), await line.send(message(new_id("thr")), 2)
    assert there == never
    assert there["error"]["code"] == "not_found"


async def test_a_client_that_does_not_care_to_go_is_cut_off(server, story, intern):
    """It answers nothing and reads nothing: the connection ends all the same."""
    line = await Line.open(intern)
    line.reader.cancel()
    await intern.call("DELETE", "/api/session")
    async with asyncio.timeout(5):
        while server.server.socket.server.eio.sockets:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("name", ["disconnect", "connect", "message", "*", "goodbye"])
async def test_no_event_but_send_reaches_a_handler(story, intern, specialist, name):
    """Whatever it calls, it stays known to the server: revoked, it ends like any other."""
    thread = await story.case(intern, specialist)
    line = await Line.open(intern)
    await line.raw(f'42["{name}"]')
    await line.raw(f'421["{name}",{{"reason":1}}]')
    assert "ok" in await line.send(message(thread), 2)
    assert 1 not in line.answered
    await intern.call("POST", f"/api/devices/{intern.device}/revoke", {})
    await ends(line, "not_signed_in")
    await specialist.say(thread)
    await asyncio.sleep(0.1)
    assert [data["device"] for name, data in line.events if name == "entry"] == [intern.device]


async def test_a_socket_cannot_name_another_session(story, intern, specialist, colleague):
    """Even with that session's cookie: whose a socket is was settled at the door."""
    thread = await story.case(specialist, colleague)
    line = await Line.open(intern)
    [cookie] = list(specialist.http.cookie_jar)
    await line.raw(f'42["connect",{{"HTTP_COOKIE":"inscope_session={cookie.value}"}}]')
    assert (await line.send(message(thread), 1))["error"]["code"] == "not_found"
    await colleague.say(thread)
    await asyncio.sleep(0.2)
    assert line.events == []


async def test_a_connection_that_never_joins_ends_with_its_session(server, story, intern):
    async with intern.http.ws_connect(PATH) as socket:
        await socket.receive_str()
        await intern.call("DELETE", "/api/session")
        kinds = [await socket.receive(timeout=5)]
        while kinds[-1].type is aiohttp.WSMsgType.TEXT:
            kinds.append(await socket.receive(timeout=5))
        assert socket.closed


async def test_who_leaves_the_room_and_stays_on_the_line_ends_with_the_session(server, story, intern):
    line = await Line.open(intern)
    await line.raw("41")
    await intern.call("DELETE", "/api/session")
    await asyncio.wait_for(line.ended.wait(), 5)


async def ends(line, code):
    assert (await line.event("goodbye"))["code"] == code
    await asyncio.wait_for(line.ended.wait(), 5)


async def test_signing_out_ends_the_sockets_of_the_device(story, intern, specialist):
    line, other = await Line.open(intern), await Line.open(specialist)
    await intern.call("DELETE", "/api/session")
    await ends(line, "not_signed_in")
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await Line.open(intern)
    assert not other.ended.is_set()


async def test_revocation_ends_sockets_and_key_halves(story, intern, specialist):
    thread = await story.case(intern, specialist)
    scope = intern.scope([intern.me, specialist.me])
    await intern.record(scope, thread)
    disclosure, _ = await intern.attach(thread, scope)
    line = await Line.open(specialist)
    await specialist.call("POST", f"/api/devices/{specialist.device}/revoke", {})
    await ends(line, "not_signed_in")
    assert (await specialist.open(disclosure)).code == "not_signed_in"


async def test_a_session_that_runs_out_ends_its_sockets(story, intern, specialist):
    thread = await story.case(intern, specialist)
    line = await Line.open(intern)
    story.running.clock.advance(12 * 3_600_000)
    answer = await line.send(message(thread))
    assert answer["error"]["code"] == "not_signed_in"
    await ends(line, "not_signed_in")


async def test_no_door_without_an_attestation(server, story):
    waiting = Device(server, await story.riverbend.invite("Not Yet"), story.riverbend)
    story.devices.append(waiting)
    await waiting.enrol(attest=False)
    assert await refused(waiting.http) == (403, "not_attested")
    assert not server.server.socket.server.eio.sockets
    await story.riverbend.attest(waiting.person)
    await (await Line.open(waiting)).close()


async def test_an_attestation_that_lapses_ends_the_sockets(story, intern, specialist):
    thread = await story.case(intern, specialist)
    line, other = await Line.open(intern), await Line.open(specialist)
    await story.riverbend.attest(intern.person, lasts=60_000)
    assert "ok" in await line.send(message(thread))
    story.running.clock.advance(60_000)
    await ends(line, "not_attested")
    assert await refused(intern.http) == (403, "not_attested")
    assert not other.ended.is_set()


async def test_who_is_no_longer_attested_hears_nothing_more(monkeypatch, story, intern, specialist):
    """At once, not at the next sweep."""
    monkeypatch.setattr(inscope_server.app, "SWEEP_SECONDS", 3600)
    thread = await story.case(intern, specialist)
    lines = [await Line.open(intern), await Line.open(intern)]
    other = await Line.open(specialist)
    await asyncio.sleep(0.3)  # the sweep that was waiting already
    await story.riverbend.attest(intern.person, lasts=-30_000)
    assert "ok" in await other.send(message(thread))
    for line in lines:
        await ends(line, "not_attested")
        assert not [name for name, _ in line.events if name == "entry"]
    assert "ok" in await other.send(message(thread), 2)


async def test_a_socket_opened_before_and_joined_after_is_refused(story, intern):
    async with intern.http.ws_connect(PATH) as socket:
        await socket.receive_str()
        await story.riverbend.attest(intern.person, lasts=-30_000)
        await socket.send_str("40")
        heard = [await socket.receive(timeout=5)]
        while heard[-1].type is aiohttp.WSMsgType.TEXT:
            heard.append(await socket.receive(timeout=5))
        assert not [one for one in heard if str(one.data).startswith("40{")]


async def test_of_many_sockets_of_a_device_the_oldest_end(server, story, intern, specialist):
    thread = await story.case(intern, specialist)
    other = await Line.open(specialist)
    async with intern.http.ws_connect(PATH) as unjoined:
        await unjoined.receive_str()
        lines = [await Line.open(intern) for _ in range(8)]
        async for _ in unjoined:
            pass
        assert unjoined.closed
    lines.append(await Line.open(intern))
    await ends(lines[0], "replaced")
    for line in lines[1:]:
        assert "ok" in await line.send(message(thread))
        assert not line.ended.is_set()
    assert not other.ended.is_set()
    async with asyncio.timeout(5):
        while len(server.server.socket.connections.of(intern.device)) > 8:
            await asyncio.sleep(0.02)


async def test_a_sweep_asks_once_for_all(server, story, intern, specialist, monkeypatch):
    monkeypatch.setattr(inscope_server.app, "SWEEP_SECONDS", 3600)
    await asyncio.sleep(0.3)  # the sweep that was waiting already
    lines = [await Line.open(device) for device in (intern, specialist) for _ in range(6)]
    asked = []

    def count(_connection, _cursor, statement, *_rest):
        asked.append(statement)

    engine = server.server.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", count)
    await server.server.socket.sweep()
    event.remove(engine, "before_cursor_execute", count)
    assert len([statement for statement in asked if "SELECT" in statement]) == 1
    assert not any(line.ended.is_set() for line in lines)


async def test_a_sweep_of_images_that_hangs_holds_no_socket_open(server, story, intern, monkeypatch):
    hanging = asyncio.Event()

    async def hang():
        hanging.set()
        await asyncio.sleep(3600)

    monkeypatch.setattr(server.server.sweeper, "_expire", hang)
    line = await Line.open(intern)
    await asyncio.wait_for(hanging.wait(), 5)
    story.running.clock.advance(12 * 3_600_000)
    await ends(line, "not_signed_in")


async def test_an_image_by_the_socket_is_as_by_http(story, intern, specialist, colleague):
    thread = await story.case(intern, specialist)
    scope = intern.scope([intern.me, specialist.me])
    await intern.record(scope, thread)
    granted = await intern.ask(thread, scope)
    await intern.upload(granted.data["blob"], b"sealed")
    sent = {}
    intern_call, statement = intern.call, intern.statement(granted, new_id("msg"), b"sealed")

    async def catch(method, path, body=None, **options):
        sent.update(body)
        return await intern_call("GET", "/api/session")

    intern.call = catch
    await intern.send_statement(statement)
    intern.call = intern_call
    line, other = await Line.open(intern), await Line.open(specialist)
    withdrawn = partial(intern.record, intern.following(scope, decision="withdrawn"))
    assert "ok" in await line.send({**sent, "thread": thread})
    assert (await other.event("entry"))["disclosures"][0]["disclosure"] == statement.disclosure
    assert (await withdrawn()).status == 200
    assert (await other.event("entry"))["kind"] == "tombstone"
    assert (await other.event("changed")) == {"what": "consent", "id": scope.consent}
