"""What must hold at the end, by the server's own tables, by what devices read, and by the store's files."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from sqlalchemy import func, select

from faults.crowd import Crowd
from faults.hospital import Hospital, move
from faults.ledger import Ledger
from inscope_protocol.encoding import encode_base64url
from inscope_protocol.framing import parse_commit
from inscope_protocol.leaves import allocate
from inscope_server.audit.store import entries as log
from inscope_server.database import Transaction
from inscope_server.images.pieces import pieces, uploads
from inscope_server.images.store import disclosures, garbage
from inscope_server.threads.store import entries
from server.images.room import Room
from server.stateful.evidence import check_threads, holds
from server.stateful.model import Place
from world.running import Running, TestClock

HOUR = 3_600_000


async def prove(hospital: Hospital, crowd: Crowd) -> None:
    """Raises Violation, or AssertionError, for the first thing that does not hold."""
    for device in crowd.devices:
        await crowd.catch_up(device)
    for device in crowd.devices:
        await device.close()
    clock = TestClock()
    async with hospital.within(clock) as running:
        await move(crowd.devices, running)
        rooms = [await _room(crowd, thread) for thread in crowd.threads]
        async with running.server.database.read() as tx:
            await _check_threads(tx, crowd, rooms)
            await _check_devices(tx, crowd)
            await _check_halves(tx, crowd.ledger)
            await _check_reach(tx, crowd)
            await _check_withdrawn(tx, crowd.ledger)
            await _check_consents(tx, running, crowd.ledger)
        heads = [running.server.audit.saved_head(json.dumps(head).encode()) for head in crowd.ledger.heads]
        fault = await running.server.audit.verify(heads)
        holds(10, fault is None, fault)
        await _check_bytes(crowd, clock.now())
        await _nothing_is_left(running, crowd, clock)
    holds(1, not (left := files(hospital.folder / "blobs")), left)


async def _room(crowd: Crowd, thread: str) -> Place:
    """As a member is told."""
    row = await crowd.members[0].thread(thread)
    room = Room(thread, row["epoch"], {member["leaf"]: member["device"] for member in row["roster"]})
    return Place(room, row["kind"], row["purpose"], crowd.creator(thread).device)


async def _check_threads(tx: Transaction, crowd: Crowd, rooms: list[Place]) -> None:
    """Rosters are the commits' trees, numbers and epochs one line, each acknowledged message is there once."""
    ledger = crowd.ledger
    said: dict[str, Counter[str]] = {thread: Counter() for thread in crowd.threads}
    for (thread, _), message in ledger.messages.items():
        said[thread][message] += 1
    await check_threads(tx, rooms, said)
    rows = {(row.thread, row.seq): row for row in await tx.all(select(entries))}
    for place, message in ledger.messages.items():
        holds(8, rows[place].message == message, place)
    committed = {place: encode_base64url(row.mls) for place, row in rows.items() if row.kind == "commit" and row.epoch}
    holds(5, ledger.commits.items() <= committed.items(), "an accepted commit is not where it was said to be")
    holds(5, set(committed.values()) <= ledger.sent_commits, "a commit that nobody sent")


async def _check_devices(tx: Transaction, crowd: Crowd) -> None:
    """8: every member has read the whole log, each entry once; nobody heard or read what is not in it."""
    rows = await tx.all(select(entries.c.thread, entries.c.seq, entries.c.kind, entries.c.message))
    stored = {(row.thread, row.seq): (row.kind, row.message) for row in rows}
    for device in crowd.devices:
        read, heard = crowd.ledger.read[device.device], crowd.ledger.heard[device.device]
        for place, entry in (*read.items(), *heard.items()):
            holds(8, stored.get(place) == (entry["kind"], entry.get("message")), place)
        holds(8, all(read[place] == entry for place, entry in heard.items() if place in read), "heard otherwise")
        if device is not crowd.outsider:
            since = {thread: 0 if crowd.creator(thread) is device else 1 for thread in crowd.threads}
            holds(8, read.keys() == {place for place in stored if place[1] > since[place[0]]}, device.person.name)


