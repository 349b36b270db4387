"""Who reviews an organisation's emergencies, what is to be reviewed, and what has become of it. Pure (SPEC S5.13)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from inscope_protocol.narrowing import narrows
from inscope_protocol.policy import Policy, period_end
from inscope_protocol.types import Attestation, Purpose, RecordedByPatient, Scope

ROLE = "privacy-officer"
PURPOSE: Purpose = "direct-care-advice"  # The only one that an emergency serves (S5.4, row 11).
Outcome = Literal["in_order", "follow_up"]


@dataclass(frozen=True)
class Settled:
    """What followed the emergency: an answer, or its end. `on_page`: on the patient's page, by somebody who had its
    link; whether that was the patient nobody here can know.
    """

    decision: str
    basis: str
    on_page: bool
    at: int


def attesting(attestations: Collection[Attestation], now: int) -> list[str]:
    """The organisations whose attestation of a person holds at this moment."""
    return [one.organisation for one in attestations if one.valid_from <= now < one.valid_until]


def reviewed_by(attestations: Collection[Attestation], now: int) -> list[str]:
    """The organisations whose privacy officer a person is at this moment."""
    return attesting([one for one in attestations if ROLE in one.roles], now)


def is_to_review(versions: Sequence[Scope]) -> bool:
    """Whether the newest version is an emergency that a clinician recorded: no less, and no part of one before."""
    if not versions:
        return False  # Of a consent that a restored database has forgotten.
    newest = versions[-1]
    if newest.recorder is None or newest.basis != "emergency" or newest.decision != "given":
        return False
    return len(versions) == 1 or not (versions[-2].basis == "emergency" and narrows(versions[-2], newest))


def recorded_by(versions: Sequence[Scope], person: str) -> bool:
    """Whether any emergency among them is this person's: a colleague's later version does not take it from them."""
    return any(one.basis == "emergency" and one.recorder == person for one in versions)


def emergency_versions(versions: Sequence[Scope]) -> frozenset[int]:
    return frozenset(one.version for one in versions if one.basis == "emergency")


def ends_at(scope: Scope, policy: Policy | None) -> int:
    """When an emergency is over by time alone."""
    return min(scope.valid_until, scope.valid_until if policy is None else period_end(policy, scope, PURPOSE))


def settled(versions: Sequence[Scope], version: int) -> Settled | None:
    """What settled the emergency of this version; None while nobody has answered and nobody has ended it."""
    for one in versions[version:]:
        if one.basis != "emergency" or one.decision != "given":
            on_page = isinstance(one.recorded_by, RecordedByPatient) or one.taken.answer is not None
            return Settled(one.decision, one.basis, on_page, one.recorded_at)
    return None
