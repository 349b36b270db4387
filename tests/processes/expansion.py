"""Whether one schema only adds to another: then processes of the release before go on writing and reading by it.

Expand in one release, contract in a later one. What is compared is the schema as the database itself tells it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Connection, inspect

Schema = dict[str, dict[str, Any]]
OWN = "alembic_version"


def schema_of(connection: Connection, only: Collection[str] | None = None) -> Schema:
    """Of each table, or of these: `columns` (name -> column), `key`, and what must be `unique` and so on."""
    told: Any = inspect(connection)
    of = {"filter_names": only}
    keys, indexes = told.get_multi_pk_constraint(**of), told.get_multi_indexes(**of)
    unique, references = told.get_multi_unique_constraints(**of), told.get_multi_foreign_keys(**of)
    checks = told.get_multi_check_constraints(**of)
    return {
        table[1]: {
            "columns": {column["name"]: column for column in columns},
            "key": tuple(keys[table]["constrained_columns"]),
            "unique": {tuple(one["column_names"]) for one in unique[table]}
            | {tuple(one["column_names"]) for one in indexes[table] if one["unique"]},
            "references": {tuple(one["constrained_columns"]) for one in references[table]},
            "checks": {one["sqltext"] for one in checks[table]},
        }
        for table, columns in told.get_multi_columns(**of).items()
        if table[1] != OWN
    }


def contractions(before: Schema, after: Schema) -> Iterator[str]:
    """What a process that knows `before` alone would stumble over in `after`."""
    for table, old in before.items():
        if table not in after:
            yield f"{table} is gone"
            continue
        new = after[table]
        yield from (f"{table}.{column} {how}" for column, how in _columns(old["columns"], new["columns"]))
        if new["key"] != old["key"]:
            yield f"{table} has another key"
        for kind in ("unique", "references"):
            # A rule about a column that the earlier release leaves empty never refuses what it writes.
            stricter = {columns for columns in new[kind] - old[kind] if set(columns) <= set(old["columns"])}
            yield from (f"{table}: {', '.join(columns)} must be {kind}" for columns in sorted(stricter))
        yield from (f"{table}: {check} is checked" for check in sorted(new["checks"] - old["checks"]))


def _columns(old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, column in old.items():
        if name not in new:
            yield name, "is gone"
        elif str(new[name]["type"]) != str(column["type"]):
            yield name, "has another type"
        elif column["nullable"] and not new[name]["nullable"]:
            yield name, "must be there"
    for name in new.keys() - old.keys():
        if not new[name]["nullable"] and new[name]["default"] is None:
            yield name, "must be there"
