"""Bytes that were nearly right: what every reader must refuse with a ProtocolError, or read."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from inscope_protocol.failures import ProtocolError


@st.composite
def mutated(draw: st.DrawFn, samples: list[bytes]) -> bytes:
    """A sample with one to four bytes changed, put in, taken out, a slice doubled, or its end cut."""
    data = bytearray(draw(st.sampled_from(samples)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        match draw(st.sampled_from(["change", "insert", "delete", "double", "cut"])):
            case "change" if at < len(data):
                data[at] = draw(st.integers(0, 255))
            case "insert":
                data[at:at] = draw(st.binary(min_size=1, max_size=8))
            case "delete":
                del data[at : at + draw(st.integers(1, 8))]
            case "double":
                data[at:at] = data[at : at + draw(st.integers(1, 64))]
            case "cut" if draw(st.booleans()):
                del data[at:]
    return bytes(data)


def read_or_refuse(read: Callable[[bytes], Any], data: bytes) -> Any:
    """What `read` makes of `data`, or None when it refuses as it may. Anything else it raises fails the test."""
    try:
        return read(data)
    except ProtocolError:  # which cannot be made with a code that S8 does not have
        return None
