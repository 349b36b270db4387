"""Resources that were nearly right: read or refused, never anything else."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inscope_protocol.types import Scope, convert
from inscope_server.errors import Refusal
from inscope_server.fhir import consent_r4, consent_r5, elements, reading
from inscope_server.web.bodies import parse
from protocol.cases import on, scope
from protocol.mutations import mutated

from .foreign import permit, r4, r5

GUARDED = convert(scope(**on("guardian")), Scope)
SAMPLES = [
    consent_r4.write(GUARDED, superseded=False),
    consent_r5.write(GUARDED, superseded=False),
    r4(),
    r5(),
    r4({"type": "deny", "provision": [permit()]}),
    {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r5()}]},
]
SPELLED = [json.dumps(sample).encode() for sample in SAMPLES]
WORDS = st.sampled_from(
    ["permit", "deny", "active", "urn:inscope:person", "TREAT", "2024-01-01", "modifierExtension", ""]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=3), inner, max_size=3),
)
CASES = settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read_or_refuse(data: Any) -> Any:
    try:
        return reading.read(data)
    except Refusal as caught:
        refusal = caught
    assert refusal.code == "fhir_refused" and refusal.reasons
    return None


@CASES
@given(mutated(SPELLED))
def test_any_bytes(raw: bytes) -> None:
    try:
        data = parse(raw)
    except Refusal:
        return
    read_or_refuse(data)


@CASES
@given(st.sampled_from(SAMPLES), ANYTHING, st.data())
def test_any_value_in_any_place(sample: Any, value: Any, data: st.DataObject) -> None:
    changed = copy.deepcopy(sample)
    holder = changed
    while True:
        places = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        place = data.draw(st.sampled_from(places))
        if not isinstance(holder[place], dict | list) or not holder[place] or data.draw(st.booleans()):
            break
        holder = holder[place]
    holder[place] = value
    read_or_refuse(changed)


@CASES
@given(ANYTHING)
def test_anything(data: Any) -> None:
    assert read_or_refuse(data) is None


@CASES
@given(st.sampled_from(["R4", "R5"]), ANYTHING, st.data())
def test_a_changed_export_is_the_same_or_is_another_whole_one(release: Any, value: Any, data: st.DataObject) -> None:
    """What was read of it, written again, is what was sent: no word of it went unread."""
    consent = consent_r4 if release == "R4" else consent_r5
    changed = copy.deepcopy(consent.write(GUARDED, superseded=False))
    name = data.draw(st.sampled_from(sorted(changed)))
    changed[name] = value
    read = reading.scope_of(changed, release)
    if read is not None:
        again = consent.write(read, superseded=elements.status(elements.plain(read), False) != changed["status"])
        assert {**again} == {**changed}
