"""Every scope that SPEC S5.1 allows, times and numbers at their ends among them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from inscope_protocol.encoding import MAX_INTEGER, encode_base64url
from inscope_protocol.identifiers import Prefix, make_identifier
from inscope_protocol.types import LONGEST_EMERGENCY, REPRESENTED, Scope, convert

DAY = 86_400_000
LAST_YEAR_ENDS = 253_402_300_800_000


def ids(prefix: Prefix) -> st.SearchStrategy[str]:
    return st.binary(min_size=16, max_size=16).map(lambda random: make_identifier(prefix, random))


def some(*words: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(words), unique=True)


HASHES = st.binary(min_size=32, max_size=32).map(encode_base64url)
ROLES = st.from_regex(r"\A[a-z][a-z0-9-]{0,47}\Z")
COUNTS = st.integers(1, 9) | st.integers(1, MAX_INTEGER)
EDGES = st.sampled_from([0, 1, LAST_YEAR_ENDS - 1, LAST_YEAR_ENDS, MAX_INTEGER - 1])
TIMES = st.integers(1_600_000_000_000, 1_900_000_000_000) | st.integers(0, MAX_INTEGER - 1) | EDGES
LANGUAGES = st.sampled_from(["en", "en-AU", "zh-Hant-TW", "ar", "sl-rozaj-biske-1994"])
RECIPIENTS = st.one_of(
    st.fixed_dictionaries({"kind": st.just("person"), "person": ids("per")}),
    st.fixed_dictionaries({"kind": st.just("team"), "organisation": ids("org"), "team": ids("tea")}),
    st.fixed_dictionaries({"kind": st.just("organisation"), "organisation": ids("org")}),
    st.fixed_dictionaries({"kind": st.just("role"), "organisation": ids("org"), "role": ROLES}),
    st.fixed_dictionaries({"kind": st.just("group"), "thread": ids("thr")}),
    st.fixed_dictionaries({"kind": st.just("record"), "organisation": ids("org")}),
)
SHEETS = st.fixed_dictionaries({"sheet": ROLES, "version": COUNTS, "language": LANGUAGES, "text": HASHES})
RELATIONS = [
    "parent", "guardian", "spouse-or-partner", "child", "sibling", "other-relative", "friend-or-carer", "professional",
]  # fmt: skip
AUTHORITIES = ["parental-responsibility", "court-order", "enduring-power", "statutory", "nominated"]
REPRESENTATIVES = st.fixed_dictionaries(
    {"relation": st.sampled_from(RELATIONS), "authority": st.sampled_from(AUTHORITIES)}
)
BASES = [
    "patient", "young-person", "guardian", "substitute-decision-maker", "expected-in-direct-care", "emergency",
]  # fmt: skip


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


@st.composite
def taken(draw: st.DrawFn, basis: str) -> dict[str, Any]:
    represented = basis in REPRESENTED
    return {
        "how": draw(st.sampled_from(["verbal", "written", "electronic"])),
        "witness": draw(maybe(ids("per"))),
        "interpreter": draw(maybe(st.sampled_from(["professional", "telephone", "staff", "family"]))),
        "sheet": draw(maybe(SHEETS)),
        "representative": draw(REPRESENTATIVES) if represented else None,
        "assent": draw(maybe(st.sampled_from(["given", "refused", "unable"]))) if represented else None,
        "reason": draw(st.sampled_from(["unconscious", "too-ill", "confused", "no-time"]))
        if basis == "emergency"
        else None,
        "answer": draw(maybe(HASHES)),
    }


@st.composite
def scopes(draw: st.DrawFn) -> Scope:
    basis, version, start = draw(st.sampled_from(BASES)), draw(COUNTS), draw(TIMES)
    longest = LONGEST_EMERGENCY if basis == "emergency" else MAX_INTEGER
    clinician = st.fixed_dictionaries({"kind": st.just("clinician"), "person": ids("per"), "device": ids("dev")})
    patient = st.fixed_dictionaries({"kind": st.just("patient"), "authority": ids("aut")})
    return convert(
        {
            "consent": draw(ids("con")),
            "version": version,
            "previous": None if version == 1 else draw(HASHES),
            "subject": draw(ids("sub")),
            "decision": draw(st.sampled_from(["given", "given", "refused", "withdrawn"])),
            "basis": basis,
            "taken": draw(taken(basis)),
            "purposes": draw(some("direct-care-advice", "teaching", "research")),
            "recipients": draw(st.lists(RECIPIENTS, max_size=5, unique_by=lambda entry: tuple(sorted(entry.items())))),
            "conditions": {
                "deidentified_only": draw(st.booleans()),
                "no_onward_sharing": draw(st.booleans()),
                "image_kinds": draw(some("radiograph", "scan", "photograph", "document")),
                "sensitive": draw(some("identifiable", "intimate")),
            },
            "valid_from": start,
            "valid_until": draw(st.integers(start + 1, min(start + min(longest, 400 * DAY), MAX_INTEGER)))
            if draw(st.booleans())
            else min(start + longest, MAX_INTEGER),
            "policy": {"profile": draw(ROLES), "version": draw(COUNTS)},
            "recorded_by": draw(clinician if version == 1 else clinician | patient),
            "recorded_at": draw(TIMES),
            "record_commitment": draw(HASHES),
        },
        Scope,
    )
