"""The cases of `encoding/` and `labels/`: identifiers, bytes, hashes, spelling and shape (S1.2 to S1.6)."""

import copy
import json
from pathlib import Path
from typing import Any

from inscope_protocol import encoding, labels
from inscope_protocol.identifiers import PREFIXES

from .cases import (
    AUTHORITY,
    CASE_THREAD,
    CLINIC,
    CONSENT,
    HOSPITAL,
    HOUR,
    INTERN,
    NOW,
    PARENT,
    PHONE,
    RADIOLOGY,
    Case,
    answer,
    attestation,
    b64,
    case,
    consent_status,
    content,
    disclosure,
    filing,
    filing_receipt,
    filled,
    gateway_request,
    ident,
    manifest,
    on,
    payloads,
    scope,
    taken,
)
from .cases_annotations import arrow, line, words

SHEETS = Path(__file__).parents[2] / "config" / "sheets"


def spelled(name: str, source: bytes | str, ok: Any = None, fail: str | None = None) -> Case:
    data = source.encode() if isinstance(source, str) else source
    given = {"bytes": b64(data)}
    if fail:
        return case(name, "json", "S1.5", "parse_canonical", given, fail=fail)
    return case(name, "json", "S1.5", "parse_canonical", given, ok)


def spelling() -> list[Case]:
    good = [
        ("an object", '{"a":1}', {"a": 1}),
        ("keys in the writer's order", '{"b":1,"a":2}', {"b": 1, "a": 2}),
        ("a list", '[1,"x",true,false,null]', [1, "x", True, False, None]),
        ("empty object, list and text", '[{},[],""]', [{}, [], ""]),
        ("text at the top", '"x"', "x"),
        ("largest integer", "9007199254740991", 2**53 - 1),
        ("smallest integer", "-9007199254740991", 1 - 2**53),
        ("zero", "0", 0),
        ("letters beyond ASCII as themselves", '"Öé漢😀"', "Öé漢😀"),
        ("line separators and delete as themselves", '"\u2028\u2029\u007f"', "\u2028\u2029\u007f"),
        ("the short escapes", r'"\"\\\b\f\n\r\t"', '"\\\b\f\n\r\t'),
        ("other control characters in lower case", r'"\u0000\u001f"', "\0\u001f"),
        ("a slash is not escaped", '"/"', "/"),
        ("a noncharacter", '"\uffff"', "\uffff"),
        ("no normal form is imposed", '"e\u0301é"', "e\u0301é"),
        ("a byte-order mark inside text", '"\ufeff"', "\ufeff"),
        ("16 deep", "[" * 16 + "]" * 16, json.loads("[" * 16 + "]" * 16)),
    ]
    bad: list[tuple[str, bytes | str]] = [
        ("empty", ""),
        ("a key twice", '{"a":1,"a":1}'),
        ("a key twice, deep inside", '{"a":[{"b":1,"b":2}]}'),
        ("a space after a colon", '{"a": 1}'),
        ("a space after a comma", '{"a":1, "b":2}'),
        ("a space before", ' {"a":1}'),
        ("a newline at the end", '{"a":1}\n'),
        ("a byte after the end", '{"a":1}x'),
        ("a second value", "1 2"),
        ("a byte-order mark", "\ufeff{}"),
        ("an escaped slash", r'"\/"'),
        ("an escaped letter", r'"\u0061"'),
        ("an escaped letter beyond ASCII", r'"\u00d6"'),
        ("an escaped pair of surrogates", r'"\ud83d\ude00"'),
        ("a control character in upper case", r'"\u001F"'),
        ("a newline in the long form", r'"\u000a"'),
        ("delete, escaped", r'"\u007f"'),
        ("a control character as itself", '"\x01"'),
        ("a lone high surrogate, escaped", r'"\ud800"'),
        ("a lone low surrogate, escaped", r'"\udc00"'),
        ("a lone surrogate as a key", r'{"\ud800":1}'),
        ("a lone surrogate in bytes", b'"\xed\xa0\x80"'),
        ("an overlong character", b'"\xc0\xaf"'),
        ("bytes that are not UTF-8", b'"\xff"'),
        ("UTF-16", '{"a":1}'.encode("utf-16-le")),
        ("a fraction", "1.5"),
        ("a fraction that is whole", "1.0"),
        ("an exponent", "1e3"),
        ("an exponent in upper case", "1E3"),
        ("an exponent beyond all numbers", "1e999"),
        ("minus zero", "-0"),
        ("a plus sign", "+1"),
        ("a leading zero", "01"),
        ("one more than the largest integer", "9007199254740992"),
        ("one less than the smallest integer", "-9007199254740992"),
        ("an integer that a float rounds", "9007199254740993"),
        ("an integer of 400 digits", "1" * 400),
        ("an integer of 5000 digits", "1" * 5000),
        ("not a number", "NaN"),
        ("infinity", "Infinity"),
        ("minus infinity", "[-Infinity]"),
        ("single quotes", "{'a':1}"),
        ("a trailing comma", "[1,]"),
        ("a comment", "[1/**/]"),
        ("cut short", '{"a":'),
        ("an unclosed text", '"a'),
        ("a numeric key", '{"1":1}'),
        ("numeric keys in falling order", '{"b":1,"2":1,"1":1}'),
        ("a key in upper case", '{"A":1}'),
        ("an empty key", '{"":1}'),
        ("the key __proto__", '{"__proto__":1}'),
        ("a key with a newline at its end", r'{"a\n":1}'),
        ("17 deep", "[" * 17 + "]" * 17),
        ("5000 deep", "[" * 5000 + "]" * 5000),
        ("20000 objects deep", '{"a":' * 10000 + "1" + "}" * 10000),
    ]
    return [spelled(name, data, ok) for name, data, ok in good] + [
        spelled(name, data, fail="not_canonical") for name, data in bad
    ]


