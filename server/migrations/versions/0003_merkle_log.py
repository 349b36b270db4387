"""the log is a Merkle tree instead of a hash chain"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from inscope_protocol.encoding import labelled_hash
from inscope_protocol.labels import AUDIT_ENTRY
from inscope_protocol.merkle import leaf_hash, node_hash

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BATCH = 1000

entries = sa.table(
    "audit_entries",
    sa.column("seq", sa.BigInteger()),
    sa.column("body", sa.LargeBinary()),
    sa.column("hash", sa.LargeBinary()),
)
nodes = sa.table(
    "audit_nodes",
    sa.column("upto", sa.BigInteger()),
    sa.column("level", sa.Integer()),
    sa.column("hash", sa.LargeBinary()),
)


def upgrade() -> None:
    """Every entry keeps its bytes. A chain that does not hold is not made into a tree that does."""
    head = op.get_bind().execute(sa.text("SELECT seq, hash FROM audit_head WHERE id = 1")).first()
    op.drop_table("audit_head")
    op.create_table(
        "audit_nodes",
        sa.Column("upto", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("upto", "level", name=op.f("pk_audit_nodes")),
    )
    new_head = op.create_table(
        "audit_head",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("log", sa.String(length=26), nullable=True),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    if head is not None:
        size, frontier = _chain_to_tree(head.seq, head.hash)
        op.bulk_insert(new_head, [{"id": 1, "size": size, "frontier": frontier}])


def _chain_to_tree(last: int, last_hash: bytes) -> tuple[int, bytes]:
    previous, size, frontier = bytes(32), 0, []
    for rows in _batches():
        leaves, completed = [], []
        for row in rows:
            previous, size, before = labelled_hash(AUDIT_ENTRY, previous, row.body), size + 1, size
            if row.seq != size or row.hash != previous:
                raise RuntimeError(f"the log does not hold from entry {size} on, and was left as it is")
            joined, level = leaf_hash(row.body), 0
            leaves.append({"number": size, "leaf": joined})
            while before & 1:
                joined, level, before = node_hash(frontier.pop(), joined), level + 1, before >> 1
                completed.append({"upto": size, "level": level, "hash": joined})
            frontier.append(joined)
        _write(leaves, completed)
    if (size, previous) != (last, last_hash):
        raise RuntimeError(f"the log does not hold from entry {min(size, last) + 1} on, and was left as it is")
    return size, b"".join(frontier)


def _batches() -> Iterator[list[Any]]:
    after, query = 0, sa.select(entries).order_by(entries.c.seq).limit(BATCH)
    while rows := list(op.get_bind().execute(query.where(entries.c.seq > after))):
        yield rows
        after = rows[-1].seq


def _write(leaves: list[dict[str, Any]], completed: list[dict[str, Any]]) -> None:
    change = sa.update(entries).where(entries.c.seq == sa.bindparam("number")).values(hash=sa.bindparam("leaf"))
    op.get_bind().execute(change, leaves)
    if completed:
        op.get_bind().execute(sa.insert(nodes), completed)


def downgrade() -> None:
    previous, size = bytes(32), 0
    for rows in _batches():
        links = []
        for row in rows:
            previous, size = labelled_hash(AUDIT_ENTRY, previous, row.body), row.seq
            links.append({"number": row.seq, "leaf": previous})
        _write(links, [])
    op.drop_table("audit_nodes")
    op.drop_table("audit_head")
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.bulk_insert(head, [{"id": 1, "seq": size, "hash": previous}])
