"""The presentation language of MLS (RFC 9420 section 2.1), read strictly."""

from collections.abc import Callable
from typing import TypeVar

from .failures import ProtocolError

T = TypeVar("T")


def malformed(message: str) -> ProtocolError:
    return ProtocolError("malformed", message, layer="framing")


class Reader:
    """Reads from `data` front to back. Everything fails with `malformed`; nothing is skipped."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0

    def take(self, count: int) -> bytes:
        end = self.position + count
        if end > len(self._data):
            raise malformed("Bytes are missing.")
        taken = self._data[self.position : end]
        self.position = end
        return taken

    def uint(self, size: int) -> int:
        """An unsigned integer of `size` bytes."""
        return int.from_bytes(self.take(size), "big")

    def varint(self) -> int:
        """A length of 1, 2 or 4 bytes, in the shortest form that holds it."""
        first = self.uint(1)
        extra = (1 << (first >> 6)) - 1
        if extra > 3:
            raise malformed("This is not a length.")
        value = (first & 0x3F) << (8 * extra) | self.uint(extra)
        if extra and value < 1 << (8 * (extra // 2 + 1) - 2):
            raise malformed("A length is not in its shortest form.")
        return value

    def opaque(self) -> bytes:
        """`opaque<V>`."""
        return self.take(self.varint())

    def vector(self, read: Callable[["Reader"], T], most: int) -> list[T]:
        """`T items<V>`: items read until the given length is used up exactly; `most`, or it is refused unread."""
        inner = Reader(self.opaque())
        items: list[T] = []
        while not inner.at_end():
            if len(items) == most:
                raise malformed(f"These are more than {most}.")
            items.append(read(inner))
        return items

    def codes(self) -> None:
        """`uint16 codes<V>`, unread: any number of them costs the same."""
        if len(self.opaque()) % 2:
            raise malformed("Bytes are missing.")

    def since(self, start: int) -> bytes:
        """The bytes read since `position` was `start`."""
        return self._data[start : self.position]

    def at_end(self) -> bool:
        return self.position == len(self._data)

    def end(self) -> None:
        if not self.at_end():
            raise malformed("Bytes are left over.")


def write_varint(length: int) -> bytes:
    """The shortest form of a length below 2^30."""
    if length < 1 << 6:
        return length.to_bytes(1, "big")
    if length < 1 << 14:
        return (length | 1 << 14).to_bytes(2, "big")
    return (length | 2 << 30).to_bytes(4, "big")


def write_opaque(data: bytes) -> bytes:
    """`opaque<V>`."""
    return write_varint(len(data)) + data