def shaped(name: str, payload: str, value: Any, fail: str | None = None, spec: str = "S1.6") -> Case:
    data = value if isinstance(value, bytes) else encoding.serialise(value)
    given = {"name": payload, "bytes": b64(data)}
    if fail:
        return case(name, "shape", spec, "decode_payload", given, fail=fail)
    return case(name, "shape", spec, "decode_payload", given, value)


def changed(value: dict[str, Any], *path: Any, to: Any) -> dict[str, Any]:
    whole = copy.deepcopy(value)
    inner: Any = whole
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = to
    return whole


def without(value: dict[str, Any], *path: Any) -> dict[str, Any]:
    whole = copy.deepcopy(value)
    inner: Any = whole
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return whole


def every_field() -> list[Case]:
    """Each field of each payload, missing, null where it may not be, of another type; and one unknown field more."""
    nullable = {
        ("attestation", "registration"),
        ("consent", "previous"),
        ("answer", "previous"),
        ("disclosure", "origin"),
        ("disclosure", "preview_of"),
        ("content", "log_head"),
        ("filing-receipt", "code"),
    }
    cases = []
    for payload, value in payloads().items():
        cases.append(shaped(f"{payload}: good", payload, value, spec="S3.5"))
        cases.append(shaped(f"{payload}: keys in another order", payload, dict(reversed(value.items())), spec="S3.5"))
        cases.append(shaped(f"{payload}: a field more", payload, value | {"more": 1}, "malformed"))
        for field, inner in value.items():
            cases.append(shaped(f"{payload}: without {field}", payload, without(value, field), "malformed"))
            other = 7 if not isinstance(inner, int) else str(inner)
            cases.append(shaped(f"{payload}: {field} of another type", payload, value | {field: other}, "malformed"))
            if (payload, field) not in nullable:
                cases.append(shaped(f"{payload}: {field} null", payload, value | {field: None}, "malformed"))
    for payload in payloads():
        cases += [shaped(f"{payload}: {name}", payload, other, "malformed") for name, other in
                  (("a list", []), ("text", "x"), ("null", None), ("nothing in it", {}))]  # fmt: skip
    return cases


TEAM = {"kind": "team", "organisation": CLINIC, "team": RADIOLOGY}


def for_role(role: str) -> dict[str, Any]:
    return scope(recipients=[{"kind": "role", "organisation": CLINIC, "role": role}])


def in_language(language: str) -> dict[str, Any]:
    return changed(scope(), "taken", "sheet", "language", to=language)


