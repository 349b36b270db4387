"""Policy profiles: what a place demands of a consent beyond S5.4's own rows. Data that can only narrow (SPEC S5.7)."""

from collections.abc import Iterator
from typing import Annotated, Literal, get_args

from msgspec import Meta

from .types import Basis, Counting, ImageDescriptor, Purpose, Role, Scope, Sensitivity, Strict, Text

Requirement = Literal["sheet", "witness", "writing", "professional-interpreter", "assent"]
REQUIREMENTS: tuple[Requirement, ...] = get_args(Requirement)
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
HOUR = 60 * 60 * 1000
DAY = 24 * HOUR


class Bases(Strict, frozen=True):
    """On which bases images may be shared for a purpose."""

    purpose: Purpose
    bases: tuple[Basis, ...]


class Longest(Strict, frozen=True):
    """How long a consent counts for a purpose, from its `valid_from`."""

    purpose: Purpose
    days: Annotated[int, Meta(ge=1, le=3650)]


class Demand(Strict, frozen=True):
    """`require` holds where purpose, basis and image are among those listed; an empty list means any."""

    purposes: tuple[Purpose, ...]
    bases: tuple[Basis, ...]
    sensitive: tuple[Sensitivity, ...]
    require: tuple[Requirement, ...]


class Policy(Strict, frozen=True):
    """One version of one profile. `bases` and `longest_days` speak of each purpose once."""

    profile: Role
    version: Counting
    name: Text
    bases: tuple[Bases, ...]
    longest_days: tuple[Longest, ...]
    emergency_hours: Annotated[int, Meta(ge=1, le=24)]
    demands: tuple[Demand, ...]
    sources: tuple[Text, ...]

    def __post_init__(self) -> None:
        for rows in (self.bases, self.longest_days):
            if sorted(row.purpose for row in rows) != sorted(PURPOSES):
                raise ValueError("a profile speaks of each purpose once")


def was_asked(scope: Scope) -> bool:
    """On the other bases nobody has said yes, and nobody may say that somebody did (S5.1)."""
    return scope.basis not in ("expected-in-direct-care", "emergency")


def basis_suffices(policy: Policy, basis: Basis, purpose: Purpose) -> bool:
    return any(row.purpose == purpose and basis in row.bases for row in policy.bases)


def period_end(policy: Policy, scope: Scope, purpose: Purpose) -> int:
    """The instant (milliseconds) from which the profile no longer lets this consent count for this purpose."""
    days = min(row.days for row in policy.longest_days if row.purpose == purpose)
    ends = scope.valid_from + days * DAY
    return min(ends, scope.valid_from + policy.emergency_hours * HOUR) if scope.basis == "emergency" else ends


def next_end(policy: Policy | None, scope: Scope, now: int) -> int | None:
    """The next instant after `now` at which time alone may end something that rests on this consent."""
    ends = [scope.valid_until]
    if policy is not None:
        ends += [period_end(policy, scope, purpose) for purpose in PURPOSES]
    return min((end for end in ends if end > now), default=None)


def requirements(policy: Policy, scope: Scope, purpose: Purpose, image: ImageDescriptor) -> Iterator[str]:
    """The codes, without `_required`, of what is demanded and missing; in the order of S5.4's table."""
    demanded = {one for demand in policy.demands if _applies(demand, scope, purpose, image) for one in demand.require}
    return (one.replace("-", "_") for one in REQUIREMENTS if one in demanded and not _is_met(one, scope))


def _applies(demand: Demand, scope: Scope, purpose: Purpose, image: ImageDescriptor) -> bool:
    return (
        (not demand.purposes or purpose in demand.purposes)
        and (not demand.bases or scope.basis in demand.bases)
        and (not demand.sensitive or bool(set(demand.sensitive) & set(image.sensitive)))
    )


def _is_in_writing(scope: Scope) -> bool:
    """Where nobody was asked, nobody has put anything in writing."""
    return scope.taken.how in ("written", "electronic") and was_asked(scope)


def _is_met(requirement: Requirement, scope: Scope) -> bool:
    taken = scope.taken
    match requirement:
        case "sheet":
            return taken.sheet is not None
        case "witness":
            return taken.witness not in (None, scope.recorder) or _is_in_writing(scope)
        case "writing":
            return _is_in_writing(scope)
        case "professional-interpreter":
            return taken.interpreter in (None, "professional", "telephone")
        case "assent":
            return taken.assent is not None
