"""Images that came in numbered parts, before they came in pieces: what was attached is read on (SPEC S7.6)."""

from __future__ import annotations

from alembic import command
from sqlalchemy import text

from inscope_server.database import Database
from inscope_server.images.pieces import pieces_of, upload_of
from inscope_server.migrate import alembic_config, upgrade_database

DISCLOSURE = (
    "INSERT INTO disclosures (disclosure, thread, epoch, consent, version, image, subject, kind, deidentified, "
    "sensitive, blob, state, person, device, lapses_at) VALUES (:disclosure, 'thr_a', 0, 'con_a', 1, 'img_a', "
    "'sub_a', 'radiograph', :deidentified, '', :blob, :state, 'per_a', 'dev_a', 9)"
)
PART = "INSERT INTO blob_parts (blob, part, size, hash) VALUES (:blob, :part, :size, :hash)"
WHOLE = 1_048_576


async def test_parts_of_what_is_shared_become_its_pieces(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda one: command.upgrade(alembic_config(one), "0009"))
    states = ("live", "suspended", "pending", "destroyed")
    async with database.write() as tx:
        for state in states:
            blob = f"blb_{state}"
            said = {"disclosure": f"dis_{state}", "blob": blob, "state": state, "deidentified": False}
            await tx.execute(text(DISCLOSURE), said)
            for part, size in enumerate((WHOLE, WHOLE, 5)):
                await tx.execute(text(PART), {"blob": blob, "part": part, "size": size, "hash": b""})
    await upgrade_database(database)
    async with database.read() as tx:
        found = {state: await pieces_of(tx, f"blb_{state}") for state in states}
        assert await upload_of(tx, "blb_pending") is None
    await database.close()
    kept = [(0, WHOLE, "0"), (WHOLE, WHOLE, "1"), (2 * WHOLE, 5, "2")]
    for state, rows in found.items():
        assert [(row.start, row.size, row.object) for row in rows] == (
            kept if state in ("live", "suspended") else []
        ), state
