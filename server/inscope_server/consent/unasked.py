"""What stands against sharing on nobody's answer: a no, or an emergency of the same patient (SPEC S5.3).

Under whichever consent it was said: to make a new one changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from inscope_protocol.narrowing import narrows
from inscope_protocol.policy import was_asked
from inscope_protocol.types import RecordedByPatient, Scope

from ..clock import CLOCK_TOLERANCE
from ..errors import Refusal

REST = 24 * 60 * 60 * 1000
"""How long an emergency of a patient, once over, is followed by no other."""
CARE = "direct-care-advice"


def check_unasked(scope: Scope, earlier: Sequence[Scope], others: Sequence[Sequence[Scope]], now: int) -> None:
    """`earlier`: the versions before it; `others`: those of each other consent of the patient, oldest first."""
    every = [earlier, *others]
    agreed, refused = max(_said(every, _is_yes), default=-1), max(_said(every, _is_own_no), default=-1)
    if 0 <= refused >= agreed or (earlier and earlier[-1].decision == "refused"):
        raise Refusal("patient_said_no")
    if scope.basis == "emergency":
        _check_time(scope, now)
        if scope.valid_until > min(_ends(earlier, others, agreed, now), default=scope.valid_until):
            raise Refusal("emergency_again")


def _check_time(scope: Scope, now: int) -> None:
    """To be dated back only makes it shorter: it runs 24 hours from then (S5.1)."""
    if not (scope.valid_from <= now + CLOCK_TOLERANCE and now < scope.valid_until):
        raise Refusal("consent_conflict", "An emergency begins when it is recorded.")


def _ends(earlier: Sequence[Scope], others: Sequence[Sequence[Scope]], agreed: int, now: int) -> Iterator[int]:
    """When emergencies of this patient end, or did: of this consent since anybody was asked, of others of late."""
    answered = max((n for n, one in enumerate(earlier, 1) if was_asked(one)), default=0)
    yield from (one.valid_until for one in earlier[answered:] if one.basis == "emergency")
    for one in (one for versions in others for one in versions):
        given = one.basis == "emergency" and one.decision == "given"
        if given and one.recorded_at > agreed and now < one.valid_until + REST:
            yield one.valid_until


def _is_yes(scope: Scope, before: Scope | None) -> bool:
    """Somebody was asked anew, and agreed: a version that only takes away says nothing new."""
    return scope.decision == "given" and was_asked(scope) and not (before is not None and narrows(before, scope))


def _is_own_no(scope: Scope, _before: Scope | None) -> bool:
    """The patient's own, on their page; what a clinician heard may have been about something else."""
    if scope.decision == "refused":
        return scope.taken.answer is not None
    return scope.decision == "withdrawn" and isinstance(scope.recorded_by, RecordedByPatient)


def _said(every: Sequence[Sequence[Scope]], what: Callable[[Scope, Scope | None], bool]) -> Iterator[int]:
    """When, of what was said about care. A no that names no purpose is one to all."""
    for versions in every:
        for before, scope in zip([None, *versions], versions, strict=False):
            if what(scope, before) and (CARE in scope.purposes or not scope.purposes):
                yield scope.recorded_at