def scopes() -> list[Case]:
    base = scope()
    good = [
        ("empty lists", changed(base | {"purposes": [], "recipients": []}, "conditions", "image_kinds", to=[])),
        ("every recipient kind", base | {"recipients": [
            {"kind": "person", "person": INTERN}, TEAM,
            {"kind": "organisation", "organisation": CLINIC},
            {"kind": "role", "organisation": CLINIC, "role": "gp"}, {"kind": "group", "thread": CASE_THREAD}]}),
        ("kind last among an entry's keys", base | {"recipients": [{"person": INTERN, "kind": "person"}]}),
        ("200 recipients", base | {"recipients": [{"kind": "person", "person": ident("per", n)} for n in range(200)]}),
        ("nothing about how it was taken", base | {"taken": taken(how="written")}),
        ("version 2 follows version 1", base | {"version": 2, "previous": b64(filled(1))}),
        ("one millisecond long", base | {"valid_from": NOW, "valid_until": NOW + 1}),
        ("the longest time", base | {"valid_from": 0, "valid_until": 2**53 - 1}),
        ("a role of 48 characters", for_role("a" * 48)),
        ("a language of 35 characters", in_language("en-" + "abcdefgh-" * 3 + "abcde")),
        ("a language in two letters", in_language("en")),
        *good_practice(base),
    ]  # fmt: skip
    bad = [
        ("201 recipients", base | {"recipients": [{"kind": "person", "person": ident("per", n)} for n in range(201)]}),
        ("a recipient twice", base | {"recipients": [TEAM] * 2}),
        ("a recipient twice, keys in another order", base | {"recipients": [
            TEAM, dict(reversed(TEAM.items()))]}),
        ("a purpose twice", base | {"purposes": ["teaching", "teaching"]}),
        ("a kind of image twice", changed(base, "conditions", "image_kinds", to=["scan", "scan"])),
        ("purpose none", base | {"purposes": ["none"]}),
        ("an unknown purpose", base | {"purposes": ["marketing"]}),
        ("an unknown decision", base | {"decision": "maybe"}),
        ("a decision in upper case", base | {"decision": "Given"}),
        ("an unknown basis", base | {"basis": "implied"}),
        ("an unknown way of taking", changed(base, "taken", "how", to="assumed")),
        ("an unknown kind of image", changed(base, "conditions", "image_kinds", to=["video"])),
        ("a condition that is 1", changed(base, "conditions", "deidentified_only", to=1)),
        ("a condition that is text", changed(base, "conditions", "no_onward_sharing", to="false")),
        ("a condition that is null", changed(base, "conditions", "no_onward_sharing", to=None)),
        ("an unknown condition", changed(base, "conditions", "more", to=True)),
        ("without a condition", without(base, "conditions", "image_kinds")),
        ("an unknown kind of recipient", base | {"recipients": [{"kind": "everybody"}]}),
        ("a recipient without kind", base | {"recipients": [{"person": INTERN}]}),
        ("a recipient with a field of another kind", base | {"recipients": [
            {"kind": "person", "person": INTERN, "team": RADIOLOGY}]}),
        ("a recipient that is only text", base | {"recipients": [INTERN]}),
        ("a person recipient with a team's id", base | {"recipients": [{"kind": "person", "person": RADIOLOGY}]}),
        ("a team recipient without organisation", base | {"recipients": [{"kind": "team", "team": RADIOLOGY}]}),
        ("a team recipient whose organisation is null", base | {"recipients": [TEAM | {"organisation": None}]}),
        ("a role recipient without organisation", base | {"recipients": [{"kind": "role", "role": "gp"}]}),
        ("an empty role", for_role("")),
        ("a role of 49 characters", for_role("a" * 49)),
        ("a role with a capital", for_role("Gp")),
        ("a role that begins with a digit", for_role("1a")),
        ("a role with a newline at its end", for_role("gp\n")),
        ("it ends as it begins", base | {"valid_from": NOW, "valid_until": NOW}),
        ("it ends before it begins", base | {"valid_from": NOW, "valid_until": NOW - 1}),
        ("a negative time", base | {"valid_from": -1}),
        ("version 0", base | {"version": 0}),
        ("version 1 that follows something", base | {"previous": b64(filled(1))}),
        ("version 2 that follows nothing", base | {"version": 2}),
        ("previous of 31 bytes", base | {"version": 2, "previous": b64(filled(1, 31))}),
        ("previous with unused bits set", base | {"version": 2, "previous": b64(filled(1))[:-1] + "F"}),
        ("a witness that is no id", changed(base, "taken", "witness", to="Ada")),
        ("a sheet without its text's hash", without(base, "taken", "sheet", "text")),
        ("a sheet's text hash of 31 bytes", changed(base, "taken", "sheet", "text", to=b64(filled(8, 31)))),
        ("a sheet of version 0", changed(base, "taken", "sheet", "version", to=0)),
        ("a language of 36 characters", in_language("en-" + "abcdefgh-" * 3 + "abcdef")),
        ("a language of one letter", in_language("e")),
        ("a language with an underscore", in_language("en_AU")),
        ("an empty language", in_language("")),
        ("a recorder without device", without(base, "recorded_by", "device")),
        *bad_practice(base),
    ]  # fmt: skip
    return [shaped(f"consent: {name}", "consent", value, spec="S5.1") for name, value in good] + [
        shaped(f"consent: {name}", "consent", value, "malformed", "S5.1") for name, value in bad
    ]


