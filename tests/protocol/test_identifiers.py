"""S1.3 beyond the shared cases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inscope_protocol.failures import ProtocolError
from inscope_protocol.identifiers import (
    PREFIXES,
    check_identifier,
    identifier_bytes,
    is_identifier,
    make_identifier,
)


@given(st.sampled_from(PREFIXES), st.sampled_from(PREFIXES), st.binary(min_size=16, max_size=16))
def test_made_and_checked(prefix: str, other: str, random: bytes) -> None:
    identifier = make_identifier(prefix, random)  # type: ignore[arg-type]
    assert identifier_bytes(prefix, identifier) == random  # type: ignore[arg-type]
    assert is_identifier(other, identifier) == (other == prefix)  # type: ignore[arg-type]


def test_an_unknown_prefix_is_not_made() -> None:
    with pytest.raises(ProtocolError, match="malformed"):
        make_identifier("xyz", bytes(16))  # type: ignore[arg-type]


@given(st.text(max_size=30))
def test_any_text(text: str) -> None:
    with pytest.raises(ProtocolError, match="malformed"):
        check_identifier("per", text)
