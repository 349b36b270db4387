"""What the patients' pages show, put into words: choices with their places, people with names."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from inscope_protocol.policy import was_asked
from inscope_protocol.types import Answer, Conditions, Scope

from .naming import Named
from .rules import Question
from .wording import Words


@dataclass(frozen=True)
class Choice:
    """A row to tick. `place`: in the list that it comes from; `more`: a second line; `loss`: what closes without it."""

    place: int
    words: str
    more: str = ""
    loss: str = ""


@dataclass(frozen=True)
class Lists:
    """The four lists of a question or of a consent."""

    purposes: list[Choice]
    recipients: list[Choice]
    kinds: list[Choice]
    sensitive: list[Choice]

    def but(self, scope: Scope | Answer | None, lists: Any) -> Lists:
        """Those that are not in `scope` yet: `lists` are the question's own, in the same order."""
        if scope is None:
            return self
        had = scope.conditions
        return Lists(
            _new(self.purposes, lists.purposes, scope.purposes),
            _new(self.recipients, lists.recipients, scope.recipients),
            _new(self.kinds, lists.conditions.image_kinds, had.image_kinds),
            _new(self.sensitive, lists.conditions.sensitive, had.sensitive),
        )

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) for one in fields(self))

    def losing(self, words: Words, losses: dict[tuple[str, int], int]) -> Lists:
        """Each choice with what would close without it: `losses` counts images, by (the list, the place in it)."""

        def told(name: str) -> list[Choice]:
            key = "less_note" if name == "recipients" else "less_note_other"
            counts = [(one, losses.get((name, one.place))) for one in getattr(self, name)]
            return [replace(one, loss=words.plain(key, count=str(n))) if n else one for one, n in counts]

        return Lists(*(told(one.name) for one in fields(self)))

    def divisible(self, before: Scope | None) -> bool:
        """Whether a yes to a part of this can be another answer than yes or no."""
        needed = (len(self.purposes), len(self.recipients), len(self.kinds))
        if before is None:
            return max(needed) > 1 or bool(self.sensitive)
        return sum(needed) + len(self.sensitive) > 1


@dataclass(frozen=True)
class Told:
    """What somebody agreed to."""

    lists: Lists
    promises: list[str]

    def losing(self, words: Words, losses: dict[tuple[str, int], int]) -> Told:
        return replace(self, lists=self.lists.losing(words, losses))


def _new(choices: list[Choice], values: Sequence[Any], had: Collection[Any]) -> list[Choice]:
    return [choice for choice in choices if values[choice.place] not in had]


def lists_of(words: Words, asked: Question | Scope | Answer, names: Sequence[Named]) -> Lists:
    return Lists(
        [Choice(place, words[f"purpose_{one.replace('-', '_')}"]) for place, one in enumerate(asked.purposes)],
        [recipient(words, place, one) for place, one in enumerate(names)],
        [Choice(place, words[f"kind_{one}"]) for place, one in enumerate(asked.conditions.image_kinds)],
        [Choice(place, words[f"sensitive_{one}"]) for place, one in enumerate(asked.conditions.sensitive)],
    )


def recipient(words: Words, place: int, named: Named) -> Choice:
    if named.kind == "person":
        return Choice(place, named.name, named.at)
    if named.kind == "group":
        return Choice(place, words["group"], " · ".join(named.people))
    return Choice(place, words.filled(named.kind, name=named.name), named.at)


PROMISES = ("deidentified_only", "no_onward_sharing")


def promises(words: Words, conditions: Conditions) -> list[str]:
    return [words[name] for name in PROMISES if getattr(conditions, name)]


def dropped(words: Words, before: Conditions, asked: Conditions) -> list[str]:
    """What was promised before and would be no longer: as new as a purpose more."""
    still = promises(words, asked)
    return [one for one in promises(words, before) if one not in still]


def state_told(words: Words, scope: Scope, now: int) -> tuple[str, dict[str, str]]:
    """How a consent stands: the key of a sentence, and what it is filled with."""
    said = scope.valid_from if scope.decision == "given" else scope.recorded_at
    return f"state_{state_of(scope, now)}", {"date": words.date(said), "until": words.date(scope.valid_until - 1)}


def state_of(scope: Scope, now: int) -> str:
    """`given expired refused withdrawn`, or `unasked unasked_expired`."""
    if scope.decision == "withdrawn" and not was_asked(scope) and scope.recorder is None:
        return "refused"
    if scope.decision != "given":
        return scope.decision
    ended = scope.valid_until <= now
    if not was_asked(scope):
        return "unasked_expired" if ended else "unasked"
    return "expired" if ended else "given"
