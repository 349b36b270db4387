"""The cases of `history/`: earlier messages as they are shared with who joins later (S6.8, S6.9)."""

from typing import Any

from nacl.signing import SigningKey

from inscope_protocol.encoding import serialise
from inscope_protocol.labels import payload_type
from inscope_protocol.statements import parse_envelope, pre_authentication_encoding, statement_hash

from .cases import (
    CASE_THREAD,
    INTERN,
    LAPTOP,
    MESSAGE,
    NOW,
    PHONE,
    SOCIAL_THREAD,
    SPECIALIST,
    Case,
    b64,
    case,
    content,
    disclosure,
    filled,
    ident,
    manifest,
)
from .cases_annotations import arrow
from .cases_encoding import shaped, without
from .cases_statements import KEY, SEED, envelope_over

TEXT = {"kind": "text", "text": "Undisplaced. Backslab. \u00fc"}
AUTHOR = {"device": PHONE, "person": INTERN, "public_key": b64(KEY), "until": NOW + 1}
JOINED = {"thread": CASE_THREAD, "purpose": "direct-care-advice", "epoch": 5, "seq": 20}


def signature(name: str, payload: dict[str, Any], seed: bytes = SEED) -> str:
    return b64(SigningKey(seed).sign(pre_authentication_encoding(payload_type(name), serialise(payload))).signature)


def shared(body: dict[str, Any], statements: list[dict[str, Any]] | None = None, **changes: Any) -> dict[str, Any]:
    """As its author signed it; `changes` of the content are signed too."""
    said = content(body) | changes
    declared = [{"statement": one, "sig": signature("disclosure", one)} for one in statements or []]
    return {
        "kind": "message", "seq": 12, "at": NOW, "content": said, "sig": signature("content", said),
        "statements": declared,
    }  # fmt: skip


def image(**statement: Any) -> dict[str, Any]:
    """Of one image, whose manifest names the statement as it is signed."""
    declared = disclosure(sealed_size=65_577, **statement)
    return shared({"kind": "images", "caption": "", "images": [manifest(statement_hash=hash_of(declared))]}, [declared])


def hash_of(statement: dict[str, Any]) -> str:
    envelope = envelope_over(serialise(statement), payload_type("disclosure"), PHONE)
    return b64(statement_hash(parse_envelope(envelope)))


def read(name: str, item: dict[str, Any], fail: str | None = None, **changes: Any) -> Case:
    """`changes`: of the author or of where the reader joined."""
    given = {
        "item": item,
        "author": AUTHOR | {key: value for key, value in changes.items() if key in AUTHOR},
        "joined": JOINED | {key: value for key, value in changes.items() if key in JOINED},
    }
    if fail is not None:
        return case(name, "framing", "S6.9", "read_shared", given, fail=fail)
    return case(name, "framing", "S6.9", "read_shared", given, item["content"])


def texts() -> list[Case]:
    good = shared(TEXT)
    turned = dict(reversed(content(TEXT).items()))
    other = {**content(TEXT), "body": {**TEXT, "text": "Displaced."}}
    return [
        read("a text", good),
        read("a text whose keys its author wrote in another order",
             {**good, "content": turned, "sig": signature("content", turned)}),
        read("marks on an image", shared({"kind": "annotation", "disclosure": ident("dis", 1),
                                          "marks": [arrow("here", 1, 2, 3, 4)]})),
        read("a text with another word in it", {**good, "content": other}, "bad_signature"),
        read("a text signed by another device", {**good, "sig": signature("content", content(TEXT), filled(43))},
             "bad_signature"),
        read("a text signed as another kind of statement", {**good, "sig": signature("disclosure", content(TEXT))},
             "bad_signature"),
        read("a device that is not the one named", shared(TEXT, device=LAPTOP), "wrong_signer"),
        read("a person whose device it is not", shared(TEXT, person=SPECIALIST), "wrong_signer"),
        read("a device that had ended by then", good, "wrong_signer", until=NOW),
        read("another thread's", shared(TEXT, thread=SOCIAL_THREAD), "malformed"),
        read("from the epoch in which the reader joined", shared(TEXT, epoch=5), "malformed"),
        read("from the epoch before", shared(TEXT, epoch=4)),
        read("at the number at which the reader joined", {**good, "seq": 20}, "malformed"),
        read("at the number before", {**good, "seq": 19}),
        read("a text with a statement", {**good, "statements": image()["statements"]}, "not_as_declared"),
    ]  # fmt: skip