def good_practice(base: dict[str, Any]) -> list[tuple[str, Any]]:
    represented = base | on("guardian")
    later = base | {"version": 2, "previous": b64(filled(1))}
    return [
        ("of a young person who understands", base | on("young-person")),
        ("by a parent", represented),
        ("by a proxy, and the patient asked too", base | on("substitute-decision-maker")
         | {"taken": taken(representative={"relation": "friend-or-carer", "authority": "nominated"}, assent="unable")}),
        ("a child that said no", represented | {"taken": taken(representative=PARENT, assent="refused")}),
        ("an emergency of 24 hours", base | on("emergency") | {"valid_from": NOW, "valid_until": NOW + 24 * HOUR}),
        ("through an interpreter by telephone", base | {"taken": taken(interpreter="telephone")}),
        ("by the patient's own answer", base | {"taken": taken(how="electronic", answer=b64(filled(4)))}),
        ("delicate images", changed(base, "conditions", "sensitive", to=["identifiable", "intimate"])),
        ("the patient's own version", later | {"recorded_by": {"kind": "patient", "authority": AUTHORITY}}),
    ]  # fmt: skip


def bad_practice(base: dict[str, Any]) -> list[tuple[str, Any]]:
    represented, emergency = base | on("guardian"), base | on("emergency")
    return [
        ("a guardian who is not named", base | {"basis": "guardian"}),
        ("a substitute decision-maker who is not named", base | {"basis": "substitute-decision-maker"}),
        ("a representative of a patient who answered", represented | {"basis": "patient"}),
        ("assent of a patient who answered", base | {"taken": taken(assent="given")}),
        ("an emergency without reason", base | {"basis": "emergency"}),
        ("a reason without emergency", emergency | {"basis": "patient"}),
        ("an emergency of 24 hours and a millisecond",
         emergency | {"valid_from": NOW, "valid_until": NOW + 24 * HOUR + 1}),
        ("an unknown relation", changed(represented, "taken", "representative", "relation", to="neighbour")),
        ("an unknown authority", changed(represented, "taken", "representative", "authority", to="custom")),
        ("a representative's name", changed(represented, "taken", "representative", "name", to="Ada")),
        ("an unknown interpreter", base | {"taken": taken(interpreter="machine")}),
        ("an unknown assent", changed(represented, "taken", "assent", to="maybe")),
        ("an unknown reason", changed(emergency, "taken", "reason", to="asleep")),
        ("a sheet without its text", without(base, "taken", "sheet", "text")),
        ("a sheet whose text is short", changed(base, "taken", "sheet", "text", to=b64(filled(8, 31)))),
        ("an answer that is no hash", base | {"taken": taken(answer="yes")}),
        ("an unknown delicacy", changed(base, "conditions", "sensitive", to=["embarrassing"])),
        ("a delicacy twice", changed(base, "conditions", "sensitive", to=["intimate", "intimate"])),
        ("no policy", without(base, "policy")),
        ("a policy of version 0", changed(base, "policy", "version", to=0)),
        ("a policy with a capital", changed(base, "policy", "profile", to="AU")),
        ("a recorder without kind", without(base, "recorded_by", "kind")),
        ("a recorder of another kind", changed(base, "recorded_by", "kind", to="robot")),
        ("a patient with a device", base | {"version": 2, "previous": b64(filled(1)), "recorded_by":
            {"kind": "patient", "authority": AUTHORITY, "device": PHONE}}),
        ("a first version by the patient", base | {"recorded_by": {"kind": "patient", "authority": AUTHORITY}}),
        ("a patient without authority", base | {"version": 2, "previous": b64(filled(1)),
                                                "recorded_by": {"kind": "patient"}}),
    ]  # fmt: skip


