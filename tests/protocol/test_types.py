"""S1.6 beyond the shared cases: whatever is read reads the same again, and nothing else is ever raised."""

import copy
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inscope_protocol.encoding import serialise
from inscope_protocol.failures import ProtocolError
from inscope_protocol.types import PAYLOADS, Attestation, ImageDescriptor, convert, decode_payload, encode_payload

from .cases import attestation, payloads
from .mutations import mutated, read_or_refuse

NAMES = sorted(PAYLOADS)
SAMPLES = [serialise(payload) for payload in payloads().values()]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@pytest.mark.parametrize("name", NAMES)
def test_round_trip(name: str) -> None:
    data = serialise(payloads()[name])
    assert encode_payload(decode_payload(name, data)) == data


@given(st.sampled_from(NAMES), st.binary(max_size=60) | mutated(SAMPLES))
def test_any_bytes(name: str, data: bytes) -> None:
    payload = read_or_refuse(lambda source: decode_payload(name, source), data)
    if payload is not None:
        assert decode_payload(name, encode_payload(payload)) == payload


@given(st.sampled_from(NAMES), st.data())
def test_any_value_in_any_place(name: str, data: st.DataObject) -> None:
    value = copy.deepcopy(payloads()[name])
    holder: Any = value
    while True:
        places = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        place = data.draw(st.sampled_from(places))
        inner = holder[place]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            break
        holder = inner
    holder[place] = data.draw(ANYTHING)
    payload = read_or_refuse(lambda _: convert(value, PAYLOADS[name]), b"")
    if payload is not None:
        assert msgspec.json.decode(msgspec.json.encode(payload)) == value


@given(ANYTHING)
def test_any_value_at_the_top(value: Any) -> None:
    with pytest.raises(ProtocolError, match="malformed"):
        convert(value, ImageDescriptor)


def test_a_failure_does_not_quote_what_it_refuses() -> None:
    with pytest.raises(ProtocolError) as failure:
        convert(attestation(display_name=["Nguyen"]), Attestation)
    assert "Nguyen" not in f"{failure.value} {failure.value.__cause__}"