def images() -> list[Case]:
    good = image()
    (declared,) = good["statements"]
    twice = {**declared, "sig": signature("disclosure", declared["statement"], filled(43))}
    said = [
        ("disclosure", ident("dis", 9)), ("message", ident("msg", 9)), ("thread", SOCIAL_THREAD), ("epoch", 3),
        ("purpose", "teaching"), ("blob", ident("blb", 9)), ("person", SPECIALIST), ("device", LAPTOP),
    ]  # fmt: skip
    return [
        read("an image", good),
        read("an image without its statement", {**good, "statements": []}, "not_as_declared"),
        read("an image with the statement of another disclosure",
             {**good, "statements": image(disclosure=ident("dis", 9))["statements"]}, "not_as_declared"),
        read("a statement that another device signed", {**good, "statements": [twice]}, "bad_signature"),
        read("in a thread for another purpose", good, "not_as_declared", purpose="teaching"),
        *(read(f"a statement about another {name}", image(**{name: value}), "not_as_declared")
          for name, value in said),
        read("a statement about another size",
             shared({"kind": "images", "caption": "", "images": [
                 manifest(size=70_000, statement_hash=hash_of(disclosure()))]}, [disclosure()]), "not_as_declared"),
    ]  # fmt: skip


def withheld(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "withheld", "seq": 3, "at": NOW, "message": MESSAGE, "person": INTERN, "images": 1,
        "code": "consent_withdrawn",
    } | changes  # fmt: skip


def bodies() -> list[Case]:
    """What a content statement takes as a history, and what not."""
    reader = {"kind": "person", "person": SPECIALIST}
    good = {"kind": "history", "to": [reader], "items": [shared(TEXT), withheld()]}
    dots = [withheld(seq=1 + number) for number in range(201)]
    people = [{"kind": "person", "person": ident("per", number)} for number in range(17)]
    title = shared({"kind": "title", "title": "Leg"})
    nested = shared({**good, "items": [withheld()]})
    right = [
        ("a text and what is withheld", good),
        ("an image with its statement", good | {"items": [image()]}),
        ("to a device", good | {"to": [{"kind": "device", "device": LAPTOP}]}),
        ("to 16 people", good | {"to": people[:16]}),
        ("200 items", good | {"items": dots[:200]}),
        ("a message without images that is withheld", good | {"items": [withheld(images=0)]}),
    ]
    wrong: list[tuple[str, Any]] = [
        ("to nobody", good | {"to": []}),
        ("to 17 people", good | {"to": people}),
        ("to somebody twice", good | {"to": [reader] * 2}),
        ("to everybody", good | {"to": [{"kind": "thread", "thread": CASE_THREAD}]}),
        ("nothing", good | {"items": []}),
        ("201 items", good | {"items": dots}),
        ("an item twice", good | {"items": [withheld()] * 2}),
        ("an item of another kind", good | {"items": [withheld(kind="rumour")]}),
        ("a title among them", good | {"items": [title]}),
        ("a history among them", good | {"items": [nested]}),
        ("a signature of 63 bytes", good | {"items": [shared(TEXT) | {"sig": b64(filled(1, 63))}]}),
        ("a signature with bits to spare", good | {"items": [shared(TEXT) | {"sig": "A" * 85 + "B"}]}),
        ("a message without its place", good | {"items": [without(shared(TEXT), "seq")]}),
        ("a message at number 0", good | {"items": [shared(TEXT) | {"seq": 0}]}),
        ("a statement without its signature", good | {"items": [shared(TEXT) | {"statements": [
            {"statement": disclosure()}]}]}),
        ("17 statements", good | {"items": [shared(TEXT) | {"statements": [
            {"statement": disclosure(at=NOW + number), "sig": b64(filled(1, 64))} for number in range(17)]}]}),
        ("17 images that are withheld", good | {"items": [withheld(images=17)]}),
        ("a reason in words", good | {"items": [withheld(code="Because it ended.")]}),
        ("a withheld message with a text", good | {"items": [withheld(text="x")]}),
    ]  # fmt: skip
    return [shaped(f"history: {name}", "content", content(body), spec="S6.8") for name, body in right] + [
        shaped(f"history: {name}", "content", content(body), "malformed", "S6.8") for name, body in wrong
    ]


def files() -> dict[str, list[Case]]:
    return {"history/shared": [*texts(), *images()], "history/bodies": bodies()}