def messages() -> list[Case]:
    images = {"kind": "images", "caption": "", "images": [manifest()]}
    many = [manifest(disclosure=ident("dis", number)) for number in range(17)]
    drawn = {"kind": "annotation", "disclosure": ident("dis", 1), "marks": [arrow("here", 0, 0, 16384, 16384)]}
    dots = [words("x", number, 0) for number in range(25)]
    good = [
        ("empty text", {"kind": "text", "text": ""}),
        ("16 KiB of text", {"kind": "text", "text": "x" * 16384}),
        ("16 KiB of text in 4-byte characters", {"kind": "text", "text": "😀" * 4096}),
        ("a title of 120 characters", {"kind": "title", "title": "x" * 120}),
        ("a title of 120 characters beyond the first plane", {"kind": "title", "title": "😀" * 120}),
        ("an image", images),
        ("16 images", images | {"images": many[:16]}),
        ("no images", images | {"images": []}),
        ("an image about which little is known", images | {"images": [
            manifest(taken_at=None, body_site=None, laterality=None)]}),
        ("the smallest image", images | {"images": [manifest(size=1, width=1, height=1)]}),
        ("the largest image", images | {"images": [manifest(size=2**26 - 1, width=16384, height=16384)]}),
        ("a body site of 80 characters beyond the first plane", images | {"images": [manifest(body_site="😀" * 80)]}),
        ("a consent record", {"kind": "consent-record", "consent": ident("con", 1), "version": 1, "record": "{}"}),
        ("an image that is not calibrated", images | {"images": [manifest(pixel_spacing=None)]}),
        ("the widest pixels", images | {"images": [manifest(pixel_spacing={"row": 10**8, "column": 1})]}),
        ("an arrow over the largest image", drawn),
        ("a line, an arrow without words, and words", drawn | {"marks": [line(1, 2, 3, 4), arrow("", 1, 2, 3, 4),
                                                                         words("here", 1, 2)]}),
        ("no marks", drawn | {"marks": []}),
        ("24 marks", drawn | {"marks": dots[:24]}),
        ("somebody who leaves", {"kind": "leaving"}),
        ("80 characters beyond the first plane at an arrow", drawn | {"marks": [arrow("😀" * 80, 0, 0, 1, 1)]}),
    ]  # fmt: skip
    bad: list[tuple[str, Any]] = [
        ("one byte more than 16 KiB", {"kind": "text", "text": "x" * 16385}),
        ("more than 16 KiB in few characters", {"kind": "text", "text": "é" * 8193}),
        ("a title of 121 characters", {"kind": "title", "title": "x" * 121}),
        ("a title of 121 characters beyond the first plane", {"kind": "title", "title": "😀" * 121}),
        ("an unknown kind of body", {"kind": "video", "text": ""}),
        ("a body without kind", {"text": ""}),
        ("somebody who leaves for somebody else", {"kind": "leaving", "person": ident("per", 1)}),
        ("a text with an image", {"kind": "text", "text": "", "images": []}),
        ("17 images", images | {"images": many}),
        ("an image twice", images | {"images": [manifest()] * 2}),
        ("images without caption", {"kind": "images", "images": []}),
        ("an SVG", images | {"images": [manifest(media_type="image/svg+xml")]}),
        ("a size of 0", images | {"images": [manifest(size=0)]}),
        ("a size of 64 MiB", images | {"images": [manifest(size=2**26)]}),
        ("a width of 0", images | {"images": [manifest(width=0)]}),
        ("a width of 16385", images | {"images": [manifest(width=16385)]}),
        ("a height of 16385", images | {"images": [manifest(height=16385)]}),
        ("a body site of 81 characters", images | {"images": [manifest(body_site="x" * 81)]}),
        ("an unknown side", images | {"images": [manifest(laterality="middle")]}),
        ("a client half of 16 bytes", images | {"images": [manifest(client_half=b64(filled(1, 16)))]}),
        ("a blob id with another prefix", images | {"images": [manifest(blob=ident("img", 1))]}),
        ("a consent record of version 0", {"kind": "consent-record", "consent": ident("con", 1), "version": 0,
                                           "record": ""}),
        ("an image without its calibration", images | {"images": [without(manifest(), "pixel_spacing")]}),
        ("pixels of no width", images | {"images": [manifest(pixel_spacing={"row": 1, "column": 0})]}),
        ("pixels wider than 10 cm", images | {"images": [manifest(pixel_spacing={"row": 10**8 + 1, "column": 1})]}),
        ("pixels in millimetres", images | {"images": [manifest(pixel_spacing={"row": "0.139", "column": "0.139"})]}),
        ("25 marks", drawn | {"marks": dots}),
        ("a mark twice", drawn | {"marks": [words("x", 0, 0)] * 2}),
        ("an arrow without a direction", drawn | {"marks": [arrow("", 5, 5, 5, 5)]}),
        ("a line without a length", drawn | {"marks": [line(5, 5, 5, 5)]}),
        ("words that are empty", drawn | {"marks": [words("", 0, 0)]}),
        ("words of 81 characters", drawn | {"marks": [words("x" * 81, 0, 0)]}),
        ("an arrow beyond the largest image", drawn | {"marks": [arrow("", 0, 0, 16385, 0)]}),
        ("a line to the left of the image", drawn | {"marks": [line(-1, 0, 5, 5)]}),
        ("a point that is text", drawn | {"marks": [words("x", 0, 0) | {"at": {"x": "5", "y": 0}}]}),
        ("a picture among the marks", drawn | {"marks": [{"kind": "image", "at": {"x": 0, "y": 0}, "text": "x"}]}),
        ("a measure that is told", drawn | {"marks": [line(0, 0, 5, 5) | {"text": "3 mm"}]}),
        ("marks on no disclosure", drawn | {"disclosure": ident("img", 1)}),
    ]  # fmt: skip
    return [shaped(f"content: {name}", "content", content(body), spec="S6.5") for name, body in good] + [
        shaped(f"content: {name}", "content", content(body), "malformed", "S6.5") for name, body in bad
    ]


