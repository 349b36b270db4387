"""The stored log: every proof it gives, and many who append at once."""

from __future__ import annotations

import asyncio
import random

import pytest

from inscope_protocol.encoding import decode_base64url
from inscope_protocol.merkle import leaf_hash, verify_consistency, verify_inclusion
from inscope_protocol.types import TreeHead
from inscope_server.audit.service import Audit
from inscope_server.clock import Clock
from inscope_server.database import Database, Transaction
from inscope_server.errors import Refusal
from protocol import naive_tree
from server.audit.ledger import Ledger, opening

SIZE = 40


async def test_every_proof_between_all_sizes_up_to_40(ledger: Ledger) -> None:
    assert decode_base64url((await ledger.head()).root) == naive_tree.root([])
    await ledger.record(SIZE)
    bodies = await ledger.bodies()
    roots = [naive_tree.root(bodies[:size]) for size in range(SIZE + 1)]
    assert decode_base64url((await ledger.head()).root) == roots[SIZE]
    for second in range(SIZE + 1):
        for first in range(second + 1):
            proof = await ledger.audit.consistency(first, second)
            assert verify_consistency(first, second, roots[first], roots[second], proof), (first, second)
        for index in range(second):
            proof = await ledger.audit.inclusion(index, second)
            assert verify_inclusion(leaf_hash(bodies[index]), index, second, proof, roots[second]), (index, second)


async def test_what_lies_beyond_the_log_is_not_found(ledger: Ledger) -> None:
    await ledger.record(3)
    for asked in (ledger.audit.inclusion(3, 3), ledger.audit.inclusion(0, 4), ledger.audit.inclusion(0, 0),
                  ledger.audit.consistency(1, 4), ledger.audit.consistency(3, 2)):  # fmt: skip
        with pytest.raises(Refusal, match="not_found"):
            await asked


async def test_what_is_rolled_back_leaves_no_trace(ledger: Ledger) -> None:
    await ledger.record(5)
    before = await ledger.head()

    async def fails(tx: Transaction) -> None:
        await ledger.audit.record(tx, opening())
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await ledger.database.run(fails)
    assert (await ledger.head()).root == before.root
    await ledger.record(3)
    assert await ledger.audit.verify([before]) is None


async def test_many_append_at_once_and_every_head_seen_meanwhile_is_consistent(ledger: Ledger) -> None:
    """Two connections' worth of writers, as two processes are; heads are read between them."""
    other = Database(ledger.database.url)
    audits = [ledger.audit, Audit(other, Clock(), ledger.audit.key)]
    heads: list[TreeHead] = []

    async def append(audit: Audit) -> None:
        await asyncio.sleep(random.random() / 50)
        await audit.record_denials([opening()])

    async def look() -> None:
        await asyncio.sleep(random.random() / 20)
        heads.append(await ledger.head())

    await asyncio.gather(*(append(audits[number % 2]) for number in range(60)), *(look() for _ in range(20)))
    await other.close()
    heads.append(await ledger.head())
    assert heads[-1].size == 60
    assert await ledger.audit.verify(heads) is None
    for head in heads:
        proof = await ledger.audit.consistency(head.size, 60)
        assert verify_consistency(head.size, 60, decode_base64url(head.root), decode_base64url(heads[-1].root), proof)
