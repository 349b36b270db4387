"""Clinicians who go on working whatever breaks: they write, share and open images, withdraw, and change the group.

Ines, Samuel and Theo are in both threads throughout; Lena, whom no consent names, is added and removed all the time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from faults.asking import BROKEN, once, until_answered
from faults.ledger import Image, Ledger
from inscope_protocol.encoding import encode_base64url
from inscope_protocol.statements import envelope_object, sign, statement_hash
from inscope_protocol.types import Scope
from server.web.line import Line
from world import mls
from world.device import Answer, Device, new_id

Act = Callable[[], Awaitable[None]]
KILOBYTE = 1024


@dataclass
class Crowd:
    """`run` goes on until `over` is set, and then ends what is begun; it can be run again."""

    members: list[Device]
    outsider: Device
    threads: list[str]
    chance: Random
    ledger: Ledger = field(default_factory=Ledger)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    epochs: dict[str, int] = field(default_factory=dict)
    cursors: dict[tuple[str, str], int] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)
    numbers: int = 0

    @property
    def devices(self) -> list[Device]:
        return [*self.members, self.outsider]

    def creator(self, thread: str) -> Device:
        """The others were added by the first entry."""
        return self.members[self.threads.index(thread)]

    async def run(self) -> None:
        self.over.clear()
        acts: list[tuple[Act, float]] = []
        for device in self.members:
            acts += [(partial(self.say, device, thread), 0.2) for thread in self.threads]
            acts += [(partial(self.share, device, self.chance.choice(self.threads)), 0.2)]
        acts += [(partial(self.change, self.members[n], thread), 3.0) for n, thread in enumerate(self.threads)]
        acts += [(partial(self.refresh, self.members[-1], self.threads[0]), 5.0)]
        acts += [(partial(self.catch_up, device), 1.0) for device in self.devices]
        acts += [(partial(self.listen, device), 0.1) for device in self.devices]
        acts += [(partial(self.look_at_the_log, self.members[0]), 2.0)]
        async with asyncio.TaskGroup() as group:
            for act, pause in acts:
                group.create_task(self._again_and_again(act, pause))

    async def _again_and_again(self, act: Act, pause: float) -> None:
        while not self.over.is_set():
            await act()
            await asyncio.sleep(self.chance.uniform(0, 2 * pause))

    # Messages

    async def say(self, by: Device, thread: str) -> None:
        """One message, under one id, until it is acknowledged."""
        message, begun = new_id("msg"), time.monotonic()
        while True:
            epoch = await self.epoch(by, thread)
            raw = encode_base64url(mls.private_message(thread, epoch, message, []))
            body = {"message": message, "epoch": epoch, "mls": raw, "disclosures": []}
            answer = await until_answered(partial(self._send, by, thread, body))
            if answer.status == 200:
                return self.ledger.message(thread, answer.data["seq"], message, begun)
            self._moved_on(answer, thread)

    async def _send(self, by: Device, thread: str, body: dict[str, Any]) -> Answer:
        """By the socket or by HTTP, as chance has it each time."""
        line = self.lines.get(by.device)
        if line is None or self.chance.random() < 0.5:
            return await by.call("POST", f"/api/threads/{thread}/messages", body)
        self.numbers += 1
        said = await line.send({"thread": thread, **body}, self.numbers)
        return Answer(200, said["ok"]) if "ok" in said else Answer(409, said)

    async def epoch(self, by: Device, thread: str) -> int:
        if thread not in self.epochs:
            answer = await until_answered(partial(by.call, "GET", "/api/threads"))
            self.epochs[thread] = next(row["epoch"] for row in answer.data["threads"] if row["thread"] == thread)
        return self.epochs[thread]

    def _moved_on(self, answer: Answer, thread: str) -> None:
        assert answer.code == "stale_epoch", answer
        self.ledger.answers[answer.code] += 1
        self.epochs.pop(thread, None)

    async def listen(self, device: Device) -> None:
        """Until the connection breaks. What is heard must be what is in the log."""
        try:
            line = await Line.open(device)
        except (*BROKEN, AssertionError, TypeError):
            return  # Nobody answered, or it broke off while they greeted each other.
        self.lines[device.device] = line
        while not (self.over.is_set() or line.reader.done()):
            await asyncio.sleep(0.1)
        self.lines.pop(device.device, None)
        for name, data in line.events:
            if name == "entry":
                self.ledger.note(self.ledger.heard[device.device], data["thread"], data)
        line.reader.cancel()
        await line.close()

    async def catch_up(self, device: Device) -> None:
        """Reads on in each thread, from the last number that it has."""
        for thread in self.threads:
            key, more = (device.device, thread), True
            while more:
                path = f"/api/threads/{thread}/log?after={self.cursors.get(key, 0)}&limit=500"
                answer = await until_answered(partial(device.call, "GET", path))
                assert answer.status == 200 or (device is self.outsider and answer.code == "not_found"), answer
                told = answer.data["entries"] if answer.status == 200 else []
                for entry in told:
                    assert entry["seq"] > self.cursors.get(key, 0), "a number came twice"
                    self.ledger.note(self.ledger.read[device.device], thread, entry)
                    self.cursors[key] = entry["seq"]
                more = bool(told)

    # The group

    async def change(self, by: Device, thread: str) -> None:
        """Adds Lena, who is let in only while no live image names others; or removes her."""
        row = await self._row(by, thread)
        leaves = {member["device"]: member["leaf"] for member in row["roster"]}
        lena = self.outsider
        if lena.device in leaves:
            await self._commit(by, row, removes=[lena])
        else:
            await self._commit(by, row, adds=[lena])

    async def refresh(self, by: Device, thread: str) -> None:
        await self._commit(by, await self._row(by, thread))

    async def _row(self, by: Device, thread: str) -> Any:
        answer = await until_answered(partial(by.call, "GET", "/api/threads"))
        return next(row for row in answer.data["threads"] if row["thread"] == thread)

    async def _commit(
        self, by: Device, row: Any, adds: list[Device] | None = None, removes: list[Device] | None = None
    ) -> None:
        """Asked until answered. One that is called stale may be in the log already: its answer was lost."""
        ready, sent = await self.prepared(by, row, adds, removes)
        answer = await until_answered(ready)
        self.ledger.answers[f"commit {answer.code or 'accepted'}"] += 1
        if answer.status == 200:
            self.ledger.commits[row["thread"], answer.data["seq"]] = sent
        else:
            assert answer.code in ("stale_epoch", "members_not_covered"), answer
        self.epochs.pop(row["thread"], None)

    async def prepared(
        self, by: Device, row: Any, adds: list[Device] | None = None, removes: list[Device] | None = None
    ) -> tuple[Callable[[], Awaitable[Answer]], str]:
        """A commit at the epoch of a listed thread, to be sent as often as need be; and its bytes, base64url."""
        thread, epoch = row["thread"], row["epoch"]
        leaves = {member["device"]: member["leaf"] for member in row["roster"]}
        packages = [mls.key_package(new.seed, new.device) for new in adds or []]
        gone = [leaves[old.device] for old in removes or []]
        raw = mls.commit(by.seed, by.device, thread, epoch, leaves[by.device], packages, gone)
        body = {
            "commit": encode_base64url(raw),
            "welcome": encode_base64url(mls.welcome()) if adds else None,
            "adds": [new.device for new in adds or []],
            "removes": [old.device for old in removes or []],
        }
        self.ledger.sent_commits.add(encode_base64url(raw))
        return partial(by.call, "POST", f"/api/threads/{thread}/commits", body), encode_base64url(raw)

    # Images

    async def share(self, by: Device, thread: str) -> None:
        """Records a consent that names the members, attaches an image, has it opened; mostly withdraws it then."""
        scope = by.scope([device.me for device in self.members])
        self.ledger.scopes[scope.consent] = scope
        await self.record(by, scope, thread)
        image, asked = await self._ask(by, thread, scope)
        if image is not None:
            await self.attach(by, *image)
        looks = [self.open(who, one) for who in self.devices for one in self._images(scope.consent)]
        if asked > 1 or self.chance.random() < 0.75:
            looks.append(self.withdraw(by, scope))
        await asyncio.gather(*looks)
        await asyncio.gather(*(self.open(who, one) for who in self.devices for one in self._images(scope.consent)))

    async def shared(self, by: Device, thread: str) -> tuple[Scope, Image]:
        """An image that stands in the thread, under a consent to its members. While nobody is at work."""
        row = await self._row(by, thread)
        if len(row["roster"]) > len(self.members):
            await self._commit(by, row, removes=[self.outsider])
        scope = by.scope([device.me for device in self.members])
        self.ledger.scopes[scope.consent] = scope
        await self.record(by, scope, thread)
        image = await self.attached(by, thread, scope)
        assert image is not None and image.seq is not None
        return scope, image

    def _images(self, consent: str) -> list[Image]:
        return [image for image in self.ledger.images.values() if image.consent == consent]

    async def record(self, by: Device, scope: Scope, thread: str | None = None) -> None:
        """Recorded already, where a conflict is due to this very version: the answer was lost."""
        envelope = envelope_object(sign("consent", scope, by.device, by.seed))
        body = {"consent": envelope, "thread": thread}
        answer = await until_answered(partial(by.call, "POST", "/api/consents", body))
        if answer.status != 200:
            assert answer.code == "consent_conflict", answer
            stored = await until_answered(partial(by.call, "GET", f"/api/consents/{scope.consent}"))
            assert stored.data["versions"][-1] == envelope, stored

    async def _ask(self, by: Device, thread: str, scope: Scope) -> tuple[tuple[Image, Answer] | None, int]:
        """The image that was granted, if any, and how often was asked: a lost answer leaves one that nobody uses."""
        asked = 0
        while True:
            described = {"image": new_id("img"), "subject": scope.subject, "kind": "radiograph"}
            described |= {"deidentified": False, "sensitive": []}
            body = {"thread": thread, "epoch": await self.epoch(by, thread), "consent": scope.consent}
            body |= {"version": scope.version, "image": described, "origin": None}
            answer = await once(partial(by.call, "POST", "/api/disclosures", body))
            asked += 1
            if answer is not None and answer.status == 200:
                break
            if answer is not None and answer.code == "denied":
                assert answer.reasons == [("person_not_covered", self.outsider.me)], answer
                self.ledger.answers["ask denied"] += 1
                return None, asked
            if answer is not None and answer.code == "stale_epoch":
                self._moved_on(answer, thread)
            await asyncio.sleep(0.1)
        answer.data["asked"] = body
        return (self.granted(by, thread, scope, answer), answer), asked

    def granted(self, by: Device, thread: str, scope: Scope, answer: Answer) -> Image:
        self.ledger.half(by.me, scope.consent, begun_after_withdrawal=False)
        data = self.chance.randbytes(self.chance.randint(1, 200 * KILOBYTE))
        image = Image(answer.data["disclosure"], answer.data["blob"], thread, scope.consent, data)
        self.ledger.images[image.disclosure] = image
        return image

    async def attached(self, by: Device, thread: str, scope: Scope) -> Image | None:
        """Under a consent that is recorded; None when it is denied."""
        image, _ = await self._ask(by, thread, scope)
        if image is not None:
            await self.attach(by, *image)
        return None if image is None else image[0]

    async def attach(self, by: Device, image: Image, granted: Answer) -> None:
        await self._upload(by, image)
        message, begun = new_id("msg"), time.monotonic()
        statement = by.statement(granted, message, image.data)
        envelope = sign("disclosure", statement, by.device, by.seed)
        raw = mls.private_message(image.thread, statement.epoch, message, [statement_hash(envelope)])
        body = {"message": message, "epoch": statement.epoch, "mls": encode_base64url(raw)}
        body |= {"disclosures": [envelope_object(envelope)]}
        path = f"/api/threads/{image.thread}/messages"
        answer = await until_answered(partial(by.call, "POST", path, body))
        self.ledger.answers[f"attach {answer.code or 'accepted'}"] += 1
        if answer.status == 200:
            image.seq = answer.data["seq"]
            self.ledger.message(image.thread, answer.data["seq"], message, begun)
        else:
            assert answer.code in ("stale_epoch", "disclosure_lapsed", "denied"), answer
            self.epochs.pop(image.thread, None)

    async def _upload(self, by: Device, image: Image) -> None:
        """Goes on where the server says that it stands."""
        while True:
            at = await once(partial(by.offset, image.blob))
            if at is not None and at.status == 200:
                offset = int(at.data["Upload-Offset"])
                done = await once(partial(by.upload, image.blob, image.data[offset:], offset, image.data))
                if done is not None and done.status == 204:
                    return
                assert done is None or done.code in ("offset_mismatch", "server_busy", "storage_full"), done
            await asyncio.sleep(0.05)

    async def open(self, who: Device, image: Image) -> None:
        withdrawn = image.consent in self.ledger.withdrawn
        answer = await until_answered(partial(who.call, "POST", f"/api/disclosures/{image.disclosure}/open", {}))
        self.ledger.answers[f"open {answer.code or 'permitted'}"] += 1
        if answer.status == 200:
            self.ledger.half(who.me, image.consent, begun_after_withdrawal=withdrawn)

    async def withdraw(self, by: Device, scope: Scope) -> None:
        await self.record(by, by.following(scope, decision="withdrawn"))
        self.ledger.withdrawn.add(scope.consent)

    async def look_at_the_log(self, by: Device) -> None:
        answer = await until_answered(partial(by.call, "GET", "/api/log/head"))
        self.ledger.heads.append(answer.data["head"])