def log_heads() -> list[Case]:
    text = content({"kind": "text", "text": ""})
    root = b64(filled(15))
    heads: dict[str, Any] = {"none": None, "of nothing": {"size": 0, "root": root}}
    bad: dict[str, Any] = {
        "a negative size": {"size": -1, "root": root}, "a size that is text": {"size": "7", "root": root},
        "a root of 31 bytes": {"size": 7, "root": b64(filled(15, 31))}, "no root": {"size": 7},
        "a time": {"size": 7, "root": root, "at": NOW},
    }  # fmt: skip
    return [
        *(shaped(f"log head: {name}", "content", text | {"log_head": head}, spec="S6.5")
          for name, head in heads.items()),
        *(shaped(f"log head: {name}", "content", text | {"log_head": head}, "malformed", "S6.5")
          for name, head in bad.items()),
        shaped("content: without its log head", "content", without(text, "log_head"), "malformed", "S6.5"),
    ]  # fmt: skip


def others() -> list[Case]:
    known = payloads()["organisations"]
    own, neighbour = known["organisations"]
    sign_in, request = payloads()["sign-in"], payloads()["request"]
    good = [
        ("attestation", "no registration", attestation(registration=None)),
        ("attestation", "no roles and teams", attestation(roles=[], teams=[])),
        ("attestation", "200 roles", attestation(roles=[f"r{number}" for number in range(200)])),
        ("attestation", "an empty name", attestation(display_name="")),
        ("organisations", "only its own", known | {"organisations": [own]}),
        ("disclosure", "forwarded", disclosure(origin=ident("dis", 9))),
        ("disclosure", "the largest sealed form", disclosure(sealed_size=24 + 2**26 + 1024 * 17)),
        ("answer", "a refusal", answer(decision="refused", purposes=[], recipients=[])),
        ("answer", "to a wider question", answer(previous=b64(filled(1)))),
        ("consent-status", "of nothing, for a millisecond", consent_status(consents=[], valid_until=NOW + 1)),
        ("gateway-request", "what there is to file", gateway_request(ask="filings", filing=None)),
        ("filing", "the largest package", filing(package_size=2**26 + 48)),
        ("filing-receipt", "a refusal", filing_receipt(outcome="refused", location=None, code="image_mismatch")),
        *(("filing-receipt", f"in a {one}", filing_receipt(target=one)) for one in ("folder", "fhir", "dicom")),
        ("sign-in", "a nonce of 16 bytes", sign_in | {"nonce": b64(filled(6, 16))}),
        ("sign-in", "a nonce of 17 bytes", sign_in | {"nonce": b64(filled(6, 17))}),
        ("sign-in", "a nonce of 18 bytes", sign_in | {"nonce": b64(filled(6, 18))}),
        ("sign-in", "a nonce of 64 bytes", sign_in | {"nonce": b64(filled(6, 64))}),
    ]
    bad: list[tuple[str, str, Any]] = [
        ("attestation", "a role twice", attestation(roles=["gp", "gp"])),
        ("attestation", "a team twice", attestation(teams=[RADIOLOGY] * 2)),
        ("attestation", "201 roles", attestation(roles=[f"r{number}" for number in range(201)])),
        ("attestation", "a negative serial", attestation(serial=-1)),
        ("attestation", "a serial that is true", attestation(serial=True)),
        ("attestation", "a registration without number", attestation(registration={"authority": "Board"})),
        ("attestation", "a registration that is text", attestation(registration="MED0001234")),
        ("attestation", "a key of 31 bytes", attestation(identity_key=b64(filled(7, 31)))),
        ("attestation", "a key of 33 bytes", attestation(identity_key=b64(filled(7, 33)))),
        ("attestation", "a key with padding", attestation(identity_key=b64(filled(7)) + "=")),
        ("attestation", "a key in the other alphabet", attestation(identity_key="+" * 42 + "8")),
        ("attestation", "a key with unused bits set", attestation(identity_key=b64(filled(7))[:-1] + "d")),
        ("attestation", "a key with a newline at its end", attestation(identity_key=b64(filled(7)) + "\n")),
        ("attestation", "a name of more than 16 KiB", attestation(display_name="é" * 8193)),
        ("organisations", "none", known | {"organisations": []}),
        ("organisations", "its own not first", known | {"organisations": [neighbour, own]}),
        ("organisations", "not its own", known | {"organisations": [neighbour]}),
        ("organisations", "one there twice",
         known | {"organisations": [own, neighbour, neighbour | {"name": "Other"}]}),
        ("organisations", "a team twice", changed(known, "organisations", 1, "teams",
                                                  to=[{"team": RADIOLOGY, "name": "Radiology"}] * 2)),
        ("device", "a person's id as device", payloads()["device"] | {"device": ident("per", 1)}),
        ("disclosure", "purpose none", disclosure(purpose="none")),
        ("disclosure", "a sealed form of 0 bytes", disclosure(sealed_size=0)),
        ("disclosure", "larger than the largest sealed form", disclosure(sealed_size=25 + 2**26 + 1024 * 17)),
        ("disclosure", "a negative epoch", disclosure(epoch=-1)),
        ("disclosure", "an image without its delicacy", without(disclosure(), "image", "sensitive")),
        ("disclosure", "a delicacy twice", changed(disclosure(), "image", "sensitive", to=["intimate"] * 2)),
        ("disclosure", "an image with a field more", disclosure(image=disclosure()["image"] | {"onward": False})),
        ("request", "another question", request | {"ask": "everything"}),
        ("answer", "a withdrawal", answer(decision="withdrawn")),
        ("answer", "without a sheet", answer(sheet=None)),
        ("answer", "a request of another kind", answer(request=CONSENT)),
        ("consent-status", "for five minutes and a millisecond", consent_status(valid_until=NOW + 300_001)),
        ("consent-status", "over when it begins", consent_status(valid_until=NOW)),
        ("consent-status", "a consent of version 0", changed(consent_status(), "consents", 0, "version", to=0)),
        ("consent-status", "a nonce of 8 bytes", consent_status(nonce=b64(filled(6, 8)))),
        ("gateway-request", "a package of no filing", gateway_request(filing=None)),
        ("gateway-request", "a filing where all are asked for", gateway_request(ask="filings")),
        ("gateway-request", "another question", gateway_request(ask="everything")),
        ("filing", "larger than the largest package", filing(package_size=2**26 + 49)),
        ("filing", "an empty package", filing(package_size=0)),
        ("filing", "a gateway that is an organisation", filing(gateway=HOSPITAL)),
        ("filing-receipt", "filed nowhere", filing_receipt(location=None)),
        ("filing-receipt", "filed with a reason against it", filing_receipt(code="image_mismatch")),
        ("filing-receipt", "refused without reason", filing_receipt(outcome="refused", location=None)),
        ("filing-receipt", "refused and somewhere", filing_receipt(outcome="refused", code="image_mismatch")),
        ("filing-receipt", "a code in capitals", filing_receipt(outcome="refused", location=None, code="NO")),
        ("filing-receipt", "another target", filing_receipt(target="paper")),
        ("sign-in", "a nonce of 15 bytes", sign_in | {"nonce": b64(filled(6, 15))}),
        ("sign-in", "a nonce of 65 bytes", sign_in | {"nonce": b64(filled(6, 65))}),
        ("sign-in", "a nonce with unused bits set", sign_in | {"nonce": b64(filled(6, 16))[:-1] + "h"}),
        ("sign-in", "a nonce of an impossible length", sign_in | {"nonce": "A" * 25}),
    ]  # fmt: skip
    return [
        *(shaped(f"{payload}: {name}", payload, value, spec="S3.5") for payload, name, value in good),
        *(shaped(f"{payload}: {name}", payload, value, "malformed", "S3.5") for payload, name, value in bad),
        shaped("spelling comes before shape", "request", b'{ "organisation":1}', "not_canonical"),
        shaped("a payload of more than 64 KiB", "content", b'"' + b"x" * 65535 + b'"', "malformed"),
    ]


