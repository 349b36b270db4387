"""PostgreSQL for those peers whose makers say to use it: one cluster for each, that syncs, on the server's core."""

from __future__ import annotations

import asyncpg

from servers.postgres import Postgres

from ..meter import Meter


async def database(meter: Meter, script: str = "") -> tuple[Postgres, str]:
    """A cluster with an empty database in the C locale, as Synapse asks for; its name. Runs `script` in it."""
    postgres = Postgres(fsync=True)
    meter.watch(postgres.process.pid)
    connection = await asyncpg.connect(postgres.url().replace("+asyncpg", ""))
    await connection.execute("CREATE DATABASE peer ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    await connection.close()
    connection = await connect(postgres)
    await connection.execute(script or "SELECT 1")
    await connection.close()
    return postgres, "peer"


async def connect(postgres: Postgres) -> asyncpg.Connection:
    return await asyncpg.connect(host="127.0.0.1", port=postgres.port, user="postgres", database="peer")
