"""Whoever holds the database changes the log: what was changed is found, and by which number."""

from __future__ import annotations

import json

import pytest

from inscope_protocol.merkle import leaf_hash
from inscope_server.audit import store
from inscope_server.audit.entry import COLUMNS, entry_bytes
from inscope_server.audit.tree import Frontier
from server.audit.ledger import Ledger

SIZE = 13


@pytest.fixture
async def full(ledger: Ledger) -> Ledger:
    await ledger.record(SIZE)
    assert await ledger.audit.verify() is None
    return ledger


async def found(ledger: Ledger, *heads: object) -> tuple[int, str]:
    fault = await ledger.audit.verify(heads)  # type: ignore[arg-type]
    assert fault is not None
    return fault.entry, str(fault)


async def edited(ledger: Ledger, number: int) -> bytes:
    fields = json.loads((await ledger.bodies())[number - 1])
    return entry_bytes({**fields, "outcome": "deny"})


async def cut(ledger: Ledger, size: int) -> None:
    """Takes the last entries out, with all that they completed."""
    await ledger.do("DELETE FROM audit_entries WHERE seq > :size", size=size)
    await ledger.do("DELETE FROM audit_nodes WHERE upto > :size", size=size)


async def put_head_back(ledger: Ledger, size: int) -> None:
    tree = Frontier()
    for body in (await ledger.bodies())[:size]:
        tree.append(leaf_hash(body))
    await ledger.do("UPDATE audit_head SET size = :size, frontier = :frontier", size=size, frontier=bytes(tree))


async def test_an_edited_entry_is_named(full: Ledger) -> None:
    await full.do("UPDATE audit_entries SET body = :body WHERE seq = 6", body=await edited(full, 6))
    assert await found(full) == (6, "entry 6 was edited")


async def test_bytes_that_are_no_entry_are_named(full: Ledger) -> None:
    await full.do("UPDATE audit_entries SET body = :body, hash = :leaf WHERE seq = 6", body=b"x", leaf=leaf_hash(b"x"))
    assert await found(full) == (6, "entry 6 was edited")


@pytest.mark.parametrize(
    ("column", "value"),
    [("at", 1), ("event", "ask"), ("person", None), ("disclosure", "dis_x"), ("outcome", "deny"), ("hash", b"x" * 32)],
)
async def test_a_column_that_says_something_else_is_named(full: Ledger, column: str, value: object) -> None:
    await full.do(f"UPDATE audit_entries SET {column} = :value WHERE seq = 13", value=value)
    assert column == "hash" or column in COLUMNS
    assert await found(full) == (13, "entry 13 was edited")


@pytest.mark.parametrize(("number", "first"), [(5, 5), (6, 5), (9, 9), (11, 11)])
async def test_an_entry_edited_with_its_hash_and_columns_does_not_fit_the_tree(
    full: Ledger, number: int, first: int
) -> None:
    body = await edited(full, number)
    await full.do(
        "UPDATE audit_entries SET body = :body, hash = :leaf, outcome = 'deny' WHERE seq = :number",
        body=body, leaf=leaf_hash(body), number=number,
    )  # fmt: skip
    entry, sentence = await found(full)
    assert (entry, "is not that of its entries" in sentence) == (first, True)


async def test_the_last_entry_edited_with_its_hash_does_not_fit_the_head(full: Ledger) -> None:
    body = await edited(full, SIZE)
    await full.do(
        "UPDATE audit_entries SET body = :body, hash = :leaf, outcome = 'deny' WHERE seq = 13",
        body=body, leaf=leaf_hash(body),
    )  # fmt: skip
    assert await found(full) == (13, "the head is not that of the first 13 entries")


@pytest.mark.parametrize("number", [1, 6, 12])
async def test_a_missing_entry_is_named(full: Ledger, number: int) -> None:
    await full.do("DELETE FROM audit_entries WHERE seq = :number", number=number)
    assert await found(full) == (number, f"entry {number} is missing")


async def test_entries_cut_off_are_noticed_by_the_head(full: Ledger) -> None:
    await cut(full, 10)
    assert await found(full) == (11, "entry 11 is missing: the log is cut short")


async def test_entries_cut_off_are_noticed_by_what_they_completed(full: Ledger) -> None:
    await full.do("DELETE FROM audit_entries WHERE seq > 10")
    await put_head_back(full, 10)
    assert await found(full) == (11, "entry 11 is missing: the log is cut short")


async def test_entries_cut_off_everywhere_are_noticed_by_a_saved_head_alone(full: Ledger) -> None:
    earlier, saved = await full.head(), None
    await full.record(4)
    saved = await full.head()
    await cut(full, SIZE + 1)
    await put_head_back(full, SIZE + 1)
    assert await full.audit.verify() is None
    assert await full.audit.verify([earlier]) is None
    entry, sentence = await found(full, earlier, saved)
    assert entry == SIZE + 2
    assert "a head was signed over 17 entries, and 14 are there" in sentence


async def test_a_log_rewritten_as_a_whole_is_noticed_by_a_saved_head_alone(full: Ledger) -> None:
    saved = await full.head()
    bodies = await full.bodies()
    bodies[2] = await edited(full, 3)
    await cut(full, 0)
    tree = Frontier()
    async with full.database.write() as tx:
        for body in bodies:
            fields, leaf = json.loads(body), leaf_hash(body)
            row = {name: fields[name] for name in COLUMNS}
            await store.append(tx, {**row, "body": body, "hash": leaf}, tree.append(leaf), tree)
    assert await full.audit.verify() is None
    assert await found(full, saved) == (1, "the first 13 entries are not those over which a head was signed")


@pytest.mark.parametrize(("upto", "level", "first"), [(2, 1, 1), (8, 3, 1), (12, 2, 9)])
async def test_a_stored_node_is_compared(full: Ledger, upto: int, level: int, first: int) -> None:
    where = "WHERE upto = :upto AND level = :level"
    await full.do(f"UPDATE audit_nodes SET hash = :hash {where}", hash=bytes(32), upto=upto, level=level)
    assert (await found(full))[0] == first
    await full.do(f"DELETE FROM audit_nodes {where}", upto=upto, level=level)
    assert (await found(full))[0] == first


async def test_a_node_that_nothing_completed_is_noticed(full: Ledger) -> None:
    await full.do("INSERT INTO audit_nodes (upto, level, hash) VALUES (7, 1, :hash)", hash=bytes(32))
    assert (await found(full))[0] == 7


async def test_the_head_row_is_compared(full: Ledger) -> None:
    await put_head_back(full, 9)
    assert await found(full) == (10, "entry 10 lies after the head")
    await full.do("UPDATE audit_head SET size = 13, frontier = :frontier", frontier=bytes(96))
    assert await found(full) == (13, "the head is not that of the first 13 entries")
