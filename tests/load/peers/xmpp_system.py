"""What Prosody and ejabberd have in common: pairs, groups (XEP-0045), the archive (XEP-0313), files (XEP-0363)."""

from __future__ import annotations

import secrets
from subprocess import Popen
from typing import Any

import aiohttp

from ..system import BODY, System
from .xmpp import ASK, HOST, XmppLine, user

GROUPS, FILES = f"groups.{HOST}", f"files.{HOST}"
OPEN_ROOM = "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query>"
JOIN = "<presence to='{}@{}/{}'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>"
SLOT = "<request xmlns='urn:xmpp:http:upload:0' filename='{}.bin' size='{}' content-type='application/octet-stream'/>"
FETCH = (
    "<query xmlns='urn:xmpp:mam:2' queryid='c'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'>"
    "<value>urn:xmpp:mam:2</value></field><field var='with'><value>{}</value></field></x>"
    "<set xmlns='http://jabber.org/protocol/rsm'><max>{}</max>{}</set></query>"
)


class XmppSystem(System):
    """A room is ("chat", [two people]) or ("groupchat", name). Group members join when they connect."""

    port: int
    page = 250
    http: aiohttp.ClientSession | None = None
    process: Popen[bytes] | None = None  # None where it did not start: what it stops by says why.

    async def connect(self, person: int) -> XmppLine:
        line = await XmppLine.open(self.port, person)
        for name, members in self.groups.items():
            if person in members:
                await self._join(line, person, name)
        return line

    async def _join(self, line: XmppLine, person: int, name: str) -> None:
        """The subject ends a join (XEP-0045, section 7.1). The first makes the room, an instant one (10.1.2)."""
        line.acks -= 1
        await line.say(JOIN.format(name, GROUPS, user(person)), "message")
        if name not in self.made:
            self.made.add(name)
            await line.ask("set", OPEN_ROOM, f"{name}@{GROUPS}")

    async def room(self, members: list[int]) -> Any:
        if len(members) == 2:
            return "chat", members
        name = f"g{secrets.token_hex(8)}"
        self.groups[name] = set(members)
        return "groupchat", name

    def message(self, person: int, room: Any) -> bytes:
        kind, what = room
        to = f"{what}@{GROUPS}" if kind == "groupchat" else f"{user(what[what[0] == person])}@{HOST}"
        body = secrets.token_hex(BODY // 2)
        name = secrets.token_hex(8)
        return f"<message to='{to}' type='{kind}' id='{name}'><body>{body}</body></message>{ASK}".encode()

    def copies(self, members: int) -> int:
        """In a pair the sender hears nothing but the acknowledgement."""
        return 1 if members == 2 else members

    async def catch_up(self, person: int, room: Any) -> int:
        """From an own archive, of what was exchanged with the other."""
        line = await XmppLine.open(self.port, person)
        _, members = room
        other, after = f"{user(members[members[0] == person])}@{HOST}", ""
        while True:
            answer = await line.ask("set", FETCH.format(other, self.page, after))
            if answer.attribute("fin", "complete") == "true" or "last" not in answer.texts:
                line.close()
                return line.results
            after = f"<after>{answer.texts['last']}</after>"

    async def upload(self, person: int, data: bytes) -> str:
        line = self.asker = getattr(self, "asker", None) or await XmppLine.open(self.port, person)
        answer = await line.ask("get", SLOT.format(secrets.token_hex(8), len(data)), FILES)
        put, get = answer.attribute("put", "url"), answer.attribute("get", "url")
        assert put and get, answer.elements
        headers = {"Content-Type": "application/octet-stream"}
        if "header" in answer.texts:
            headers[str(answer.attribute("header", "name"))] = answer.texts["header"]
        self.http = self.http or aiohttp.ClientSession()
        async with self.http.put(put, data=data, headers=headers) as response:
            assert response.status == 201, response
        return get

    async def download(self, person: int, what: Any) -> int:
        assert self.http is not None
        async with self.http.get(what) as response:
            return len(await response.read())

    async def close_clients(self) -> None:
        if self.http is not None:
            await self.http.close()
