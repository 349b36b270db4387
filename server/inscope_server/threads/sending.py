"""Messages: durable before they are acknowledged, many in one commit, and each at most once (invariant 8).

Plain messages that arrive while a transaction is under way wait for the next one and share it. A message with images
has a transaction of its own, in which the gate decides again (SPEC S7.7).
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from sqlalchemy.exc import IntegrityError

from inscope_protocol.authenticated_data import parse_authenticated_data
from inscope_protocol.framing import parse_private_message
from inscope_protocol.statements import statement_hash

from ..caller import Caller
from ..database import Transaction
from ..errors import Refusal
from ..observing.instruments import BATCHES
from ..observing.spans import together, within
from . import entry, rules, store
from .batch import Batch, Send, Standing, first_answer, message_row
from .gate import GateRefusal
from .service import Threads

MOST = 512

log = logging.getLogger("inscope")


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
                batch, self.waiting = self.waiting[:MOST], self.waiting[MOST:]
                await self._write_or_fail(batch)

    async def _write_or_fail(self, batch: list[Send]) -> None:
        try:
            await self._write(batch)
        except Exception as error:
            log.error("messages were not written or not told: %s", type(error).__name__)
            for send in batch:
                if send.answer is not None and not send.answer.done():
                    send.answer.set_exception(error if isinstance(error, Refusal) else Refusal("server_busy"))

    async def _write(self, sends: list[Send]) -> None:
        """One transaction for all; answers and deliveries only after it has committed.

        Repeats are rare, so they are looked for only once the database has found one.
        """
        with together([send.span for send in sends]):
            try:
                batch = await self._transact(sends, look_for_repeats=False)
            except IntegrityError:
                batch = await self._transact(sends, look_for_repeats=True)
        BATCHES.observe(len(sends))
        for send, result in zip(sends, batch.results, strict=True):
            _answer(send, result)
        for span, devices, told in batch.deliveries:
            with within(span):
                await self.threads.delivery.entry(devices, told)

    async def _transact(self, sends: list[Send], *, look_for_repeats: bool) -> Batch:
        async with self.threads.database.write() as tx:
            standing = await self._standing(tx, sorted({send.thread for send in sends}))
            doubtful = [send.key for send in sends if look_for_repeats or _is_stale(send, standing)]
            repeats = await store.already(tx, doubtful) if doubtful else {}
            earlier = {key: row._asdict() for key, row in repeats.items()}
            batch = Batch(standing, earlier, self.threads.clock.now())
            for send in sends:
                batch.add(send)
            if batch.rows:
                await store.append(tx, list(batch.rows.values()), batch.advances())
        return batch

    async def _standing(self, tx: Transaction, threads: list[str]) -> dict[str, Standing]:
        locked = await store.lock(tx, threads)
        return {
            thread: Standing(row.epoch, row.head, await self.roster(tx, thread, row.epoch))
            for thread, row in locked.items()
        }

    async def roster(self, tx: Transaction, thread: str, epoch: int) -> list[str]:
        """Devices of a thread at an epoch. The pair never changes, so it may be remembered."""
        if (thread, epoch) not in self.rosters:
            if len(self.rosters) > 10_000:
                self.rosters.clear()
            self.rosters[(thread, epoch)] = [member.device for member in await self.threads.members(tx, thread)]
        return self.rosters[(thread, epoch)]

    async def _send_images(self, send: Send) -> dict[str, int]:
        try:
            return await self.threads.database.run(lambda tx: self._write_images(tx, send))
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
            return first_answer(send, earlier[(thread, send.message)]._asdict())
        rules.check_message(send.framing, thread, send.epoch, row.epoch)
        members = await threads.members(tx, thread)
        devices = [member.device for member in members]
        if send.caller.device not in devices:
            raise Refusal("not_found")
        await threads.gate.attach(tx, send.caller, row, members, send.message, send.statements)
        seq, at = row.head + 1, threads.clock.now()
        record = message_row(send, seq, at, row.epoch)
        await store.append(tx, [record], [{"of": thread, "head": seq, "epoch": row.epoch}])
        tx.after_commit(lambda: threads.delivery.entry(devices, entry.as_json(record)))
        return {"seq": seq, "at": at}


def _is_stale(send: Send, standing: dict[str, Standing]) -> bool:
    """From an epoch that is past: perhaps the repeat of a message that was stored in it."""
    return send.thread in standing and send.epoch != standing[send.thread].epoch


def _answer(send: Send, result: dict[str, int] | Refusal) -> None:
    if send.answer is None or send.answer.done():
        return
    if isinstance(result, Refusal):
        send.answer.set_exception(result)
    else:
        send.answer.set_result(result)
