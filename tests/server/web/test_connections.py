"""What a connection keeps while it lasts, what bounds it, and that nothing is left of it (web/wire.py)."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json

import aiohttp
from aiohttp import web

from inscope_server.web import wire
from server.web.line import PATH, Line, message
from world.device import new_id


async def test_a_quiet_connection_keeps_no_task_and_nothing_of_its_request(story, intern, specialist, colleague):
    def requests():
        return [one for one in gc.get_objects() if isinstance(one, web.Request) and one.path == "/socket/"]

    of_http, before = story.running.runner.server, requests()
    tasks, connections = len(asyncio.all_tasks()), len(of_http.connections)
    lines = [await Line.open(device) for device in (intern, specialist, colleague)]
    await asyncio.sleep(0.1)
    assert len(asyncio.all_tasks()) == tasks + len(lines)  # Each line reads, at the other end.
    assert len(of_http.connections) == connections
    assert len(requests()) <= len(before), "besides those of earlier tests"


async def test_who_does_not_say_that_they_are_there_is_cut_off(monkeypatch, story, intern):
    """Whatever else they send: an hour of questions is no answer."""
    monkeypatch.setattr(wire, "PING_SECONDS", 0.6)
    monkeypatch.setattr(wire, "PONG_SECONDS", 0.5)
    line, silent = await Line.open(intern), await Line.open(intern)
    silent.reader.cancel()
    async with asyncio.timeout(5):
        while len(story.running.server.socket.connections.all()) > 1:
            with contextlib.suppress(ConnectionError):
                await silent.raw('42["nothing"]')
            await asyncio.sleep(0.05)
    assert not line.ended.is_set()


async def test_who_is_cut_off_while_they_join_leaves_nothing_behind(story, intern, monkeypatch):
    socket, joining, goes_on = story.running.server.socket, asyncio.Event(), asyncio.Event()
    caller = socket.accounts.caller

    async def slow(token):
        joining.set()
        await goes_on.wait()
        return await caller(token)

    async with intern.http.ws_connect(PATH) as line:
        await line.receive_str()
        monkeypatch.setattr(socket.accounts, "caller", slow)
        await line.send_str("40")
        await asyncio.wait_for(joining.wait(), 5)
        socket.connections.all()[0].abort()
        await line.receive(timeout=5)
    goes_on.set()
    async with asyncio.timeout(5):
        while socket.server.eio.sockets:
            await asyncio.sleep(0.02)
    assert not any(socket.server.manager.rooms.values()) and not socket.server.environ


async def test_a_server_that_ends_lets_its_devices_go_first(story, intern, specialist):
    """And cuts off who does not care to go."""
    lines, silent = [await Line.open(device) for device in (intern, specialist)], await Line.open(intern)
    silent.reader.cancel()
    await story.running.runner.cleanup()
    assert story.running.server.socket.connections.all() == []
    for line in lines:
        await asyncio.wait_for(line.ended.wait(), 5)
        assert line.socket.close_code == aiohttp.WSCloseCode.OK


async def test_a_server_that_ends_answers_what_it_was_asked(story, intern, specialist):
    thread, line = await story.case(intern, specialist), await Line.open(intern)
    asked = [asyncio.create_task(line.send(message(thread), number)) for number in range(20)]
    async with asyncio.timeout(5):
        while len(story.running.server.socket.server.acting) < len(asked):
            await asyncio.sleep(0)
    await story.running.runner.cleanup()
    assert all("ok" in answer for answer in await asyncio.gather(*asked))


async def test_nothing_is_left_of_who_could_not_join(story, intern, monkeypatch):
    server = story.running.server

    async def fails(_token):
        raise ConnectionError("the database is away")

    async with intern.http.ws_connect(PATH) as socket:
        await socket.receive_str(timeout=5)
        monkeypatch.setattr(server.accounts, "caller", fails)
        await socket.send_str("40")
        assert (await socket.receive(timeout=5)).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
    manager = server.socket.server.manager
    async with asyncio.timeout(5):
        while manager.rooms or manager.pending_connect or server.socket.server.eio.sockets:
            await asyncio.sleep(0.01)


async def test_who_sends_faster_than_is_kept_waits(story, intern, monkeypatch):
    """With what it has to say in its own memory, not in the server's."""
    line, server, room = await Line.open(intern), story.running.server.socket, asyncio.Event()

    async def keep(_caller, _data):
        await room.wait()
        return {"seq": 1, "at": 1}

    monkeypatch.setattr(server, "handle_send", keep)
    sent = [message(new_id("thr"), mls="A" * 20_000) for _ in range(5 * wire.MOST_AT_ONCE)]
    frames = [f'42{number}["send",{json.dumps(one)}]' for number, one in enumerate(sent)]
    sending = asyncio.gather(*(line.raw(frame) for frame in frames))
    async with asyncio.timeout(20):
        while len(server.server.acting) < wire.MOST_AT_ONCE:
            await asyncio.sleep(0.01)
        for _ in range(50):
            await asyncio.sleep(0.01)
        assert len(server.server.acting) == wire.MOST_AT_ONCE
        room.set()
        await sending
        while len(line.answered) < len(frames):
            await asyncio.sleep(0.01)


async def test_who_does_not_read_answers_is_cut_off(story, intern):
    """However many there are: they are not kept for ever."""
    line = await Line.open(intern)
    line.reader.cancel()
    line.socket._response.connection.protocol.pause_reading()
    wires, frame = story.running.server.socket.connections, '42{}["send",{{"' + "x" * 2000 + '":1}}]'
    with contextlib.suppress(ConnectionError):
        for number in range(20_000):
            await line.raw(frame.format(number))
            if number % 100 == 0:
                await asyncio.sleep(0)
            if not wires.all():
                break
    async with asyncio.timeout(5):
        while wires.all():
            await asyncio.sleep(0.02)
