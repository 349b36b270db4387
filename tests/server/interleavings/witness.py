"""What must be true once everybody is done: by the database, by the log, and by what each device was told."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from inscope_protocol.decision import decide
from inscope_protocol.policy import Policy
from inscope_protocol.types import ImageDescriptor, Scope, Thread, decode_payload
from inscope_server.audit.store import entries as log
from inscope_server.consent.store import versions
from inscope_server.images.store import disclosures
from inscope_server.threads.store import entries, roster
from server.images.room import Room
from server.interleavings.scene import Deed, Scene
from server.stateful.evidence import holds

GATE = {"denied", "consent_superseded", "disclosure_closed"}
EVENTS = {"ask": "ask", "open": "open", "send": "attach"}


@dataclass
class Witness:
    """The facts as they stand now, read once."""

    scene: Scene
    policy: Policy
    now: int
    rows: dict[str, Any]
    scopes: dict[str, Scope]
    rosters: dict[str, list[str]]
    recipients: dict[str, Any]
    lines: list[dict[str, Any]]
    messages: dict[str, list[Any]]

    @classmethod
    async def of(cls, scene: Scene, policy: Policy) -> Witness:
        cast, threads = scene.cast, [room.thread for room in scene.rooms]
        consents = [scene.narrow.consent, scene.wide.consent]
        async with cast.running.server.database.read() as tx:
            rows = await tx.all(select(disclosures).where(disclosures.c.thread.in_(threads)))
            newest = await tx.all(select(versions).where(versions.c.consent.in_(consents)).order_by(versions.c.version))
            members = await tx.all(select(roster).where(roster.c.thread.in_(threads)).order_by(roster.c.leaf))
            lines = await tx.all(select(log).where(log.c.seq > scene.since).order_by(log.c.seq))
            said = await tx.all(select(entries).where(entries.c.thread.in_(threads)).order_by(entries.c.seq))
        recipients = await cast.recipients([device.me for device in cast.devices])
        return cls(
            scene, policy, cast.running.clock.now(), {row.disclosure: row for row in rows},
            {row.consent: _scope(row) for row in newest},
            {thread: [row.person for row in members if row.thread == thread] for thread in threads},
            {recipient.person: recipient for recipient in recipients},
            [json.loads(line.body) for line in lines],
            {thread: [line for line in said if line.thread == thread] for thread in threads},
        )  # fmt: skip

    def codes(self, disclosure: str, people: list[str]) -> list[str]:
        """The decision's reasons, by the newest version and the attestations that stand."""
        row = self.rows[disclosure]
        image = ImageDescriptor(
            row.image,
            row.subject,
            row.kind,
            bool(row.deidentified),
            tuple(row.sensitive.split()),
            row.origin is not None,
        )
        thread = Thread(row.thread, "case", "direct-care-advice")
        who = [self.recipients[person] for person in people]
        return [
            reason.code
            for reason in decide(self.scopes[row.consent], self.policy, thread, who, image, self.now).reasons
        ]

    def check(self) -> None:
        self._disclosures()
        for room in self.scene.rooms:
            self._thread(room)
        for deed in self.scene.deeds:
            self._deed(deed)
        self._log()
        self._order()

    def _disclosures(self) -> None:
        """2: what is live is permitted for everybody there. 6: what is destroyed has no server half, the rest has."""
        for row in self.rows.values():
            codes = self.codes(row.disclosure, self.rosters[row.thread])
            holds(2, row.state != "live" or not codes, row, codes)
            holds(2, row.state != "suspended" or codes, row)
            holds(6, (row.state == "destroyed") == (row.server_half is None), row)
            holds(6, row.state != "destroyed" or row.consent != self.scene.wide.consent, "the other consent's", row)

    def _thread(self, room: Room) -> None:
        """4, 5: one line of numbers and epochs. 8: each acknowledged message once, and no other."""
        said = self.messages[room.thread]
        holds(5, [line.seq for line in said] == list(range(1, len(said) + 1)), said)
        commits = [line.epoch for line in said if line.kind == "commit"]
        holds(5, commits == list(range(room.epoch)), commits, room.epoch)
        places = [line.epoch + (line.kind == "commit") for line in said if line.kind != "tombstone"]
        holds(5, places == sorted(places), places)
        told = {deed.message for deed in self.scene.deeds if deed.message and deed.is_done}
        found = Counter(line.message for line in said if line.kind == "message")
        holds(8, found == Counter(told if room is self.scene.room else ()), found, told)

    def _deed(self, deed: Deed) -> None:
        """1, 6: what was asked for after the end was acknowledged is given out only where that is permitted still."""
        holds(8, deed.answer.status < 500 and deed.answer.status != 429, deed)
        if (
            not deed.is_done
            or deed.began < self.scene.acknowledged
            or deed.what not in ("ask", "open", "bytes", "send")
        ):
            return
        disclosure = deed.about
        thread = self.rows[disclosure].thread
        people = self.rosters[thread] if deed.what in ("ask", "send") else [deed.by]
        holds(1, deed.by in self.rosters[thread], deed)
        holds(6, not self.codes(disclosure, people), deed, self.codes(disclosure, people))

    def _log(self) -> None:
        """10: one entry for each release and each denial."""
        expected: Counter[tuple[str, str, str | None]] = Counter()
        for deed in self.scene.deeds:
            expected.update(self._entries(deed))
        sent = {key for key in expected if key[:2] == ("attach", "permit")}
        expected.update({key: 1 - expected[key] for key in sent})
        expected["attestation", "recorded", None] += self.scene.attested
        expected["link", "recorded", None] += self.scene.links
        seen = Counter(
            (line["event"], line["outcome"], line["disclosure"]) for line in self.lines if line["event"] != "close"
        )
        holds(10, seen == +expected, seen - expected, expected - seen)

    def _entries(self, deed: Deed) -> list[tuple[str, str, str | None]]:
        about = deed.about or None
        if deed.what in EVENTS and deed.is_done:
            return [(EVENTS[deed.what], "permit", about)]
        if deed.what in EVENTS and deed.answer.code in GATE:
            return [(EVENTS[deed.what], "deny", about)]
        if deed.what == "record" and deed.is_done:
            return [("consent", "recorded", None)]
        if deed.answer.code == "members_not_covered":
            images = {reason["image"] for reason in deed.answer.data["error"]["reasons"]}
            return [("add", "deny", row.disclosure) for row in self.rows.values() if row.image in images]
        return []

    def _order(self) -> None:
        """6, in the order of the log: nothing is released after it was closed, or under a version that is past."""
        closed: dict[str, str] = {}
        newest: dict[str, int] = {}
        for line in self.lines:
            disclosure, event = line["disclosure"], line["event"]
            if event == "close" and disclosure in self.rows:
                holds(10, closed.get(disclosure, "live") not in (line["outcome"], "destroyed"), line)
                closed[disclosure] = line["outcome"]
            elif event == "consent":
                newest[line["consent"]] = line["version"]
            elif line["outcome"] == "permit":
                holds(6, closed.get(disclosure, "live") == "live", line)
                holds(6, event == "open" or line["version"] == newest[line["consent"]], line, newest)
        attached = {
            line["disclosure"] for line in self.lines if (line["event"], line["outcome"]) == ("attach", "permit")
        }
        for disclosure, row in self.rows.items():
            holds(10, disclosure in attached or disclosure not in closed, row)
            holds(10, disclosure not in attached or closed.get(disclosure, "live") == row.state, row, closed)


def _scope(row: Any) -> Scope:
    scope = decode_payload("consent", row.payload)
    assert isinstance(scope, Scope)
    return scope
