"""A table: as wide as the terminal, or, in a pipe, one line a row, however long, of text and spaces alone."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any, TextIO

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as Drawn
from rich.text import Text

from .plain import plain

WIDEST = 100_000
WIDEST_NAME = 32


@dataclass(frozen=True)
class Column:
    """`under`: an identifier, which on a terminal stands below the cell before it, and is never broken in two."""

    title: str
    under: bool = False


def show(columns: Sequence[Column], rows: Sequence[Sequence[str]], stream: TextIO | None = None) -> None:
    """Cells are as wide as their characters are on a terminal (Unicode, UAX 11)."""
    stream = stream or sys.stdout
    rows = [[plain(cell) for cell in row] for row in rows]
    if stream.isatty():
        Console(file=stream, highlight=False).print(_for_terminal(columns, rows))
    else:
        stream.write(_for_pipe(columns, rows))


def show_list(
    as_json: bool, listed: Sequence[Any], columns: Sequence[Column], rows: Sequence[Sequence[str]], nothing: str
) -> None:
    """`listed` as data for programs, in ASCII whatever the names are; else `rows`, or `nothing` where there is none."""
    if as_json:
        print(json.dumps(listed, indent=2))
    elif rows:
        show(columns, rows)
    else:
        print(nothing)


def _for_terminal(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> Drawn:
    table = Drawn(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for first, end in _groups(columns):
        title = Text("\n".join(column.title for column in columns[first:end]))
        width = _width([row[first:end] for row in rows]) if end > first + 1 else None
        table.add_column(title, overflow="fold", header_style="bold", width=width)
    for row in rows:
        table.add_row(*(_cell(row[first:end]) for first, end in _groups(columns)))
    return table


def _groups(columns: Sequence[Column]) -> Iterator[tuple[int, int]]:
    """Where each column of the terminal begins and ends among ours."""
    starts = [place for place, column in enumerate(columns) if not column.under]
    return zip(starts, [*starts[1:], len(columns)], strict=True)


def _width(cells: Sequence[Sequence[str]]) -> int:
    """Of a column with identifiers: as theirs, and more only where a name needs it, up to WIDEST_NAME."""
    names = max((cell_len(lines[0]) for lines in cells), default=0)
    return max(min(names, WIDEST_NAME), *(len(line) for lines in cells for line in lines[1:]))


def _cell(lines: Sequence[str]) -> Text:
    return Text("\n").join([Text(lines[0]), *(Text(line, "dim") for line in lines[1:])])


def _for_pipe(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> str:
    table = Drawn(*(column.title for column in columns), box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    written = StringIO()
    Console(file=written, width=WIDEST, force_terminal=False, color_system=None).print(table)
    return "".join(line.rstrip() + "\n" for line in written.getvalue().splitlines())