def base64url() -> list[Case]:
    good = {"": "", "AA": "00", "_w": "ff", "AAA": "0000", "__8": "ffff", "AAAA": "000000", "-_-_": "fbffbf"}
    bad = {
        "padding": "AA==", "one character": "A", "five characters": "AAAAA", "plus": "+A", "slash": "/w",
        "space": "A A", "newline at the end": "AA\n", "unused bits set": "AB", "unused bits set in three": "AAB",
        "beyond ASCII": "ÀA", "a full-width letter": "ＡＡ", "nul": "AA\0",
    }  # fmt: skip
    return [
        *(case(f"good: {text or 'nothing'}", "shape", "S1.2", "decode_base64url", {"text": text}, data)
          for text, data in good.items()),
        *(case(f"bad: {name}", "shape", "S1.2", "decode_base64url", {"text": text}, fail="malformed")
          for name, text in bad.items()),
    ]  # fmt: skip


def hashes() -> list[Case]:
    label = "inscope/test-only/v1"
    cases = []
    for fields in ([], [b""], [b"a"], [b"a", b"b"], [b"ab", b""], [bytes(range(256)) * 2]):
        given = {"label": label, "fields": [b64(field) for field in fields]}
        cases.append(case(f"hash of {[len(field) for field in fields]}", "value", "S1.4", "hash", given,
                          b64(encoding.labelled_hash(label, *fields))))  # fmt: skip
        for size in (32, 64):
            keyed = given | {"key": b64(filled(3, size))}
            cases.append(case(f"MAC of {[len(field) for field in fields]} with {size} bytes", "value", "S1.4", "mac",
                              keyed, b64(encoding.labelled_mac(filled(3, size), label, *fields))))  # fmt: skip
    return cases


