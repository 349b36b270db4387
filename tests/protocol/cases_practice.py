"""The cases of `decision/practice` and `narrowing/`: bases, profiles, delicate images, what a patient may do alone."""

from typing import Any

from nacl import bindings

from inscope_protocol import patient_link as links

from .cases import (
    HOUR,
    IMAGE,
    INTERN,
    NOW,
    OTHER_PATIENT,
    PARENT,
    PURPOSES,
    SHEET,
    SPECIALIST,
    Case,
    answer,
    b64,
    case,
    filled,
    on,
    policy,
    scope,
    taken,
)
from .cases_decision import (
    ASK,
    EXPIRED,
    IDENTIFIABLE,
    NO_PURPOSE,
    SOCIAL,
    WEAK_BASIS,
    conditions,
    decided,
    image,
    thread,
)

DAY = 24 * HOUR
COMPLETE = "complete_consent"
DISSENT = ("assent_refused", None, "respect_refusal")
UNKNOWN = ("policy_unknown", None, "record_again")
OVER = ("policy_period_over", None, ASK)
DELICATE = ("sensitivity_not_covered", None, ASK)
SHEET_NEEDED = ("sheet_required", None, COMPLETE)
WITNESS_NEEDED = ("witness_required", None, COMPLETE)
WRITING_NEEDED = ("writing_required", None, COMPLETE)
INTERPRETER_NEEDED = ("professional_interpreter_required", None, COMPLETE)
ASSENT_NEEDED = ("assent_required", None, COMPLETE)
ALL = ["sheet", "witness", "writing", "professional-interpreter", "assent"]


def demand(*require: str, purposes: Any = (), bases: Any = (), sensitive: Any = ()) -> dict[str, Any]:
    rows = {"purposes": list(purposes), "bases": list(bases), "sensitive": list(sensitive), "require": list(require)}
    return policy(demands=[rows])


def longest(days: int, purpose: str = "direct-care-advice") -> dict[str, Any]:
    return policy(longest_days=[{"purpose": one, "days": days if one == purpose else 3650} for one in PURPOSES])


