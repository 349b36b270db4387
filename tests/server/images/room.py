"""A thread as its members know it, epoch and leaves, so that requests can be made ready before they are sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.leaves import allocate
from inscope_protocol.statements import Envelope, envelope_object, sign, statement_hash
from inscope_protocol.types import DisclosureStatement, Scope
from world import mls
from world.device import Answer, Device, new_id

Ready = Callable[[], Awaitable[Answer]]


@dataclass
class Room:
    """`leaves`: leaf -> device id, as SPEC S6.3 allocates them."""

    thread: str
    epoch: int = 0
    leaves: dict[int, str] = field(default_factory=dict)

    @classmethod
    async def of(cls, *members: Device, kind: str = "case", purpose: str = "direct-care-advice") -> Room:
        room = cls(await members[0].create_thread(kind, purpose), 0, {0: members[0].device})
        if members[1:]:
            assert (await room.commit(members[0], adds=members[1:])()).status == 200
            room.moved(adds=members[1:])
        return room

    def leaf(self, device: Device) -> int:
        return next(leaf for leaf, held in self.leaves.items() if held == device.device)

    def moved(self, adds: Sequence[Device] = (), removes: Sequence[Device] = ()) -> None:
        """A commit was accepted."""
        gone = [self.leaf(old) for old in removes]
        self.leaves = dict(allocate(self.leaves, gone, [new.device for new in adds]))
        self.epoch += 1

    def commit(self, by: Device, adds: Sequence[Device] = (), removes: Sequence[Device] = ()) -> Ready:
        packages = [mls.key_package(new.seed, new.device) for new in adds]
        gone = [self.leaf(old) for old in removes]
        raw = mls.commit(by.seed, by.device, self.thread, self.epoch, self.leaf(by), packages, gone)
        body = {
            "commit": encode_base64url(raw),
            "welcome": encode_base64url(mls.welcome()) if adds else None,
            "adds": [new.device for new in adds],
            "removes": [old.device for old in removes],
        }
        return partial(by.call, "POST", f"/api/threads/{self.thread}/commits", body)

    def say(self, by: Device, message: str | None = None) -> Ready:
        message = message or new_id("msg")
        raw = mls.private_message(self.thread, self.epoch, message, [])
        body = {"message": message, "epoch": self.epoch, "mls": encode_base64url(raw), "disclosures": []}
        return partial(by.call, "POST", f"/api/threads/{self.thread}/messages", body)

    async def ask(
        self, by: Device, scope: Scope, origin: str | None = None, preview: bool = False, **image: Any
    ) -> Answer:
        described = {
            "image": new_id("img"),
            "subject": scope.subject,
            "kind": "radiograph",
            "deidentified": False,
            "sensitive": [],
        }
        body = {"thread": self.thread, "epoch": self.epoch, "consent": scope.consent, "version": scope.version}
        body |= {"image": {**described, **image}, "origin": origin, "preview": preview}
        answer = await by.call("POST", "/api/disclosures", body)
        answer.data["asked"] = body
        return answer

    async def uploaded(self, by: Device, scope: Scope, data: bytes = b"sealed bytes") -> tuple[str, Ready]:
        """Asked for and uploaded: the disclosure, and the message that would attach it."""
        granted = await self.ask(by, scope)
        assert granted.status == 200, granted
        assert (await by.upload(granted.data["blob"], data)).status == 204
        return granted.data["disclosure"], self.declare(by, by.statement(granted, new_id("msg"), data))

    def declare(self, by: Device, statement: DisclosureStatement) -> Ready:
        """The message that declares it; sent again, it is the same bytes."""
        envelope = sign("disclosure", statement, by.device, by.seed)
        return self.post(by, statement.message, [envelope], [statement_hash(envelope)], statement.epoch)

    def post(
        self, by: Device, message: str, envelopes: list[Envelope], hashes: list[bytes], epoch: int | None = None
    ) -> Ready:
        """A message with these statements whose authenticated data declares these hashes, right or not."""
        epoch = self.epoch if epoch is None else epoch
        raw = encode_base64url(mls.private_message(self.thread, epoch, message, hashes))
        shown = [envelope_object(envelope) for envelope in envelopes]
        body = {"message": message, "epoch": epoch, "mls": raw, "disclosures": shown}
        return partial(by.call, "POST", f"/api/threads/{self.thread}/messages", body)

    async def attached(self, by: Device, scope: Scope) -> str:
        disclosure, send = await self.uploaded(by, scope)
        answer = await send()
        assert answer.status == 200, answer
        return disclosure