async def _check_halves(tx: Transaction, ledger: Ledger) -> None:
    """1: by the log, no half went to anybody whom its consent does not cover; 10: each that was given is there."""
    permits = Counter[tuple[str, str]]()
    for row in await tx.all(select(log).where(log.c.event.in_(("ask", "open")), log.c.outcome == "permit")):
        entry = json.loads(row.body)
        holds(1, ledger.covers(entry["consent"], entry["person"]), entry)
        permits[entry["person"], entry["consent"]] += 1
    holds(10, not Counter(ledger.halves) - permits, "a half was given out without an entry")


async def _check_reach(tx: Transaction, crowd: Crowd) -> None:
    """2: each image was attached to a roster that its consent covers, and nobody was added to one that it does not."""
    people = {device.device: device.me for device in crowd.devices}
    sitting = {thread: {0: crowd.creator(thread).device} for thread in crowd.threads}
    attached = {row.message: row for row in await tx.all(select(disclosures)) if row.message is not None}
    live: dict[str, dict[str, str]] = {thread: {} for thread in crowd.threads}
    for row in await tx.all(select(entries).order_by(entries.c.thread, entries.c.seq)):
        leaves, images = sitting[row.thread], live[row.thread]
        if row.kind == "commit":
            commit = parse_commit(row.mls)
            leaves = sitting[row.thread] = dict(allocate(leaves, commit.removes, [new.identity for new in commit.adds]))
        elif row.kind == "tombstone":
            images.pop(json.loads(row.detail)["disclosure"])
        elif row.message in attached:
            images[attached[row.message].disclosure] = attached[row.message].consent
        present = {people[device] for device in leaves.values()}
        for disclosure, consent in images.items():
            holds(2, all(crowd.ledger.covers(consent, person) for person in present), disclosure, row.seq)


async def _check_withdrawn(tx: Transaction, ledger: Ledger) -> None:
    """6: no half is left of what was withdrawn."""
    rows = await tx.all(select(disclosures).where(disclosures.c.consent.in_(ledger.withdrawn)))
    for row in rows:
        holds(6, row.state == "destroyed" and row.server_half is None, row.disclosure)


async def _check_consents(tx: Transaction, running: Running, ledger: Ledger) -> None:
    """6: what was withdrawn stays so, and every consent is there, whatever the server was set back to."""
    for consent in ledger.scopes:
        decisions = [scope.decision for scope in await running.server.consents.scopes(tx, consent)]
        holds(6, decisions[-1:] == ["withdrawn" if consent in ledger.withdrawn else "given"], consent, decisions)


async def _check_bytes(crowd: Crowd, now: int) -> None:
    """Every image that is shared still is there whole; a row never speaks of bytes that are not."""
    ledger = crowd.ledger
    for image in ledger.images.values():
        stands = image.consent not in ledger.withdrawn and ledger.scopes[image.consent].valid_until > now
        if image.seq is not None and stands:
            answer = await crowd.members[0].call("GET", f"/api/blobs/{image.blob}")
            assert answer.status == 200 and answer.data == image.data, (image.disclosure, answer.status)


async def _nothing_is_left(running: Running, crowd: Crowd, clock: TestClock) -> None:
    """Once all has been withdrawn or has lapsed, the sweeper leaves neither rows nor objects."""
    for consent, scope in crowd.ledger.scopes.items():
        if consent not in crowd.ledger.withdrawn:
            by = next(device for device in crowd.members if device.me == scope.recorded_by.person)
            await crowd.withdraw(by, scope)
    clock.advance(2 * HOUR)
    await running.server.sweeper.sweep()
    async with running.server.database.read() as tx:
        await _check_withdrawn(tx, crowd.ledger)
        for table in (pieces, uploads, garbage):
            count = (await tx.first(select(func.count()).select_from(table)))[0]
            assert count == 0, (table.name, count)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