def about_practice() -> list[Case]:
    delicate = scope(conditions=conditions(sensitive=["identifiable", "intimate"]))
    only_intimate = scope(conditions=conditions(sensitive=["intimate"]))
    dissent = scope(**on("guardian") | {"taken": taken(representative=PARENT, assent="refused")})
    emergency = scope(**on("emergency"), valid_from=NOW - 12 * HOUR, valid_until=NOW + 12 * HOUR)
    return [
        decided("a child's no stands beside the parent's yes", DISSENT, consent=dissent),
        decided("a child's yes", consent=scope(**on("guardian")
                | {"taken": taken(representative=PARENT, assent="given")})),
        decided("an intimate image nobody asked about", DELICATE, picture=image(sensitive=["intimate"])),
        decided("an image that shows who it is, where only intimate ones were asked about", DELICATE,
                consent=only_intimate, picture=image(sensitive=["identifiable"])),
        decided("of two delicacies one is covered", DELICATE, consent=only_intimate,
                picture=image(sensitive=["identifiable", "intimate"])),
        decided("both delicacies covered", consent=delicate, picture=image(sensitive=["intimate", "identifiable"])),
        decided("an ordinary image where delicate ones are covered", consent=delicate),
        decided("called de-identified, and shows who it is", IDENTIFIABLE, picture=image(deidentified=True,
                sensitive=["identifiable"]), consent=scope(conditions=conditions(deidentified_only=True,
                sensitive=["identifiable"]))),
        decided("an unknown profile", UNKNOWN, no_rules=True),
        decided("another profile than the consent names", UNKNOWN, rules=policy(profile="other")),
        decided("another version of the profile", UNKNOWN, rules=policy(version=2)),
        decided("an unknown profile denies what it would permit in a social thread too", UNKNOWN, NO_PURPOSE, SOCIAL,
                no_rules=True, place=thread(kind="social", purpose="none")),
        decided("one millisecond before the profile's longest time", now=NOW, rules=longest(1),
                consent=scope(valid_from=NOW - DAY + 1)),
        decided("at the profile's longest time", OVER, rules=longest(1), consent=scope(valid_from=NOW - DAY)),
        decided("the longest time of another purpose", rules=longest(1, "teaching"),
                consent=scope(valid_from=NOW - 2 * DAY)),
        decided("expired and over at once", EXPIRED, OVER, rules=longest(1),
                consent=scope(valid_from=NOW - DAY, valid_until=NOW)),
        decided("an emergency within the profile's hours", consent=emergency, rules=policy(emergency_hours=13)),
        decided("an emergency at the profile's hours", OVER, consent=emergency, rules=policy(emergency_hours=12)),
        decided("a patient's consent does not end with an emergency's hours", rules=policy(emergency_hours=1),
                consent=scope(valid_from=NOW - 2 * HOUR)),
        decided("a basis that the profile lets count for other purposes only", WEAK_BASIS, rules=policy(
                bases=[{"purpose": one, "bases": ["patient"] if one == "research" else []} for one in PURPOSES])),
        decided("a basis that no profile can let count", WEAK_BASIS, place=thread(purpose="teaching"),
                consent=scope(**on("emergency"), purposes=["teaching"])),
        decided("everything demanded, and little there", WITNESS_NEEDED, WRITING_NEEDED, INTERPRETER_NEEDED,
                ASSENT_NEEDED, rules=demand(*ALL), consent=scope(taken=taken(interpreter="family", sheet=SHEET))),
        decided("everything demanded, in the order of the table whatever the profile's", SHEET_NEEDED, WITNESS_NEEDED,
                WRITING_NEEDED, INTERPRETER_NEEDED, ASSENT_NEEDED, rules=demand(*ALL[::-1]),
                consent=scope(taken=taken(interpreter="staff"))),
        decided("everything demanded, and all there", rules=demand(*ALL), consent=scope(basis="guardian", taken=taken(
                how="electronic", witness=SPECIALIST, interpreter="professional", sheet=SHEET, representative=PARENT,
                assent="unable"))),
        decided("two demands for the same, said once", SHEET_NEEDED, consent=scope(taken=taken()), rules=policy(
                demands=[demand("sheet")["demands"][0], demand("sheet", bases=["patient"])["demands"][0]])),
        decided("a demand for another purpose", rules=demand("writing", purposes=["teaching"])),
        decided("a demand for this purpose", WRITING_NEEDED, rules=demand("writing", purposes=["direct-care-advice"])),
        decided("a demand for another basis", rules=demand("writing", bases=["guardian"])),
        decided("a demand for this basis", WRITING_NEEDED, rules=demand("writing", bases=["guardian", "patient"])),
        decided("a demand for delicate images, and this is none", rules=demand("writing", sensitive=["intimate"])),
        decided("a demand for delicate images, and this is one", WRITING_NEEDED, consent=delicate,
                rules=demand("writing", sensitive=["intimate"]), picture=image(sensitive=["intimate"])),
        decided("a witness where nothing is in writing", rules=demand("witness"),
                consent=scope(taken=taken(witness=SPECIALIST))),
        decided("no witness and nothing in writing", WITNESS_NEEDED, rules=demand("witness"),
                consent=scope(taken=taken())),
        decided("who recorded it is no witness to it", WITNESS_NEEDED, rules=demand("witness"),
                consent=scope(taken=taken(witness=INTERN))),
        decided("who recorded it is no witness, and it is in writing", rules=demand("witness"),
                consent=scope(taken=taken(how="written", witness=INTERN))),
        decided("a witness to what the patient narrowed", rules=demand("witness"), consent=scope(
                version=2, previous=b64(filled(1)), taken=taken(witness=INTERN),
                recorded_by={"kind": "patient", "authority": "aut_" + INTERN[4:]})),
        decided("what is in writing needs no witness", rules=demand("witness"),
                consent=scope(taken=taken(how="written"))),
        decided("where nobody was asked nothing is in writing", WITNESS_NEEDED, WRITING_NEEDED,
                rules=demand("witness", "writing"), consent=scope(**on("expected-in-direct-care")
                | {"taken": taken(how="written")})),
        decided("an emergency is not in writing", WRITING_NEEDED, rules=demand("writing"), consent=scope(
                **on("emergency") | {"taken": taken(how="electronic", reason="too-ill")})),
        decided("a demand that asks for nothing", rules=demand()),
        decided("nobody interpreted, so no professional had to", rules=demand("professional-interpreter")),
    ]  # fmt: skip


def compared(name: str, narrower: bool, after: dict[str, Any], before: dict[str, Any] | None = None) -> Case:
    first = before or wide()
    following = first | {"version": first["version"] + 1, "previous": b64(filled(1))} | after
    return case(name, "value", "S5.9", "narrows", {"before": first, "after": following}, narrower)


