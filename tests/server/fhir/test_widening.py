"""Whatever provisions another system nests: a draft never permits what that system's own rules would not.

The rules are evaluated here a second time, as the two releases define them, for single people, purposes and moments.
"""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inscope_server.errors import Refusal
from inscope_server.fhir import reading
from inscope_server.fhir.codes import ACT_CODE, ACT_REASON, PURPOSES, THO, Json
from protocol.cases import FRIEND, INTERN, SPECIALIST

from .foreign import ELSEWHERE, actor, coded, known, r4, r5

PEOPLE = [INTERN, SPECIALIST, FRIEND]
DAYS = [1_704_067_200_000 + day * 86_400_000 for day in range(8)]
CODES = ["TREAT", "TRAIN", "HRESCH", "HPAYMT", "CLINTRCH", "ETREAT"]
CASES = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def day(number: int) -> str:
    return f"2024-01-{number + 1:02d}T00:00:00Z"


ACTORS = st.sampled_from([*(actor(known("person", person)) for person in PEOPLE), ELSEWHERE,
                          actor(known("person", INTERN), "CST")])  # fmt: skip
PERIODS = st.tuples(st.integers(0, 7), st.integers(0, 7)).map(
    lambda ends: {"start": day(min(ends)), "end": day(max(ends))}
)
LIMITED = {
    "action": [coded(THO + "consentaction", "access")],
    "securityLabel": [{"system": THO + "v3-Confidentiality", "code": "N"}],
    "dataPeriod": {"start": "2020-01-01"},
}


def listed(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(values, min_size=1, max_size=3)


def elements() -> st.SearchStrategy[Json]:
    coded_purpose = st.sampled_from(CODES).map(lambda code: {"system": ACT_REASON, "code": code})
    usual = {"period": PERIODS, "actor": listed(ACTORS), "purpose": listed(coded_purpose)}
    whole = st.fixed_dictionaries(usual)
    some = st.fixed_dictionaries({}, optional=usual)
    limited = st.sampled_from(sorted(LIMITED)).map(lambda name: {name: LIMITED[name]})
    return st.one_of(whole, whole, some, st.tuples(whole, limited).map(lambda pair: pair[0] | pair[1]))


@st.composite
def provisions(draw: st.DrawFn, typed: bool, depth: int = 2) -> Json:
    said = draw(elements()) if depth == 2 or draw(st.booleans()) else draw(st.just({}))
    kind = {"type": draw(st.sampled_from(["permit", "permit", "deny"]))} if typed else {}
    inner = draw(st.lists(provisions(typed, depth - 1), max_size=2)) if depth and draw(st.integers(0, 3)) == 0 else []
    return {**kind, **said, **({"provision": inner} if inner else {})}


def applies(provision: Json, person: str, purpose: str, at: int) -> bool:
    """To somebody, for something, now; limits on which data are never met by an image that nobody labelled."""
    if LIMITED.keys() & provision.keys():
        return False
    people = [each["reference"].get("identifier", {}).get("value") for each in provision.get("actor", [])
              if each["role"]["coding"][0]["code"] == "IRCP"]  # fmt: skip
    codes = [each["code"] for each in provision.get("purpose", [])]
    period = provision.get("period")
    within = period is None or DAYS[int(period["start"][8:10]) - 1] <= at <= DAYS[int(period["end"][8:10]) - 1]
    return ("actor" not in provision or person in people) and (not codes or purpose in codes) and within


def in_r4(provision: Json, *probe: Any) -> bool:
    """The root's type where it applies, but for exceptions that apply; nothing where it does not."""
    if not applies(provision, *probe):
        return provision["type"] == "deny" and any(in_r4(each, *probe) for each in provision.get("provision", []))
    decided = bool(provision["type"] == "permit")
    for exception in provision.get("provision", []):
        if touched(exception, *probe):
            decided = in_r4(exception, *probe)
    return decided


def touched(provision: Json, *probe: Any) -> bool:
    """An exception that could be about this, whatever its limits on data."""
    return applies({name: value for name, value in provision.items() if name not in LIMITED}, *probe)


def in_r5(base: bool, rules: list[Json], *probe: Any) -> bool:
    """Each level negates the one above it."""
    for rule in rules:
        if touched(rule, *probe) if base else applies(rule, *probe):
            return in_r5(not base, rule.get("provision", []), *probe)
    return base


def permitted(consent: Json) -> set[tuple[str, str, int]]:
    try:
        draft = reading.read(consent)["draft"]
    except Refusal:
        return set()
    if draft["decision"] != "given":
        return set()
    people = {each["person"] for each in draft["recipients"]}
    codes = {PURPOSES[purpose] for purpose in draft["purposes"]}
    now = {at for at in DAYS if draft["valid_from"] <= at < draft["valid_until"]}
    return {(person, code, at) for person in people for code in codes for at in now}


@CASES
@given(provisions(typed=True), st.sampled_from([None, "OPTIN", "OPTOUT"]))
def test_r4(provision: Json, rule: str | None) -> None:
    changes = {} if rule is None else {"policyRule": coded(ACT_CODE, rule)}
    for probe in permitted(r4(provision, **changes)):
        assert in_r4(provision, *probe), probe


@CASES
@given(st.lists(provisions(typed=False), max_size=2), st.booleans())
def test_r5(rules: list[Json], base: bool) -> None:
    for probe in permitted(r5(rules, decision="permit" if base else "deny")):
        assert in_r5(base, rules, *probe), probe


def test_the_strategies_reach_what_is_permitted() -> None:
    rule = {"period": {"start": day(0), "end": day(7)}, "actor": [actor(known("person", INTERN))],
            "purpose": [{"system": ACT_REASON, "code": "TREAT"}]}  # fmt: skip
    assert permitted(r4({"type": "permit", **rule})) == {(INTERN, "TREAT", at) for at in DAYS}
    assert permitted(r5([rule])) == {(INTERN, "TREAT", at) for at in DAYS}