def information_sheets() -> list[Case]:
    """Each published sheet under its label: a file that changed after it was shown to patients would show here."""
    label, cases = labels.INFORMATION_SHEET, []
    for path in sorted(SHEETS.rglob("*.json")):
        given = {"label": label, "fields": [b64(path.read_bytes())]}
        expected = b64(encoding.labelled_hash(label, path.read_bytes()))
        cases.append(case(path.relative_to(SHEETS).as_posix(), "value", "S5.1", "hash", given, expected))
    return cases


def identifiers() -> list[Case]:
    cases = []
    for prefix in PREFIXES:
        text = ident(prefix, 2**127 + 5)
        cases.append(
            case(f"{prefix}: good", "shape", "S1.3", "check_identifier", {"prefix": prefix, "text": text}, text)
        )
        cases.append(case(f"{prefix}: made", "value", "S1.3", "make_identifier",
                          {"prefix": prefix, "random": b64((2**127 + 5).to_bytes(16, "big"))}, text))  # fmt: skip
    random = ident("per", 1)[4:]
    bad = {
        "another prefix": f"dev_{random}", "an upper-case prefix": f"PER_{random}", "no prefix": random,
        "an unknown prefix": f"xyz_{random}", "a hyphen for the underscore": f"per-{random}", "nothing": "",
        "only a prefix": "per_", "one character short": f"per_{random[:-1]}", "one character more": f"per_{random}A",
        "padding": f"per_{random}==", "unused bits set": f"per_{random[:-1]}R", "a plus": f"per_+{random[1:]}",
        "a space before": f" per_{random}", "a newline at the end": f"per_{random}\n", "a nul": f"per_{random[:-1]}\0",
        "a letter beyond ASCII": f"per_É{random[1:]}",
    }  # fmt: skip
    cases += [case(f"bad: {name}", "shape", "S1.3", "check_identifier", {"prefix": "per", "text": text},
                   fail="malformed") for name, text in bad.items()]  # fmt: skip
    for size in (0, 15, 17):
        wrong = {"prefix": "per", "random": b64(bytes(size))}
        cases.append(case(f"made of {size} bytes", "value", "S1.3", "make_identifier", wrong, fail="malformed"))
    return cases


def label_cases() -> list[Case]:
    names = {name: value for name, value in vars(labels).items() if name.isupper() and isinstance(value, str)}
    return [case(name, "value", "S1.4", "label", {"name": name}, value) for name, value in names.items()]


def files() -> dict[str, list[Case]]:
    return {
        "labels/labels": label_cases(),
        "encoding/json": spelling(),
        "encoding/shape": [*every_field(), *scopes(), *messages(), *log_heads(), *others()],
        "encoding/base64": base64url(),
        "encoding/hash": hashes(),
        "encoding/information_sheets": information_sheets(),
        "encoding/identifiers": identifiers(),
    }