def wide() -> dict[str, Any]:
    return scope(
        purposes=["direct-care-advice", "teaching"],
        conditions=conditions(image_kinds=["radiograph", "photograph"], sensitive=["intimate"]),
    )


def about_narrowing() -> list[Case]:
    less, withdrawn = wide()["recipients"][:1], scope(decision="withdrawn")
    stranger = {"kind": "person", "person": SPECIALIST}

    def held(**changes: Any) -> dict[str, Any]:
        return {"conditions": wide()["conditions"] | changes}

    return [
        compared("nothing changed", True, {}),
        compared("withdrawn", True, {"decision": "withdrawn"}),
        compared("a purpose less", True, {"purposes": ["teaching"]}),
        compared("no purposes", True, {"purposes": []}),
        compared("a recipient less", True, {"recipients": less}),
        compared("recipients in another order", True, {"recipients": wide()["recipients"][::-1]}),
        compared("nobody", True, {"recipients": []}),
        compared("sooner", True, {"valid_until": NOW}),
        compared("a kind of image less", True, held(image_kinds=["photograph"])),
        compared("no delicate images", True, held(sensitive=[])),
        compared("de-identified only from now on", True, held(deidentified_only=True)),
        compared("no onward sharing from now on", True, held(no_onward_sharing=True)),
        compared("recorded by another", True, {"recorded_by": {"kind": "patient", "authority": "aut_" + INTERN[4:]},
                                               "recorded_at": NOW}),
        compared("refused is an answer, not a narrowing", False, {"decision": "refused"}),
        compared("a purpose more", False, {"purposes": ["direct-care-advice", "teaching", "research"]}),
        compared("a purpose for another", False, {"purposes": ["research"]}),
        compared("a recipient more", False, {"recipients": [*wide()["recipients"], stranger]}),
        compared("a recipient for another", False, {"recipients": [stranger]}),
        compared("later by a millisecond", False, {"valid_until": NOW + HOUR + 1}),
        compared("another beginning", False, {"valid_from": NOW - HOUR + 1}),
        compared("a kind of image more", False, held(image_kinds=["radiograph", "photograph", "scan"])),
        compared("delicate images more", False, held(sensitive=["intimate", "identifiable"])),
        compared("identified again", False, {"conditions": conditions(deidentified_only=False)},
                 scope(conditions=conditions(deidentified_only=True))),
        compared("onward again", False, {"conditions": conditions()},
                 scope(conditions=conditions(no_onward_sharing=True))),
        compared("another basis", False, {"basis": "young-person"}),
        compared("taken otherwise", False, {"taken": taken()}),
        compared("another patient", False, {"subject": OTHER_PATIENT}),
        compared("another consent", False, {"consent": "con_" + IMAGE[4:-1] + "g"}),
        compared("another profile", False, {"policy": {"profile": "base", "version": 2}}),
        compared("another record", False, {"record_commitment": b64(filled(1))}),
        compared("after a withdrawal", False, {}, withdrawn),
        compared("after a refusal", False, {}, scope(decision="refused")),
    ]  # fmt: skip


def about_answers() -> list[Case]:
    hashed = b64(filled(20))
    taken_so = taken(how="electronic", sheet=SHEET, answer=hashed)
    given = answer(purposes=["direct-care-advice"], valid_until=NOW + HOUR)
    agreed = scope(taken=taken_so, recipients=given["recipients"])
    refused = answer(decision="refused", purposes=[], recipients=[])

    def compare(name: str, ok: bool, value: dict[str, Any], to: dict[str, Any] = given, by: str = hashed) -> Case:
        asked = {"scope": value, "answer": to, "answer_hash": by}
        return case(name, "value", "S5.10", "says_as_answered", asked, ok)

    later = {"version": 2, "previous": b64(filled(1))}
    return [
        compare("as answered", True, agreed),
        compare("refused as answered", True, agreed | {"decision": "refused"}, refused),
        compare("a wider version as answered", True, agreed | later, given | {"previous": b64(filled(1))}),
        compare("given where the patient refused", False, agreed, refused),
        compare("refused where the patient agreed", False, agreed | {"decision": "refused"}),
        compare("another purpose", False, agreed | {"purposes": ["direct-care-advice", "teaching"]}),
        compare("a recipient more", False, agreed | {"recipients": scope()["recipients"]}),
        compare("another condition", False, agreed | {"conditions": conditions(no_onward_sharing=True)}),
        compare("longer", False, agreed | {"valid_until": NOW + HOUR + 1}),
        compare("another sheet", False, agreed | {"taken": taken_so | {"sheet": SHEET | {"version": 3}}}),
        compare("said to be by word of mouth", False, agreed | {"taken": taken_so | {"how": "verbal"}}),
        compare("without naming the answer", False, agreed | {"taken": taken_so | {"answer": None}}),
        compare("naming another answer", False, agreed, by=b64(filled(21))),
        compare("of another consent", False, agreed | {"consent": "con_" + IMAGE[4:-1] + "g"}),
        compare("after another version", False, agreed | later),
    ]


