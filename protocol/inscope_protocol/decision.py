"""The decision (SPEC S5.4): may these people see this image in this thread, under this consent, now? Pure."""

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from msgspec import Struct

from .attestations import is_valid, standing
from .policy import Policy, basis_suffices, period_end, requirements, was_asked
from .types import (
    Attestation,
    GroupRecipient,
    ImageDescriptor,
    OrganisationRecipient,
    PersonRecipient,
    Recipient,
    RecipientEntry,
    RecordRecipient,
    RoleRecipient,
    Scope,
    TeamRecipient,
    Thread,
)

REMEDIES = {
    "consent_missing": "record_consent",
    "consent_refused": "respect_refusal",
    "consent_withdrawn": "respect_refusal",
    "assent_refused": "respect_refusal",
    "consent_not_yet_valid": "wait",
    "consent_expired": "ask_patient",
    "policy_unknown": "record_again",
    "policy_period_over": "ask_patient",
    "subject_mismatch": "use_right_consent",
    "purpose_not_covered": "ask_patient",
    "basis_insufficient": "ask_patient",
    "sheet_required": "complete_consent",
    "witness_required": "complete_consent",
    "writing_required": "complete_consent",
    "professional_interpreter_required": "complete_consent",
    "assent_required": "complete_consent",
    "social_thread": "choose_other_thread",
    "image_kind_not_covered": "ask_patient",
    "sensitivity_not_covered": "ask_patient",
    "not_deidentified": "deidentify",
    "onward_sharing_forbidden": "ask_patient",
    "nobody": "choose_other_thread",
    "not_attested": "renew_attestation",
    "attestation_lapsed": "renew_attestation",
    "person_not_covered": "ask_patient_or_remove",
    "consent_superseded": "use_current_version",
}


class Reason(Struct, frozen=True):
    """Why not: `code` of S5.4, `who` a person or None, and what would put it right."""

    code: str
    who: str | None
    remedy: str


class Permit(Struct, frozen=True):
    permit: ClassVar[bool] = True
    reasons: ClassVar[tuple[Reason, ...]] = ()


class Deny(Struct, frozen=True):
    permit: ClassVar[bool] = False
    reasons: tuple[Reason, ...]


def decide(
    scope: Scope | None,
    policy: Policy | None,
    thread: Thread,
    recipients: Sequence[Recipient],
    image: ImageDescriptor,
    now: int,
) -> Permit | Deny:
    """S5.4. `recipients`: one for each person with a device in the roster, attestations verified before.

    `policy`: the profile that the scope names, None where it is not known. `now` is in milliseconds (S1.1). Every
    reason that applies is given, in the order of the table.
    """
    if scope is None:
        return Deny((reason("consent_missing"),))
    reasons = (
        *_about_scope(scope, now),
        *_about_period(scope, policy, thread, now),
        *_about_thread(scope, policy, thread, image),
        *_about_image(scope, image),
        *_about_people(scope, thread, recipients, now),
    )
    return Deny(reasons) if reasons else Permit()


def reason(code: str, who: str | None = None) -> Reason:
    """A reason with the remedy that S5.4 or S5.11 names for its code."""
    return Reason(code, who, REMEDIES[code])


def _about_scope(scope: Scope, now: int) -> Iterator[Reason]:
    if scope.decision == "refused":
        yield reason("consent_refused")
    if scope.decision == "withdrawn":
        yield reason("consent_withdrawn")
    if scope.taken.assent == "refused":
        yield reason("assent_refused")
    if now < scope.valid_from:
        yield reason("consent_not_yet_valid")
    if now >= scope.valid_until:
        yield reason("consent_expired")


def _about_period(scope: Scope, policy: Policy | None, thread: Thread, now: int) -> Iterator[Reason]:
    if policy is None or (policy.profile, policy.version) != (scope.policy.profile, scope.policy.version):
        yield reason("policy_unknown")
    elif thread.purpose != "none" and now >= period_end(policy, scope, thread.purpose):
        yield reason("policy_period_over")


def _about_thread(scope: Scope, policy: Policy | None, thread: Thread, image: ImageDescriptor) -> Iterator[Reason]:
    if image.subject != scope.subject:
        yield reason("subject_mismatch")
    if thread.purpose == "none":
        yield Reason("purpose_not_covered", None, "choose_other_thread")
    elif thread.purpose not in scope.purposes:
        yield reason("purpose_not_covered")
    if not _basis_suffices(scope, policy, thread):
        yield reason("basis_insufficient")
    if policy is not None and thread.purpose != "none":
        yield from (reason(f"{code}_required") for code in requirements(policy, scope, thread.purpose, image))
    if thread.kind == "social":
        yield reason("social_thread")


def _basis_suffices(scope: Scope, policy: Policy | None, thread: Thread) -> bool:
    if not was_asked(scope) and thread.purpose != "direct-care-advice":
        return False
    return policy is None or thread.purpose == "none" or basis_suffices(policy, scope.basis, thread.purpose)


def _about_image(scope: Scope, image: ImageDescriptor) -> Iterator[Reason]:
    conditions = scope.conditions
    if image.kind not in conditions.image_kinds:
        yield reason("image_kind_not_covered")
    if not set(image.sensitive) <= set(conditions.sensitive):
        yield reason("sensitivity_not_covered")
    if conditions.deidentified_only and (not image.deidentified or "identifiable" in image.sensitive):
        yield reason("not_deidentified")
    if conditions.no_onward_sharing and image.onward:
        yield reason("onward_sharing_forbidden")


def _about_people(scope: Scope, thread: Thread, recipients: Iterable[Recipient], now: int) -> Iterator[Reason]:
    people: dict[str, Recipient] = {}
    for recipient in recipients:
        people.setdefault(recipient.person, recipient)
    if not people:
        yield reason("nobody")
    for recipient in people.values():
        code = _about_person(scope, thread, recipient, now)
        if code is not None:
            yield reason(code, recipient.person)


def _about_person(scope: Scope, thread: Thread, recipient: Recipient, now: int) -> str | None:
    attestations = standing(recipient.attestations, recipient.person)
    if not attestations:
        return "not_attested"
    valid = [attestation for attestation in attestations if is_valid(attestation, now)]
    if not valid:
        return "attestation_lapsed"
    if not any(_matches(entry, recipient.person, valid, thread) for entry in scope.recipients):
        return "person_not_covered"
    return None


def covers(scope: Scope, thread: Thread, recipient: Recipient, now: int) -> bool:
    """Whether some recipient entry matches this person by an attestation valid at `now` (S5.5)."""
    return _about_person(scope, thread, recipient, now) is None


def _matches(entry: RecipientEntry, person: str, valid: Sequence[Attestation], thread: Thread) -> bool:
    """S5.5, over attestations about this person that stand and are valid."""
    match entry:
        case PersonRecipient():
            return entry.person == person
        case TeamRecipient():
            return any(entry.organisation == held.organisation and entry.team in held.teams for held in valid)
        case OrganisationRecipient():
            return any(entry.organisation == held.organisation for held in valid)
        case RoleRecipient():
            return any(entry.organisation == held.organisation and entry.role in held.roles for held in valid)
        case GroupRecipient():
            return entry.thread == thread.thread
        case RecordRecipient():
            return False  # It names a place to file in, and nobody who reads.
