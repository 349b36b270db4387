"""What a patient may answer to a question, and what they may take away later. Pure (SPEC S5.9, S5.10)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from dataclasses import replace as dataclass_replace
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from inscope_protocol.encoding import serialise
from inscope_protocol.policy import was_asked
from inscope_protocol.types import (
    Answer,
    Bytes32,
    Conditions,
    ConsentId,
    Purpose,
    RecipientEntry,
    RequestId,
    Scope,
    Strict,
    Time,
)

from ..errors import Refusal

T = TypeVar("T")

SHORTEST_GREETING = 70
"""Characters: in base64url, of a nonce (24 bytes), a seal (16) and `{"name":"x"}` (S5.10)."""


class Question(Strict, frozen=True):
    """What is asked: the most that the answer can agree to."""

    purposes: Annotated[tuple[Purpose, ...], Meta(min_length=1)]
    recipients: Annotated[tuple[RecipientEntry, ...], Meta(min_length=1, max_length=50)]
    conditions: Conditions
    valid_until: Time


class Asking(Strict, frozen=True):
    """A question on its way to a patient. `previous`: the version it is to follow; `sealed`: base64url."""

    request: RequestId
    consent: ConsentId
    previous: Bytes32 | None
    question: Question
    token_hash: Bytes32
    sealed: Annotated[str, Meta(min_length=SHORTEST_GREETING, max_length=4096)]
    code: Annotated[str, Meta(pattern=r"\A[0-9]{6}\Z")]


@dataclass(frozen=True)
class Chosen:
    """What the patient ticked, as places in the question's lists (`sensitive`, `kinds` likewise)."""

    purposes: frozenset[int]
    recipients: frozenset[int]
    kinds: frozenset[int]
    sensitive: frozenset[int]


def everything(asked: Question | Scope) -> Chosen:
    conditions = asked.conditions
    lists = (asked.purposes, asked.recipients, conditions.image_kinds, conditions.sensitive)
    return Chosen(*(frozenset(range(len(one))) for one in lists))


@dataclass(frozen=True)
class Agreed:
    """The scope of an answer."""

    purposes: tuple[Purpose, ...]
    recipients: tuple[RecipientEntry, ...]
    conditions: Conditions
    valid_until: int


def check_end(question: Question, now: int) -> None:
    """Of the question alone: checked before anything that is there is looked at."""
    if question.valid_until <= now:
        raise Refusal("malformed", "A consent ends later than now.")


def check_question(question: Question, before: Scope | None) -> None:
    """A wider question keeps what was agreed to before, and only adds; so that what is new can be shown alone.

    Where nobody had agreed, all of it is new.
    """
    if before is None:
        return
    if before.decision != "given":
        raise Refusal("consent_conflict", "This consent has ended. Ask for a new one.", "record_consent")
    if not was_asked(before):
        return
    had, asked = before.conditions, question.conditions
    kept = (
        set(before.purposes) <= set(question.purposes)
        and set(before.recipients) <= set(question.recipients)
        and set(had.image_kinds) <= set(asked.image_kinds)
        and set(had.sensitive) <= set(asked.sensitive)
    )
    if not kept:
        raise Refusal("malformed", "A wider question keeps what was agreed to before.")


def agreed(question: Question, before: Scope | None, chosen: Chosen) -> Agreed | None:
    """What is agreed to: what stood before, and what of the rest was ticked.

    None where nothing could be shared, and where something new could be ticked and nothing was: that is no yes.
    """
    had_purposes = before.purposes if before else ()
    had_recipients = before.recipients if before else ()
    had = before.conditions if before else None
    conditions = replace(
        question.conditions,
        image_kinds=ticked(question.conditions.image_kinds, had.image_kinds if had else (), chosen.kinds),
        sensitive=ticked(question.conditions.sensitive, had.sensitive if had else (), chosen.sensitive),
    )
    answer = Agreed(
        ticked(question.purposes, had_purposes, chosen.purposes),
        ticked(question.recipients, had_recipients, chosen.recipients),
        conditions,
        question.valid_until,
    )
    if before is not None and _ticks(before) == _ticks(answer) != _ticks(question):
        return None
    return answer if answer.purposes and answer.recipients and conditions.image_kinds else None


