"""MLS leaves and key packages (RFC 9420 sections 7.2 and 10), as far as S6.1 allows them."""

from typing import NamedTuple

from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey

from .failures import ProtocolError
from .identifiers import Prefix, check_identifier
from .tls_encoding import Reader, malformed, write_opaque

MLS_VERSION = 1
WIRE_KEY_PACKAGE = 5
SUITE_X25519 = 3
SUITE_XWING = 61454
SUITES = (SUITE_XWING, SUITE_X25519)

CREDENTIAL_BASIC = 1
CREDENTIAL_X509 = 2
SOURCE_KEY_PACKAGE = 1
SOURCE_UPDATE = 2
SOURCE_COMMIT = 3
MOST_EXTENSIONS = 16
MOST_CERTIFICATES = 16


class LeafNode(NamedTuple):
    """A leaf as it is written, nothing judged yet. `signed` is LeafNodeTBS without its group part."""

    signature_key: bytes
    identity: bytes | None
    source: int
    lifetime: tuple[int, int]
    signed: bytes
    signature: bytes


class KeyPackage(NamedTuple):
    """A key package of S6.1. `raw` is the KeyPackage itself; `MLSMessage` puts `0001 0005` before it.

    `identity` is the device id; `not_before` and `not_after` are seconds since 1970, for the reader's clock.
    """

    suite: int
    signature_key: bytes
    identity: str
    not_before: int
    not_after: int
    raw: bytes


class WrittenKeyPackage(NamedTuple):
    """A key package as it is written, nothing judged yet. `signed` is KeyPackageTBS."""

    version: int
    suite: int
    leaf: LeafNode
    signed: bytes
    signature: bytes
    raw: bytes


def parse_key_package(data: bytes) -> KeyPackage:
    """An MLSMessage key package, both signatures verified. Fails with `malformed` or `bad_signature`."""
    reader = Reader(data)
    if (reader.uint(2), reader.uint(2)) != (MLS_VERSION, WIRE_KEY_PACKAGE):
        raise malformed("This is not an MLS key package.")
    written = read_key_package(reader)
    reader.end()
    package = accept_key_package(written)
    verify_key_package(written)
    return package


def read_key_package(reader: Reader) -> WrittenKeyPackage:
    start = reader.position
    version, suite = reader.uint(2), reader.uint(2)
    reader.opaque()  # init_key
    leaf = read_leaf_node(reader)
    reader.vector(_skip_extension, MOST_EXTENSIONS)
    signed = reader.since(start)
    signature = reader.opaque()
    return WrittenKeyPackage(version, suite, leaf, signed, signature, reader.since(start))


def accept_key_package(written: WrittenKeyPackage) -> KeyPackage:
    """The key package, if it is of S6.1's kind; its signatures are not looked at. Fails with `malformed`."""
    if written.version != MLS_VERSION or written.suite not in SUITES:
        raise malformed("This key package is of another version or suite.")
    identity = accept_leaf(written.leaf, SOURCE_KEY_PACKAGE)
    return KeyPackage(written.suite, written.leaf.signature_key, identity, *written.leaf.lifetime, written.raw)


def verify_key_package(written: WrittenKeyPackage) -> None:
    """Fails with `bad_signature`."""
    key = written.leaf.signature_key
    verify_with_label(key, b"LeafNodeTBS", written.leaf.signed, written.leaf.signature)
    verify_with_label(key, b"KeyPackageTBS", written.signed, written.signature)


def read_leaf_node(reader: Reader) -> LeafNode:
    start = reader.position
    reader.opaque()  # encryption_key
    signature_key = reader.opaque()
    identity = _read_credential(reader)
    for _ in range(5):  # capabilities: versions, cipher suites, extensions, proposals, credentials
        reader.codes()
    source, lifetime = _read_source(reader)
    reader.vector(_skip_extension, MOST_EXTENSIONS)
    signed = reader.since(start)
    return LeafNode(signature_key, identity, source, lifetime, signed, reader.opaque())


def accept_leaf(leaf: LeafNode, source: int) -> str:
    """The device id of a leaf with a basic credential, a 32-byte key and this source (S6.1).

    Fails with `malformed`.
    """
    if leaf.source != source or leaf.identity is None or len(leaf.signature_key) != 32:
        raise malformed("This leaf is not of the agreed kind.")
    return read_identifier_text(leaf.identity, "dev")


def read_identifier_text(data: bytes, prefix: Prefix) -> str:
    """An identifier in UTF-8. Fails with `malformed`."""
    try:
        return check_identifier(prefix, data.decode("ascii"))
    except UnicodeDecodeError as error:
        raise malformed("This is not an identifier.") from error


def verify_with_label(public_key: bytes, label: bytes, content: bytes, signature: bytes) -> None:
    """VerifyWithLabel for Ed25519 (RFC 9420 section 5.1.2). Fails with `bad_signature`."""
    try:
        VerifyKey(public_key).verify(write_opaque(b"MLS 1.0 " + label) + write_opaque(content), signature)
    except (CryptoError, ValueError) as error:
        raise ProtocolError("bad_signature", layer="framing") from error


def _read_credential(reader: Reader) -> bytes | None:
    kind = reader.uint(2)
    if kind == CREDENTIAL_BASIC:
        return reader.opaque()
    if kind == CREDENTIAL_X509:
        reader.vector(Reader.opaque, MOST_CERTIFICATES)
        return None
    raise malformed("This is not a known credential.")


def _read_source(reader: Reader) -> tuple[int, tuple[int, int]]:
    source = reader.uint(1)
    if source == SOURCE_KEY_PACKAGE:
        return source, (reader.uint(8), reader.uint(8))
    if source == SOURCE_COMMIT:
        reader.opaque()  # parent_hash
    elif source != SOURCE_UPDATE:
        raise malformed("This is not a known leaf source.")
    return source, (0, 0)


def _skip_extension(reader: Reader) -> None:
    reader.uint(2)
    reader.opaque()
