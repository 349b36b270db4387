"""Messages: durable before they are acknowledged, many in one commit, and each at most once (invariant 8).

Plain messages that arrive while a transaction is under way wait for the next one and share it. A message with images
has a transaction of its own, in which the gate decides again (SPEC S7.7).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from inscope_protocol.authenticated_data import parse_authenticated_data
from inscope_protocol.framing import PrivateMessage, parse_private_message
from inscope_protocol.statements import statement_hash

from ..caller import Caller
from ..database import Transaction
from ..errors import Refusal
from . import entry, rules, store
from .gate import GateRefusal
from .service import Threads

BATCH = 512


@dataclass
class Send:
    """One message on its way. `statements`: parsed envelopes; `disclosures`: the same, as the entry shows them."""

    caller: Caller
    thread: str
    message: str
    epoch: int
    mls: bytes
    framing: PrivateMessage
    statements: list[Any] = field(default_factory=list)
    disclosures: list[Any] = field(default_factory=list)
    answer: asyncio.Future[dict[str, int]] | None = None


def prepare(
    caller: Caller, thread: str, message: str, epoch: int, mls: bytes, statements: list[Any], shown: list[Any]
) -> Send:
    """Checks all that needs no database: framing, and that the authenticated data declares these statements (S6.4)."""
    framing = parse_private_message(mls)
    declared = parse_authenticated_data(framing.authenticated_data)
    if declared.message != message:
        raise Refusal("malformed", "The authenticated data names another message.")
    if list(declared.hashes) != [statement_hash(statement) for statement in statements]:
        raise Refusal("statement_mismatch", "The authenticated data declares other disclosures than the request.")
    return Send(caller, thread, message, epoch, mls, framing, statements, shown)


class Sending:
    """`send` returns {seq, at} once the message is on disk. `run` is the one writer; `stop` lets it finish."""

    def __init__(self, threads: Threads) -> None:
        self.threads = threads
        self.waiting: list[Send] = []
        self.arrived = asyncio.Event()
        self.rosters: dict[tuple[str, int], list[str]] = {}
        self.worker: asyncio.Task[None] | None = None
        self.stopping = False

    def start(self) -> None:
        self.worker = asyncio.create_task(self._run())

    async def stop(self) -> None:
        self.stopping = True
        self.arrived.set()
        if self.worker is not None:
            await self.worker

    async def send(self, send: Send) -> dict[str, int]:
        if send.statements:
            return await self._send_images(send)
        if self.stopping:
            raise Refusal("server_busy")
        send.answer = asyncio.get_running_loop().create_future()
        self.waiting.append(send)
        self.arrived.set()
        return await send.answer

    async def _run(self) -> None:
        while not (self.stopping and not self.waiting):
            await self.arrived.wait()
            self.arrived.clear()
            while self.waiting:
                batch, self.waiting = self.waiting[:BATCH], self.waiting[BATCH:]
                await self._write_or_fail(batch)

    async def _write_or_fail(self, batch: list[Send]) -> None:
        try:
            await self._write(batch)
        except Exception as error:
            for send in batch:
                if send.answer is not None and not send.answer.done():
                    send.answer.set_exception(error if isinstance(error, Refusal) else Refusal("server_busy"))

    async def _write(self, batch: list[Send]) -> None:
        """One transaction for all; answers and deliveries only after it has committed."""
        results: list[dict[str, int] | Refusal] = []
        deliveries: list[tuple[list[str], dict[str, Any]]] = []
        async with self.threads.database.write() as tx:
            locked = await store.lock(tx, sorted({send.thread for send in batch}))
            standing = {thread: [row.epoch, row.head] for thread, row in locked.items()}
            earlier = await store.already(tx, [(send.thread, send.message) for send in batch])
            rows: dict[tuple[str, str], dict[str, Any]] = {}
            for send in batch:
                results.append(await self._place(tx, send, standing, earlier, rows, deliveries))
            if rows:
                touched = {row["thread"] for row in rows.values()}
                moves = [{"of": t, "epoch": standing[t][0], "head": standing[t][1]} for t in sorted(touched)]
                await store.append(tx, list(rows.values()), moves)
        for send, result in zip(batch, results, strict=True):
            _answer(send, result)
        for devices, data in deliveries:
            await self.threads.delivery.entry(devices, data)

    async def _place(
        self,
        tx: Transaction,
        send: Send,
        standing: dict[str, list[int]],
        earlier: dict[tuple[str, str], Any],
        rows: dict[tuple[str, str], dict[str, Any]],
        deliveries: list[tuple[list[str], dict[str, Any]]],
    ) -> dict[str, int] | Refusal:
        """The sequence number and time of this message, or why it has none."""
        try:
            if send.thread not in standing:
                raise Refusal("not_found")
            epoch, head = standing[send.thread]
            devices = await self.roster(tx, send.thread, epoch)
            if send.caller.device not in devices:
                raise Refusal("not_found")
            key = (send.thread, send.message)
            if key in earlier:
                return _first_answer(send, earlier[key]._asdict())
            if key in rows:
                return _first_answer(send, rows[key])
            rules.check_message(send.framing, send.thread, send.epoch, epoch)
        except Refusal as refusal:
            return refusal
        at, seq = self.threads.clock.now(), head + 1
        standing[send.thread][1] = seq
        row = entry.message_row(
            send.thread, seq, at, send.caller.device, epoch, send.message, send.mls, send.disclosures
        )
        rows[key] = row
        deliveries.append((devices, entry.as_data(row)))
        return {"seq": seq, "at": at}

    async def roster(self, tx: Transaction, thread: str, epoch: int) -> list[str]:
        """Devices of a thread at an epoch. The pair never changes, so it may be remembered."""
        if (thread, epoch) not in self.rosters:
            if len(self.rosters) > 10_000:
                self.rosters.clear()
            self.rosters[(thread, epoch)] = [member.device for member in await self.threads.members(tx, thread)]
        return self.rosters[(thread, epoch)]

    async def _send_images(self, send: Send) -> dict[str, int]:
        try:
            async with self.threads.database.write() as tx:
                return await self._write_images(tx, send)
        except GateRefusal as refusal:
            await self.threads.gate.log_denials(refusal.denials)
            raise

    async def _write_images(self, tx: Transaction, send: Send) -> dict[str, int]:
        threads, thread = self.threads, send.thread
        await threads.require(tx, send.caller, thread)
        people = await threads.people(tx, thread)
        await threads.gate.before_attach(tx, thread, people, send.statements)
        row = (await store.lock(tx, [thread]))[thread]
        earlier = await store.already(tx, [(thread, send.message)])
        if earlier:
            return _first_answer(send, earlier[(thread, send.message)]._asdict())
        rules.check_message(send.framing, thread, send.epoch, row.epoch)
        devices = [member.device for member in await threads.members(tx, thread)]
        if send.caller.device not in devices:
            raise Refusal("not_found")
        await threads.gate.attach(tx, send.caller, thread, send.message, send.epoch, send.statements)
        seq, at = row.head + 1, threads.clock.now()
        record = entry.message_row(
            thread, seq, at, send.caller.device, row.epoch, send.message, send.mls, send.disclosures
        )
        await store.append(tx, [record], [{"of": thread, "head": seq, "epoch": row.epoch}])
        tx.after_commit(lambda: threads.delivery.entry(devices, entry.as_data(record)))
        return {"seq": seq, "at": at}


def _first_answer(send: Send, row: dict[str, Any]) -> dict[str, int]:
    """A repeat gets the first answer; other bytes under the same id are refused."""
    if row["device"] != send.caller.device or row["mls"] != send.mls:
        raise Refusal("malformed", "Another message already carries this id.")
    return {"seq": row["seq"], "at": row["at"]}


def _answer(send: Send, result: dict[str, int] | Refusal) -> None:
    if send.answer is None or send.answer.done():
        return
    if isinstance(result, Refusal):
        send.answer.set_exception(result)
    else:
        send.answer.set_result(result)
