"""S7.2, S7.3, S7.6 beyond the shared cases."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inscope_protocol import sealing
from inscope_protocol.failures import ProtocolError
from inscope_protocol.opening import Sealing, open_sealed

from .cases import DISCLOSURE
from .cases_sealing import HEADER, KEY
from .mutations import mutated

SIZES = st.integers(0, 40) | st.sampled_from([65535, 65536, 98303, 98304, 131071, 131072, 300_000])


def declared(plaintext: bytes) -> Sealing:
    commitments = sealing.key_commitment(KEY), sealing.plaintext_commitment(KEY, plaintext)
    return Sealing(DISCLOSURE, len(plaintext), *commitments)


@settings(max_examples=40, deadline=None)
@given(SIZES, st.binary(min_size=1, max_size=7), st.binary(min_size=24, max_size=24))
def test_sealed_and_opened(size: int, unit: bytes, header: bytes) -> None:
    plaintext = (unit * (size // len(unit) + 1))[:size]
    sealed = sealing.seal(KEY, DISCLOSURE, plaintext, header)
    assert len(sealed) == sealing.sealed_size(size)
    assert sealed[:24] == header
    assert open_sealed(KEY, sealed, declared(plaintext)) == plaintext


SMALL = sealing.seal(KEY, DISCLOSURE, b"picture", HEADER)


@settings(max_examples=60, deadline=None)
@given(mutated([SMALL]))
def test_nothing_near_a_sealed_form_opens(sealed: bytes) -> None:
    if sealed == SMALL:
        return
    with pytest.raises(ProtocolError, match="seal_broken"):
        open_sealed(KEY, sealed, declared(b"picture"))


@given(st.binary(max_size=200))
def test_any_bytes(sealed: bytes) -> None:
    with pytest.raises(ProtocolError, match="seal_broken"):
        open_sealed(KEY, sealed, declared(b"picture"))


def test_buckets_are_those_of_the_page() -> None:
    powers = [2**k for k in range(16, 27)]
    between = [3 * 2 ** (k - 1) for k in range(16, 26)]
    assert list(sealing.BUCKETS) == sorted(powers + between)


@given(st.integers(0, 2**26 - 1))
def test_a_bucket_is_the_smallest_that_is_larger(size: int) -> None:
    chosen = sealing.bucket(size)
    assert chosen > size
    assert [bucket for bucket in sealing.BUCKETS if size < bucket < chosen] == []


@pytest.mark.parametrize(("size", "lengths"), [(0, [0]), (2**20, [2**20]), (2**20 + 1, [2**20, 1])])
def test_parts(size: int, lengths: list[int]) -> None:
    parts = list(sealing.blob_parts(bytes(size)))
    assert [len(part) for part in parts] == [length for length in lengths if length]
    assert b"".join(parts) == bytes(size)
