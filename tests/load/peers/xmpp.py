"""A lean XMPP client for load: SASL PLAIN on loopback, acknowledged stanzas (XEP-0198), questions and their answers.

A server acknowledges a stanza when it has handled it (XEP-0198, section 4), the strongest that XMPP has. It is the
archive's matter whether the message is on a disk by then.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import secrets
from xml.parsers import expat

HOST = "localhost"
OPEN = (
    f"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='{HOST}' version='1.0'>"
)
PLAIN = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{}</auth>"
BIND = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>{}</resource></bind>"
MANAGE, ASK = "<enable xmlns='urn:xmpp:sm:3'/>", "<r xmlns='urn:xmpp:sm:3'/>"
PASSWORD, PATIENCE = "secret", 120.0
STANZA = 2
"""The depth at which stanzas stand in the stream."""


def user(person: int) -> str:
    return f"p{person}"


class Answer:
    """To a question: its elements as (name, attributes), and the text of each."""

    def __init__(self) -> None:
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, str] = {}
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def attribute(self, element: str, name: str) -> str | None:
        return next((found.get(name) for each, found in self.elements if each == element), None)


class XmppLine(asyncio.Protocol):
    """One connection. `acks`: of own messages; `entries`: messages that came, those of an archive apart: `results`."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.acks = self.entries = self.failures = self.results = 0
        self.handled = self.acknowledged = self.depth = 0
        self.managed = False
        self.slots: asyncio.Semaphore | None = None
        self.numbers = itertools.count()
        self.answers: dict[str, Answer] = {}
        self.reading: Answer | None = None
        self.seen: dict[str, asyncio.Future[None]] = {}

    @classmethod
    async def open(cls, port: int, person: int) -> XmppLine:
        """Signed in, bound, present, and its stanzas acknowledged."""
        _, line = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        login = base64.b64encode(f"\0{user(person)}\0{PASSWORD}".encode()).decode()
        await line._begin()
        await line.say(PLAIN.format(login), "success")
        await line._begin()
        await line.ask("set", BIND.format(secrets.token_hex(4)))
        await line.say(MANAGE, "enabled")
        line.managed, line.handled = True, 0
        line.write("<presence/>")
        line.acks -= 1  # Only messages are to be counted.
        return line

    async def _begin(self) -> None:
        """A stream, anew: the parser begins with it."""
        self.parser, self.depth = expat.ParserCreate(), 0
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        await self.say(OPEN, "stream:features")

    async def say(self, text: str, until: str) -> None:
        """Returns once a stanza of that name has come."""
        heard = self.seen[until] = asyncio.get_running_loop().create_future()
        self.write(text)
        await asyncio.wait_for(heard, PATIENCE)

    async def ask(self, kind: str, body: str, to: str = "") -> Answer:
        """An `iq`: its answer, whatever it says."""
        name, answer = f"q{next(self.numbers)}", Answer()
        self.answers[name] = answer
        where = f" to='{to}'" if to else ""
        self.write(f"<iq type='{kind}' id='{name}'{where}>{body}</iq>")
        self.acks -= self.managed  # An answer is all that a question needs.
        await asyncio.wait_for(answer.done, PATIENCE)
        return answer

    def write(self, text: str | bytes) -> None:
        self.transport.write(text.encode() if isinstance(text, str) else text)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def connection_lost(self, error: Exception | None) -> None:
        for waiter in (*self.seen.values(), *(answer.done for answer in self.answers.values())):
            if not waiter.done():
                waiter.set_exception(error or ConnectionError("the server ended the stream"))

    def data_received(self, data: bytes) -> None:
        self.parser.Parse(data)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth == STANZA:
            self._stanza(name, attributes)
        elif name == "result":
            self.results += 1
            self.entries -= 1  # It came inside a message, which was counted.
        if self.reading is not None:
            self.reading.elements.append((name, attributes))
            self.element = name

    def _stanza(self, name: str, attributes: dict[str, str]) -> None:
        if name in ("message", "presence", "iq"):
            self.handled += 1
        if name == "message":
            self.entries += 1
            self.failures += attributes.get("type") == "error"
        elif name == "iq":
            self.reading = self.answers.pop(attributes.get("id", ""), None)
        elif name == "a":
            self._acknowledged(int(attributes["h"]))
        elif name == "r":
            self.write(f"<a xmlns='urn:xmpp:sm:3' h='{self.handled}'/>")
        elif name in ("failure", "stream:error"):
            self.transport.abort()

    def _acknowledged(self, handled: int) -> None:
        fresh, self.acknowledged = handled - self.acknowledged, handled
        self.acks += fresh
        if self.slots is not None:
            for _ in range(fresh):
                self.slots.release()

    def _text(self, text: str) -> None:
        if self.reading is not None:
            self.reading.texts[self.element] = text

    def _end(self, name: str) -> None:
        if self.depth == STANZA:
            heard = self.seen.get(name)
            if heard is not None and not heard.done():
                heard.set_result(None)
            if self.reading is not None:
                self.reading.done.set_result(None)
                self.reading = None
        self.depth -= 1

    async def pump(self, frames: list[bytes], window: int) -> None:
        """Each frame is a message with a request to acknowledge it."""
        self.slots = asyncio.Semaphore(window)
        for frame in frames:
            await self.slots.acquire()
            self.transport.write(frame)

    def close(self) -> None:
        self.transport.close()
