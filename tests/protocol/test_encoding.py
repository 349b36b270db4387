"""S1.2, S1.4, S1.5 beyond the shared cases."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.bindings import crypto_generichash_blake2b_salt_personal as generichash

from inscope_protocol.encoding import (
    MAX_INTEGER,
    decode_base64url,
    encode_base64url,
    labelled_hash,
    labelled_mac,
    parse_canonical,
    serialise,
)
from inscope_protocol.failures import ProtocolError

from .mutations import mutated, read_or_refuse

KEYS = st.from_regex(r"[a-z][a-z_]{0,5}", fullmatch=True)
LEAVES = st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | st.text(max_size=20)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))
SAMPLES = [b'{"a":[1,"x",true,null,{"b":-5}]}', '{"text":"Ö\\n\\u0001😀"}'.encode(), b'"\\ud800"', b"[-0,1.5]"]


@given(VALUES)
def test_what_is_written_is_read(value: object) -> None:
    assert parse_canonical(serialise(value)) == value


@given(st.binary(max_size=60) | mutated(SAMPLES))
def test_what_is_read_has_one_spelling(data: bytes) -> None:
    value = read_or_refuse(parse_canonical, data)
    if value is not None:
        assert serialise(value) == data


@given(VALUES, st.sampled_from([{"indent": 1}, {"separators": (", ", ":")}, {"separators": (",", ": ")}]))
def test_any_other_spelling_is_refused(value: object, spelling: dict[str, object]) -> None:
    other = json.dumps(value, ensure_ascii=False, **spelling).encode()  # type: ignore[arg-type]
    if other != serialise(value):
        with pytest.raises(ProtocolError, match="not_canonical"):
            parse_canonical(other)


@given(st.binary(max_size=80))
def test_base64url_round_trip(data: bytes) -> None:
    text = encode_base64url(data)
    assert decode_base64url(text, len(data)) == data
    with pytest.raises(ProtocolError, match="malformed"):
        decode_base64url(text, len(data) + 1)


@given(st.text(alphabet="AQgwBZ_-", max_size=12))
def test_base64url_has_one_spelling(text: str) -> None:
    data = read_or_refuse(lambda spelled: decode_base64url(spelled.decode()), text.encode())
    if data is not None:
        assert encode_base64url(data) == text


def test_hash_is_what_the_page_says() -> None:
    """S1.4 written out by hand, by libsodium instead of the standard library."""
    framed = b"inscope/blob/v1\0" + b"\0\0\0\1a" + b"\0\0\0\0" + b"\0\0\1\0" + b"z" * 256
    assert labelled_hash("inscope/blob/v1", b"a", b"", b"z" * 256) == generichash(framed, digest_size=32)
    key = bytes(range(64))
    assert labelled_mac(key, "inscope/blob/v1", b"a", b"", b"z" * 256) == generichash(framed, digest_size=32, key=key)


@given(st.lists(st.binary(max_size=4), max_size=4), st.lists(st.binary(max_size=4), max_size=4))
def test_no_two_lists_of_fields_share_a_hash(one: list[bytes], other: list[bytes]) -> None:
    assert (labelled_hash("x", *one) == labelled_hash("x", *other)) == (one == other)
