"""InScope's own extensions: what a scope says and FHIR has no element for (SPEC S11.3).

Numbers are decimal texts: FHIR's integers end at 2^31. `conditions` is a modifier: who does not know it must not act on
the provision, since it takes away.
"""

from __future__ import annotations

from typing import Any

from .codes import BASE, Json
from .references import reference, refers_to

VERSION, TAKEN, ASKED, CONDITIONS, AUTHORITY = (
    f"{BASE}StructureDefinition/{name}"
    for name in ("consent-version", "consent-taken", "asked-for", "conditions", "representative-authority")
)
WITNESS = "http://hl7.org/fhir/StructureDefinition/consent-Witness"  # HL7's own, in R4 and in the R5 extension pack


class Unlike(Exception):
    """What is read is not as InScope writes it."""


def leaf(url: str, kind: str, value: Any) -> Json:
    return {"url": url, f"value{kind}": value}


def said(url: str, kind: str, value: Any) -> list[Json]:
    """None says nothing."""
    return [] if value is None else [leaf(url, kind, value)]


def group(url: str, parts: list[Json]) -> Json:
    return {"url": url, "extension": parts}


def one(parts: Any, url: str, kind: str) -> Any:
    """The value of the one extension of this url, or None where there is none. Raises Unlike for two."""
    values = many(parts, url, kind)
    if len(values) > 1:
        raise Unlike(url)
    return values[0] if values else None


def many(parts: Any, url: str, kind: str) -> list[Any]:
    key = "extension" if kind == "Group" else f"value{kind}"
    return [part[key] for part in parts or [] if part["url"] == url]


def number(text: Any) -> int:
    if not isinstance(text, str) or not text.isdecimal() or not text.isascii() or len(text) > 16:
        raise Unlike("a number")
    return int(text)


def version(scope: Json) -> Json:
    """Which version this is, of whom, and what it commits to; times to the millisecond, whatever their year."""
    by = scope["recorded_by"]
    names = [name for name in ("person", "device", "authority") if name in by]
    return group(VERSION, [
        leaf("version", "String", str(scope["version"])),
        *said("previous", "String", scope["previous"]),
        leaf("decision", "Code", scope["decision"]),
        *[leaf(f"recorded-by-{name}", "Reference", reference(name, by[name])) for name in names],
        leaf("recorded-at", "String", str(scope["recorded_at"])),
        leaf("valid-from", "String", str(scope["valid_from"])),
        leaf("valid-until", "String", str(scope["valid_until"])),
        leaf("record-commitment", "String", scope["record_commitment"]),
    ])  # fmt: skip


def to_version(parts: Any) -> Json:
    by: Json = {}
    for name in ("person", "device", "authority"):
        referred = one(parts, f"recorded-by-{name}", "Reference")
        by |= {} if referred is None else {name: refers_to(name, referred)}
    return {
        "version": number(one(parts, "version", "String")),
        "previous": one(parts, "previous", "String"),
        "decision": one(parts, "decision", "Code"),
        "recorded_by": {"kind": "patient" if "authority" in by else "clinician", **by},
        "recorded_at": number(one(parts, "recorded-at", "String")),
        "valid_from": number(one(parts, "valid-from", "String")),
        "valid_until": number(one(parts, "valid-until", "String")),
        "record_commitment": one(parts, "record-commitment", "String"),
    }


WORDS = ("how", "interpreter", "assent", "reason")


def taken(scope: Json) -> list[Json]:
    """How the answer was taken; the witness in HL7's own extension, a representative in a RelatedPerson."""
    how = scope["taken"]
    parts = [leaf("basis", "Code", scope["basis"])]
    for word in WORDS:
        parts += said(word, "Code", how[word])
    parts += [] if how["sheet"] is None else [group("sheet", _sheet(how["sheet"]))]
    parts += said("answer", "String", how["answer"])
    witness = None if how["witness"] is None else reference("person", how["witness"])
    return [group(TAKEN, parts), *said(WITNESS, "Reference", witness)]


def _sheet(sheet: Json) -> list[Json]:
    return [
        leaf("sheet", "Code", sheet["sheet"]),
        leaf("version", "String", str(sheet["version"])),
        leaf("language", "Code", sheet["language"]),
        leaf("text", "String", sheet["text"]),
    ]


def to_taken(extensions: Any) -> tuple[str, Json]:
    """(basis, taken), without the representative."""
    parts = one(extensions, TAKEN, "Group")
    witness, sheet = one(extensions, WITNESS, "Reference"), one(parts, "sheet", "Group")
    return one(parts, "basis", "Code"), {
        **{word: one(parts, word, "Code") for word in WORDS},
        "witness": None if witness is None else refers_to("person", witness),
        "sheet": None if sheet is None else _to_sheet(sheet),
        "answer": one(parts, "answer", "String"),
    }


def _to_sheet(parts: Any) -> Json:
    return {
        "sheet": one(parts, "sheet", "Code"),
        "version": number(one(parts, "version", "String")),
        "language": one(parts, "language", "Code"),
        "text": one(parts, "text", "String"),
    }


def conditions(scope: Json) -> Json:
    said_of = scope["conditions"]
    return group(CONDITIONS, [
        leaf("deidentified-only", "Boolean", said_of["deidentified_only"]),
        leaf("no-onward-sharing", "Boolean", said_of["no_onward_sharing"]),
        *[leaf("image-kind", "Code", kind) for kind in said_of["image_kinds"]],
        *[leaf("sensitive", "Code", kind) for kind in said_of["sensitive"]],
    ])  # fmt: skip


def to_conditions(parts: Any) -> Json:
    return {
        "deidentified_only": one(parts, "deidentified-only", "Boolean"),
        "no_onward_sharing": one(parts, "no-onward-sharing", "Boolean"),
        "image_kinds": many(parts, "image-kind", "Code"),
        "sensitive": many(parts, "sensitive", "Code"),
    }
