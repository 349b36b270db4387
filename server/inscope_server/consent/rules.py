"""Which version may follow which, and who may read a consent (SPEC S5.3)."""

from __future__ import annotations

from collections.abc import Sequence

from inscope_protocol.decision import covers
from inscope_protocol.types import PolicyName, Recipient, RecordedBy, Scope, Thread

from ..caller import Caller
from ..clock import CLOCK_TOLERANCE
from ..errors import Refusal


def check_author(scope: Scope, caller: Caller, now: int) -> None:
    """`recorded_by` is the device that asks, and the time of recording is about now."""
    if scope.recorded_by != RecordedBy(caller.person, caller.device):
        raise Refusal("consent_not_yours", "A consent is recorded in the name of the device that signs it.")
    if abs(scope.recorded_at - now) > CLOCK_TOLERANCE:
        raise Refusal("consent_conflict", "The time of recording is more than 5 minutes away from the server's.")


def check_policy(scope: Scope, in_force: PolicyName) -> None:
    """A new version is recorded under the profile in force (S5.7); one that ends sharing needs none."""
    if scope.decision == "given" and scope.policy != in_force:
        raise Refusal("policy_mismatch")


def check_witness(witness: str, recorder: str, seen: bool) -> None:
    """`seen`: whether the recorder's organisation sees the witness as attested now. One answer to all that fails."""
    if witness == recorder or not seen:
        raise Refusal("witness_unknown")


def check_first(scope: Scope) -> None:
    """A later version of a consent that never was is answered like one of another's consent."""
    if scope.version != 1:
        raise Refusal("not_found")
    if scope.decision == "withdrawn":
        raise Refusal("consent_conflict", "What was never given cannot be withdrawn.")


def check_next(scope: Scope, before: Scope, before_hash: str) -> None:
    """The link to the version before; nothing follows a withdrawal."""
    if (scope.consent, scope.subject) != (before.consent, before.subject):
        raise Refusal("consent_conflict", "A version keeps the consent's patient.")
    if before.decision == "withdrawn":
        raise Refusal("consent_conflict", "This consent was withdrawn. Record a new one.", "record_consent")
    if scope.version != before.version + 1 or scope.previous != before_hash:
        raise Refusal("consent_conflict")


def may_amend(before: Scope, reader: Recipient, recorders: Sequence[str], threads: Sequence[str], now: int) -> bool:
    """Whoever recorded a version, or is covered by the newest one."""
    return reader.person in recorders or is_covered(before, reader, threads, now)


def is_covered(scope: Scope, reader: Recipient, threads: Sequence[str], now: int) -> bool:
    """Covered somewhere: `threads` are those of the reader, for entries that name a standing group.

    All other entries cover in no thread too.
    """
    places = [Thread(thread, "case", "direct-care-advice") for thread in (*threads, "")]
    return any(covers(scope, place, reader, now) for place in places)


def names_person(scope: Scope, person: str) -> bool:
    return any(getattr(entry, "person", None) == person for entry in scope.recipients)