def _ticks(said: Scope | Agreed | Question) -> tuple[frozenset[Any], ...]:
    """What boxes stand for."""
    conditions = said.conditions
    lists = (said.purposes, said.recipients, conditions.image_kinds, conditions.sensitive)
    return tuple(frozenset(one) for one in lists)


def allows(question: Question, before: Scope | None, answer: Answer) -> bool:
    """Whether a question can be answered so: nothing beyond it, and nothing lost of what stood before."""
    conditions = answer.conditions
    if answer.decision == "refused":
        return not (answer.purposes or answer.recipients or conditions.image_kinds or conditions.sensitive)
    chosen = Chosen(
        _places(question.purposes, answer.purposes),
        _places(question.recipients, answer.recipients),
        _places(question.conditions.image_kinds, conditions.image_kinds),
        _places(question.conditions.sensitive, conditions.sensitive),
    )
    said = Agreed(answer.purposes, answer.recipients, conditions, answer.valid_until)
    return agreed(question, before, chosen) == said


def _places(asked: Sequence[T], said: Collection[T]) -> frozenset[int]:
    return frozenset(place for place, one in enumerate(asked) if one in said)


def ticked(asked: Sequence[T], had: Collection[T], places: Collection[int]) -> tuple[T, ...]:
    return tuple(one for place, one in enumerate(asked) if one in had or place in places)


def taken_away(before: Scope, chosen: Chosen) -> Scope:
    """Keeps only what is still ticked; nothing left of something ends the consent."""
    conditions = replace(
        before.conditions,
        image_kinds=ticked(before.conditions.image_kinds, (), chosen.kinds),
        sensitive=ticked(before.conditions.sensitive, (), chosen.sensitive),
    )
    purposes = ticked(before.purposes, (), chosen.purposes)
    recipients = ticked(before.recipients, (), chosen.recipients)
    if not (purposes and recipients and conditions.image_kinds):
        return withdrawn(before)
    return replace(before, purposes=purposes, recipients=recipients, conditions=conditions)


def without_answer(stands: Scope, before: Scope | None) -> Scope:
    """What is left of a version that rests on an answer once that is taken back. `before`: what the patient had agreed
    to before it; None where that was nothing. What was taken away since stays away.
    """
    if before is None:
        return withdrawn(stands)
    has, had = stands.conditions, before.conditions
    conditions = Conditions(
        has.deidentified_only or had.deidentified_only,
        has.no_onward_sharing or had.no_onward_sharing,
        ticked(has.image_kinds, had.image_kinds, ()),
        ticked(has.sensitive, had.sensitive, ()),
    )
    purposes, recipients = (
        ticked(stands.purposes, before.purposes, ()),
        ticked(stands.recipients, before.recipients, ()),
    )
    until = min(stands.valid_until, before.valid_until)
    if not (purposes and recipients and conditions.image_kinds and stands.valid_from < until):
        return withdrawn(stands)
    return replace(stands, purposes=purposes, recipients=recipients, conditions=conditions, valid_until=until)


def one_less(before: Scope) -> Iterator[tuple[str, int, Scope]]:
    """What would be left without any single tick: (the list, the place in it, the scope)."""
    every = everything(before)
    for one in fields(every):
        places = getattr(every, one.name)
        for place in sorted(places):
            yield one.name, place, taken_away(before, dataclass_replace(every, **{one.name: places - {place}}))


def placed_in(question: Question, scope: Scope, losses: dict[tuple[str, int], int]) -> dict[tuple[str, int], int]:
    """What would be lost without each tick, by (the list, the place in it) of a scope: by the places of a question."""
    asked, stands = _lists(question), _lists(scope)
    found = {(name, stands[name][place]): count for (name, place), count in losses.items()}
    return {
        (name, place): found[name, one]
        for name, values in asked.items()
        for place, one in enumerate(values)
        if (name, one) in found
    }


def _lists(said: Question | Scope) -> dict[str, Sequence[Any]]:
    conditions = said.conditions
    lists = (said.purposes, said.recipients, conditions.image_kinds, conditions.sensitive)
    return {one.name: values for one, values in zip(fields(Chosen), lists, strict=True)}


def withdrawn(before: Scope) -> Scope:
    if before.decision != "given":
        raise Refusal("consent_conflict", "This consent has ended already.")
    return replace(before, decision="withdrawn")


def question_bytes(question: Question) -> bytes:
    return serialise(msgspec.to_builtins(question))
