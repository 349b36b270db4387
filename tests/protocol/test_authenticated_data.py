"""S6.4 beyond the shared cases."""

from hypothesis import given
from hypothesis import strategies as st

from inscope_protocol.authenticated_data import build_authenticated_data, parse_authenticated_data

from .cases import MESSAGE, filled
from .mutations import mutated, read_or_refuse

SAMPLES = [build_authenticated_data(MESSAGE, [filled(n) for n in range(count)]) for count in (0, 1, 16)]


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=16, unique=True))
def test_round_trip(hashes: list[bytes]) -> None:
    assert parse_authenticated_data(build_authenticated_data(MESSAGE, hashes)) == (MESSAGE, tuple(hashes))


@given(st.binary(max_size=120) | mutated(SAMPLES))
def test_what_is_read_has_one_spelling(data: bytes) -> None:
    parsed = read_or_refuse(parse_authenticated_data, data)
    if parsed is not None:
        assert build_authenticated_data(*parsed) == data
