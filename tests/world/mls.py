"""MLS bytes that are framed and signed as the server checks them, with ciphertexts that nobody can open.

The server never sees inside a message, so tests of the server need no group secrets; the scenario tests, which run the
real session core, have real ones.
"""

from __future__ import annotations

import os

from nacl.signing import SigningKey

from inscope_protocol.authenticated_data import build_authenticated_data
from inscope_protocol.tls_encoding import write_opaque as opaque

SUITE = 61454
FAR = 2**40


def _codes(*values: int) -> bytes:
    return opaque(b"".join(value.to_bytes(2, "big") for value in values))


def _sign(seed: bytes, label: bytes, content: bytes) -> bytes:
    return SigningKey(seed).sign(opaque(b"MLS 1.0 " + label) + opaque(content)).signature


def _leaf(seed: bytes, device: str, source: bytes, placed: bytes = b"") -> bytes:
    key = bytes(SigningKey(seed).verify_key)
    capabilities = _codes(1) + _codes(SUITE) + _codes(0xF1C0) + _codes() + _codes(1)
    credential = (1).to_bytes(2, "big") + opaque(device.encode())
    body = opaque(os.urandom(32)) + opaque(key) + credential + capabilities + source + opaque(b"")
    return body + opaque(_sign(seed, b"LeafNodeTBS", body + placed))


def key_package(seed: bytes, device: str, suite: int = SUITE) -> bytes:
    """An MLSMessage key package of `device` (RFC 9420 section 10)."""
    source = b"\x01" + (0).to_bytes(8, "big") + FAR.to_bytes(8, "big")
    body = b"\x00\x01" + suite.to_bytes(2, "big") + opaque(os.urandom(32)) + _leaf(seed, device, source) + opaque(b"")
    return b"\x00\x01\x00\x05" + body + opaque(_sign(seed, b"KeyPackageTBS", body))


def commit(
    seed: bytes, device: str, thread: str, epoch: int, leaf: int, adds: list[bytes], removes: list[int]
) -> bytes:
    """An MLSMessage with a PublicMessage commit of inline adds (MLSMessage key packages) and removes (leaves)."""
    proposals = [b"\x01\x00\x01" + package[4:] for package in adds]
    proposals += [b"\x01\x00\x03" + gone.to_bytes(4, "big") for gone in removes]
    group = opaque(thread.encode())
    path = _leaf(seed, device, b"\x03" + opaque(b""), group + leaf.to_bytes(4, "big"))
    sender = b"\x01" + leaf.to_bytes(4, "big")
    content = group + epoch.to_bytes(8, "big") + sender + opaque(b"") + b"\x03"
    content += opaque(b"".join(proposals)) + b"\x01" + path + opaque(b"")
    return b"\x00\x01\x00\x01" + content + opaque(os.urandom(64)) + opaque(os.urandom(32)) + opaque(os.urandom(32))


def welcome() -> bytes:
    return b"\x00\x01\x00\x03" + os.urandom(200)


def private_message(thread: str, epoch: int, message: str, hashes: list[bytes], body: int = 200) -> bytes:
    """An MLSMessage with a PrivateMessage application message (RFC 9420 section 6.3)."""
    header = opaque(thread.encode()) + epoch.to_bytes(8, "big") + b"\x01"
    aad = opaque(build_authenticated_data(message, hashes))
    return b"\x00\x01\x00\x02" + header + aad + opaque(os.urandom(28)) + opaque(os.urandom(body))
