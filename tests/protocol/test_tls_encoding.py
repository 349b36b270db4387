"""RFC 9420 section 2.1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inscope_protocol.failures import ProtocolError
from inscope_protocol.tls_encoding import Reader, write_opaque, write_varint

from .mutations import read_or_refuse


@pytest.mark.parametrize(
    ("written", "value"), [("9d7f3e7d", 494878333), ("7bbd", 15293), ("25", 37), ("00", 0), ("3f", 63)]
)
def test_the_lengths_of_the_rfc(written: str, value: int) -> None:
    assert Reader(bytes.fromhex(written)).varint() == value
    assert write_varint(value).hex() == written


@pytest.mark.parametrize("written", ["4025", "403f", "80000025", "80003fff", "c000000000000025", "ff", "40", "8000"])
def test_a_length_that_is_not_shortest_or_not_there(written: str) -> None:
    with pytest.raises(ProtocolError, match="malformed"):
        Reader(bytes.fromhex(written)).varint()


@given(st.integers(0, 2**30 - 1))
def test_round_trip(value: int) -> None:
    reader = Reader(write_varint(value))
    assert reader.varint() == value
    reader.end()


@given(st.binary(max_size=6))
def test_one_spelling(data: bytes) -> None:
    def read(source: bytes) -> int:
        reader = Reader(source)
        value = reader.varint()
        reader.end()
        return value

    value = read_or_refuse(read, data)
    if value is not None:
        assert write_varint(value) == data


def test_a_vector_ends_where_its_length_says() -> None:
    assert Reader(write_opaque(b"\0\1\0\2")).vector(lambda inner: inner.uint(2), 2) == [1, 2]
    with pytest.raises(ProtocolError, match="malformed"):
        Reader(write_opaque(b"\0\1\0")).vector(lambda inner: inner.uint(2), 2)