def about_links() -> list[Case]:
    derived = (filled(1), filled(255), bytes(range(32)))
    return [case(f"links of secret {index}", "value", "S5.10", "patient_link", {"secret": b64(secret)}, {
        "token": b64(links.patient_token(secret)),
        "token_hash": b64(links.patient_token_hash(links.patient_token(secret))),
        "seal_key": b64(links.patient_seal_key(secret)),
    }) for index, secret in enumerate(derived)]  # fmt: skip


def about_greetings() -> list[Case]:
    secret, nonce = filled(1), filled(2, 24)
    longest, smile = "n" * links.LONGEST_NAME, "\U0001f642" * links.LONGEST_NAME
    good = links.seal_greeting("Rosa Ñíguez", secret, nonce)

    def sealed(name: str, greeted: str) -> Case:
        given = {"secret": b64(secret), "nonce": b64(nonce), "name": greeted}
        return case(name, "seal", "S5.10", "seal_greeting", given, b64(links.seal_greeting(greeted, secret, nonce)))

    def unsealable(name: str, greeted: str, code: str) -> Case:
        given = {"secret": b64(secret), "nonce": b64(nonce), "name": greeted}
        return case(name, "seal", "S5.10", "seal_greeting", given, fail=code)

    def opened(name: str, data: bytes, by: bytes = secret, **expect: Any) -> Case:
        return case(name, "seal", "S5.10", "open_greeting", {"secret": b64(by), "sealed": b64(data)}, **expect)

    def box(plaintext: bytes) -> bytes:
        return nonce + bindings.crypto_secretbox(plaintext, nonce, links.patient_seal_key(secret))

    return [
        sealed("a name", "Rosa Ñíguez"),
        sealed("a name in another script", "نور الهدى"),
        sealed("the longest name", longest),
        sealed("characters are code points", smile),
        unsealable("no name", "", "malformed"),
        unsealable("too long a name", longest + "n", "malformed"),
        opened("as sealed", good, ok="Rosa Ñíguez"),
        opened("marks stay text", box(b'{"name":"<b>\\"&"}'), ok='<b>"&'),
        opened("the longest of code points", links.seal_greeting(smile, secret, nonce), ok=smile),
        opened("another secret", good, filled(3), fail="seal_broken"),
        opened("a bit changed", good[:-1] + bytes([good[-1] ^ 1]), fail="seal_broken"),
        opened("another nonce", bytes([9]) + good[1:], fail="seal_broken"),
        opened("cut short", good[:-1], fail="seal_broken"),
        opened("only a nonce", nonce, fail="seal_broken"),
        opened("nothing", b"", fail="seal_broken"),
        opened("too long inside", box(b'{"name":"' + b"n" * 201 + b'"}'), fail="malformed"),
        opened("empty inside", box(b'{"name":""}'), fail="malformed"),
        opened("no object", box(b'"Rosa"'), fail="malformed"),
        opened("a list", box(b'["name"]'), fail="malformed"),
        opened("null", box(b"null"), fail="malformed"),
        opened("a number for a name", box(b'{"name":7}'), fail="malformed"),
        opened("another field", box(b'{"title":"Rosa"}'), fail="malformed"),
        opened("a field more", box(b'{"name":"Rosa","number":"7"}'), fail="malformed"),
        opened("another spelling", box(b'{"name": "Rosa"}'), fail="not_canonical"),
        opened("no JSON", box(b"Rosa"), fail="not_canonical"),
        opened("no UTF-8", box(b'{"name":"\xff"}'), fail="not_canonical"),
    ]


def files() -> dict[str, list[Case]]:
    return {
        "decision/practice": about_practice(),
        "narrowing/narrowing": about_narrowing(),
        "answering/answers": about_answers(),
        "answering/links": about_links(),
        "answering/greetings": about_greetings(),
    }
