"""One entry for each release and each denial, without patient data (invariant 10), in a tree that clients check."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import Any

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.merkle import leaf_hash
from inscope_protocol.types import TreeHead

from ..clock import Clock
from ..config import ConfigError
from ..database import Database, Transaction
from ..errors import Refusal
from ..observing.instruments import DENIED, LOGGED
from ..progress import stage
from . import denials, export, store
from .denials import Denial
from .entry import COLUMNS, Event, Happening, Outcome, entry_bytes
from .log_key import LogKey
from .recomputation import LogFault
from .tree import Frontier, Span, consistency_spans, inclusion_spans, proof_of, subtrees_of
from .verifying import verify_stored

__all__ = ["Audit", "Denial", "Event", "Happening", "LogFault", "Outcome"]


class Audit:
    """The append-only log (SPEC S10)."""

    def __init__(self, database: Database, clock: Clock, key: LogKey) -> None:
        self.database, self.clock, self.key = database, clock, key
        self.copied: Callable[[int], Awaitable[None]] | None = None  # Returns once a copy elsewhere has this entry too.

    async def record(self, tx: Transaction, happening: Happening) -> None:
        """Appends inside the caller's transaction: a release and its entry commit together or not at all."""
        await self.record_all(tx, [happening])

    async def record_all(self, tx: Transaction, happenings: Sequence[Happening]) -> None:
        """As `record`, an entry for each, in this order."""
        if not happenings:
            return
        tree, now = await store.lock_head(tx), self.clock.now()
        fields = [{**vars(one), "seq": tree.size + count, "at": now} for count, one in enumerate(happenings, 1)]
        await _append(tx, tree, [(each, entry_bytes(each)) for each in fields])
        tx.after_commit(lambda: self._recorded(happenings, tree.size))

    async def _recorded(self, happenings: Sequence[Happening], seq: int) -> None:
        """`seq`: of the last."""
        for happening in happenings:
            LOGGED.labels(happening.event, happening.outcome).inc()
            if happening.outcome == "deny":
                for reason in happening.reasons:
                    DENIED.labels(happening.event, reason["code"]).inc()
        if self.copied is not None:
            await self.copied(seq)

    async def record_denials(self, happenings: Sequence[Happening]) -> None:
        """Denials change nothing else: those of one request have a transaction of their own."""
        if happenings:
            async with self.database.write() as tx:
                await self.record_all(tx, happenings)

    async def of_disclosure(self, tx: Transaction, disclosure: str, event: Event) -> list[Any]:
        """Rows (seq, person, at, outcome, body) of one disclosure, oldest first."""
        return await store.of_disclosure(tx, disclosure, event)

    async def of_consent(
        self, tx: Transaction, consent: str, disclosures: Sequence[str], events: Sequence[Event]
    ) -> list[dict[str, Any]]:
        """Entries as hashed, oldest first: of these disclosures, and of asks that were denied and made none."""
        rows = await store.of_disclosures(tx, disclosures, events)
        rows += await store.denied_asks(tx) if "ask" in events else []
        found = {row.seq: json.loads(row.body) for row in rows}
        return [body for _, body in sorted(found.items()) if body["consent"] == consent]

    async def denials(
        self, tx: Transaction, people: Any, since: int, before: tuple[int, int] | None, most: int
    ) -> list[Denial]:
        """What was refused to these people since then, the newest first; as `denials.of_people`."""
        return await denials.of_people(tx, people, since, before, most)

    # What clients check

    def identity(self) -> dict[str, str]:
        """The log's identifier and key, as a session tells them (S10.3)."""
        return {"log": self.key.log, "key": encode_base64url(self.key.public)}

    async def head(self) -> dict[str, Any]:
        """The newest head, signed."""
        async with self.database.read() as tx:
            tree = await store.head_of(tx)
        return self.key.sign_head(tree.size, tree.root, self.clock.now())

    async def inclusion(self, index: int, size: int) -> list[bytes]:
        """The proof that entry `index` is in the tree of `size` entries; `not_found` beyond the log."""
        if index >= size:
            raise Refusal("not_found")
        return await self._proof(inclusion_spans(index, size), size)

    async def consistency(self, first: int, second: int) -> list[bytes]:
        """The proof that the tree of `second` entries begins with that of `first`; `not_found` beyond the log."""
        if first > second:
            raise Refusal("not_found")
        return await self._proof(consistency_spans(first, second), second)

    async def _proof(self, spans: list[Span], size: int) -> list[bytes]:
        async with self.database.read() as tx:
            if size > (await store.head_of(tx)).size:
                raise Refusal("not_found")
            wanted = {subtree for span in spans for subtree in subtrees_of(span)}
            return proof_of(spans, await store.hashes_of(tx, wanted))

    # What operators do

    def after(self, tx: Transaction, seq: int) -> AsyncIterator[list[Any]]:
        """Rows (seq, body) of the entries beyond this one, oldest first, a few at a time."""
        return store.batches(tx, seq)

    async def entry(self, tx: Transaction, seq: int) -> bytes | None:
        """The bytes of the entry of this number, if there is one."""
        return await store.body_of(tx, seq)

    async def again(self, tx: Transaction, body: bytes) -> None:
        """Appends an entry that this log had already, as it was: what a restored database lacks."""
        await _append(tx, await store.lock_head(tx), [(json.loads(body), body)])

    async def size(self, tx: Transaction) -> int:
        """How many entries there are."""
        return (await store.head_of(tx)).size

    async def stands_at(self, tx: Transaction, tree: Frontier) -> bool:
        """Whether the log's tree is this one."""
        head = await store.head_of(tx)
        return (head.size, bytes(head)) == (tree.size, bytes(tree))

    async def settle_key(self) -> None:
        """A log has one key for ever. Raises ConfigError when this database's log has another."""
        async with self.database.write() as tx:
            if await store.signer(tx, self.key.log, self.key.public) != (self.key.log, self.key.public):
                raise ConfigError(
                    "log_key_file holds another key than the one that signs this database's log. All processes "
                    "need the same file: copy it from another one, or restore it from the backup. If it is lost: "
                    "inscope log accept-key."
                )

    async def is_of_another_key(self) -> bool:
        """Whether this database's log is signed with another key than this process has. Changes nothing."""
        async with self.database.read() as tx:
            return await store.signed_by(tx) not in (None, (self.key.log, self.key.public))

    async def accept_key(self) -> bool:
        """From now on this key signs the log. Every device that pinned another raises an alarm, as it should.

        False where it is this key that signs already: then nothing changes.
        """
        own = (self.key.log, self.key.public)
        async with self.database.write() as tx:
            changes = await store.signed_by(tx) != own
            if changes:
                await store.replace_signer(tx, *own)
        return changes

    def saved_head(self, source: bytes) -> TreeHead:
        """A head of this log that was saved earlier or comes from a client. Raises ProtocolError for anything else."""
        return export.read_head(source, self.key.log, self.key.public)

    async def verify(self, saved: Iterable[TreeHead] = ()) -> LogFault | None:
        """Recomputes the whole tree and compares all that is stored, and these heads; the first fault, or None."""
        try:
            async with self.database.read() as tx:
                await verify_stored(tx, saved)
        except LogFault as fault:
            return fault
        return None

    async def export(self, write: Callable[[bytes], Any]) -> int:
        """Writes the log, line by line, up to its newest head (S10.7); how many entries that is."""
        async with self.database.read() as tx:
            tree = await store.head_of(tx)
            head = self.key.sign_head(tree.size, tree.root, self.clock.now())
            write(export.first_line(self.key.log, self.key.public, head))
            with stage("Entries of the log", tree.size) as advance:
                async for rows in store.batches(tx):
                    for row in rows:
                        if row.seq <= tree.size:
                            write(row.body + b"\n")
                    advance(len(rows))
        return tree.size


async def _append(tx: Transaction, tree: Frontier, entries: Sequence[tuple[dict[str, Any], bytes]]) -> None:
    """Each: its fields, and its exact bytes."""
    rows, completed = [], []
    for fields, body in entries:
        leaf = leaf_hash(body)
        rows.append({**{name: fields[name] for name in COLUMNS}, "body": body, "hash": leaf})
        completed += tree.append(leaf)
    await store.append(tx, rows, completed, tree)
