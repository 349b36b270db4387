"""The package of a filing opens for its gateway alone, whole or not at all (S12.5)."""

import os

import pytest
from nacl import bindings
from nacl.public import PrivateKey, SealedBox

from inscope_protocol.failures import ProtocolError
from inscope_protocol.package import join_package, open_package, read_document, seal_package, split_package

SECRET = os.urandom(32)
PUBLIC = bindings.crypto_scalarmult_base(SECRET)
DOCUMENT, IMAGE = b'{"a":1}', os.urandom(70_000) + b"\0\0"


def refused(code: str, secret: bytes, sealed: bytes) -> None:
    with pytest.raises(ProtocolError) as failed:
        open_package(secret, sealed)
    assert failed.value.code == code


def test_it_opens_for_its_gateway_and_for_no_other() -> None:
    sealed = seal_package(PUBLIC, join_package(DOCUMENT, IMAGE), os.urandom(32))
    assert open_package(SECRET, sealed) == (DOCUMENT, IMAGE)
    refused("seal_broken", os.urandom(32), sealed)


def test_it_is_libsodiums_sealed_box() -> None:
    plain = join_package(DOCUMENT, IMAGE)
    assert SealedBox(PrivateKey(SECRET)).decrypt(seal_package(PUBLIC, plain, os.urandom(32))) == plain
    assert open_package(SECRET, SealedBox(PrivateKey(SECRET).public_key).encrypt(plain)) == (DOCUMENT, IMAGE)


@pytest.mark.parametrize("at", [0, 31, 32, 40, 1000, -1])
def test_a_changed_bit_breaks_the_seal(at: int) -> None:
    sealed = bytearray(seal_package(PUBLIC, join_package(DOCUMENT, IMAGE), os.urandom(32)))
    sealed[at] ^= 1
    refused("seal_broken", SECRET, bytes(sealed))


@pytest.mark.parametrize("cut", [0, 1, 47, 48, 1000])
def test_a_part_of_it_is_nothing(cut: int) -> None:
    refused("seal_broken", SECRET, seal_package(PUBLIC, join_package(DOCUMENT, IMAGE), os.urandom(32))[:cut])


def test_padding_and_length_are_the_only_ones() -> None:
    plain = join_package(DOCUMENT, IMAGE)
    for wrong in (plain[:-1] + b"\1", plain + b"\0", plain[:-1], (2**31).to_bytes(4, "big") + plain[4:], b"", b"\x80"):
        with pytest.raises(ProtocolError, match="seal_broken"):
            split_package(wrong)


@pytest.mark.parametrize("wrong", [b"", b"[]", b'{"filing":"fil_x"}', b"\xff", b"[" * 5000, b'{"a":1,"a":1}'])
def test_a_document_is_whole_and_says_nothing_twice(wrong: bytes) -> None:
    with pytest.raises(ProtocolError, match="malformed"):
        read_document(wrong)
