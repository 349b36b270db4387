"""Foreign bytes: each reader answers them, or says no as it may. `make fuzz`: a million of them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from fuzz.parsers import PARSERS, Parser
from protocol.mutations import mutated

INPUTS = int(os.environ.get("INSCOPE_FUZZ_INPUTS", "0")) // len(PARSERS)
"""Of each reader; 0 for one short round. To go on where a run ended, or to see a round again: SEED and ROUND."""
SEED = int(os.environ.get("INSCOPE_FUZZ_SEED", "0")) or (time.time_ns() // 1000 if INPUTS else 1)
FIRST_ROUND = int(os.environ.get("INSCOPE_FUZZ_ROUND", "0"))
A_ROUND, SHORT_ROUND, MOMENT = 2_000, 200, 20
LARGEST = 4096


@contextmanager
def within_a_moment() -> Iterator[None]:
    """Ends a reader that would go on for ever."""

    def over(*_: object) -> None:
        raise AssertionError("it reads for ever")

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(MOMENT)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def read(parser: Parser, data: bytes) -> bool:
    """Whether it was read, not refused."""
    try:
        parser.read(data)
    except parser.refuses:
        return False
    return True


def round_of(parser: Parser, number: int, size: int) -> None:
    foreign = st.binary(max_size=LARGEST) | mutated(parser.right) | mutated(parser.right)

    @seed(SEED + number)
    @settings(
        max_examples=size, deadline=None, database=None, phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(data=foreign)
    def every(data: bytes) -> None:
        with within_a_moment():
            read(parser, data)

    every()


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)
def test_foreign_bytes_are_read_or_refused(parser: Parser) -> None:
    if not INPUTS:
        return round_of(parser, 0, SHORT_ROUND)
    for number in range(FIRST_ROUND, FIRST_ROUND + max(1, INPUTS // A_ROUND)):
        print(f"{parser.name}: INSCOPE_FUZZ_SEED={SEED} INSCOPE_FUZZ_ROUND={number}, {A_ROUND} inputs", flush=True)
        round_of(parser, number, A_ROUND)
    return None


DEEP = [mark * 100_000 for mark in (b"[", b'{"a":', b"a=[", b"(", b"%", b"[[", b"{a=")]
NOT_EVEN_TEXT = [
    b"",
    b"\x00",
    b"\xff" * 50,
    b"\xed\xa0\x80",
    b'"\\ud800"',
    b"9" * 5000,
    b"-" * 5000,
    "١".encode(),
    b"\xff\xfe[\x00",
]


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)
def test_what_is_deep_or_long_or_no_text_is_too(parser: Parser) -> None:
    for data in (*DEEP, *NOT_EVEN_TEXT, *(right + b"\x00" for right in parser.right)):
        with within_a_moment():
            read(parser, data)


def test_most_of_what_is_right_is_read() -> None:
    """Else what is changed a little would be refused for what it was before."""
    unread = [parser.name for parser in PARSERS if not any(read(parser, right) for right in parser.right)]
    assert sorted(unread) == sorted(BY_ITS_SURROUNDINGS)


BY_ITS_SURROUNDINGS = ["backup manifest", "record document"]
"""One names files that are not there, the other holds statements of many kinds: tests/protocol reads whole ones."""
