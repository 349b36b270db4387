"""One earlier message as it is shared with who joins later, verified as its author's own (SPEC S6.9)."""

from typing import Any, NamedTuple

from .encoding import encode_base64url, serialise
from .failures import ProtocolError
from .labels import payload_type
from .sealing import sealed_size
from .statements import Envelope, Signature, statement_hash, verify
from .types import DisclosureStatement, ImageManifest, ImagesBody, SharedContent, SharedMessage, convert


class Author(NamedTuple):
    """Whose device signed it, as the reader verified: `key` 32 bytes; `until`: when the device had ended, or will."""

    device: str
    person: str
    key: bytes
    until: int


class Joined(NamedTuple):
    """Where the reader came in: all that is shared is from before this epoch and this number of the log."""

    thread: str
    purpose: str
    epoch: int
    seq: int


def read_shared(item: dict[str, Any], author: Author, joined: Joined) -> SharedContent:
    """The content of a shared message, as parsed from the one spelling; key order is its writer's.

    Fails with `malformed`, `wrong_signer`, `bad_signature` or `not_as_declared`: it is shown without its body.
    """
    shared = convert(item, SharedMessage)
    verify(_signed("content", item["content"], author.device, shared.sig), "content", shared.content.device, author.key)
    _must(shared.content.person == author.person and shared.content.at < author.until, "wrong_signer")
    _must(shared.content.thread == joined.thread, "malformed")
    _must(shared.content.epoch < joined.epoch and shared.seq < joined.seq, "malformed")
    _check_images(item, shared, author, joined.purpose)
    return shared.content


def _check_images(item: dict[str, Any], shared: SharedMessage, author: Author, purpose: str) -> None:
    body = shared.content.body
    manifests = body.images if isinstance(body, ImagesBody) else ()
    _must(len(manifests) == len(shared.statements), "not_as_declared")
    for raw, declared, manifest in zip(item["statements"], shared.statements, manifests, strict=True):
        envelope = _signed("disclosure", raw["statement"], author.device, declared.sig)
        verify(envelope, "disclosure", author.device, author.key)
        _must(encode_base64url(statement_hash(envelope)) == manifest.statement_hash, "not_as_declared")
        _must(is_declared(declared.statement, manifest, shared.content, purpose), "not_as_declared")


def is_declared(statement: DisclosureStatement, manifest: ImageManifest, content: SharedContent, purpose: str) -> bool:
    """Whether a statement and a manifest speak of one disclosure, in this message by this author (S7.8)."""
    same = ("message", "thread", "epoch", "person", "device")
    return (
        all(getattr(statement, name) == getattr(content, name) for name in same)
        and (statement.disclosure, statement.blob) == (manifest.disclosure, manifest.blob)
        and (statement.purpose, statement.sealed_size) == (purpose, sealed_size(manifest.size))
    )


def _signed(name: str, payload: Any, device: str, sig: str) -> Envelope:
    """The statement again as it was signed: a payload has one spelling (S1.5)."""
    return Envelope(encode_base64url(serialise(payload)), payload_type(name), (Signature(device, sig),))


def _must(holds: bool, code: str) -> None:
    if not holds:
        raise ProtocolError(code, layer="framing")
