"""What is filed, in words, for whoever opens the record years later."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from inscope_protocol.types import (
    GroupRecipient,
    OrganisationRecipient,
    PersonRecipient,
    RecipientEntry,
    RecordRecipient,
    RoleRecipient,
    Scope,
    TeamRecipient,
)

from .trust import Trust

BASES = {
    "patient": "the patient",
    "young-person": "the patient, a young person who understands it",
    "guardian": "the patient's guardian or parent",
    "substitute-decision-maker": "a substitute decision-maker",
    "expected-in-direct-care": "nobody was asked: expected in direct care",
    "emergency": "nobody could be asked: an emergency",
}
PURPOSES = {"direct-care-advice": "direct care advice", "teaching": "teaching", "research": "research"}
HOW = {"verbal": "by word of mouth", "written": "on paper", "electronic": "electronically"}
DECISIONS = {"given": "Consent given", "refused": "Refused", "withdrawn": "Withdrawn"}
PROVEN = "signed by its author's own device"
UNPROVEN = "as the person who filed it says; not signed by its author"


def moment(at: int, zone: str) -> str:
    """ "24 November 2026, 20:15 (UTC)"."""
    said = datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo(zone))
    return f"{said.day} {said:%B %Y, %H:%M} ({said.tzname()})"


def consent_lines(scope: Scope, trust: Trust, zone: str) -> list[tuple[str, str]]:
    """(what, words) of the consent that this was filed under."""
    conditions = scope.conditions
    recorder = trust.name(scope.recorder) if scope.recorder else "the patient, on their own page"
    limits = ["de-identified images only"] if conditions.deidentified_only else []
    limits += ["not passed on to other conversations"] if conditions.no_onward_sharing else []
    witness = f", witnessed by {trust.name(scope.taken.witness)}" if scope.taken.witness else ""
    return [
        (DECISIONS[scope.decision], f"by {BASES[scope.basis]}, {HOW[scope.taken.how]}{witness}"),
        ("For", ", ".join(PURPOSES[one] for one in scope.purposes) or "no purpose"),
        ("To be seen by", "; ".join(recipient(one, trust) for one in scope.recipients) or "nobody"),
        ("Kinds of image", ", ".join(conditions.image_kinds) or "none"),
        ("Conditions", ", ".join(limits) or "none"),
        ("From and until", f"{moment(scope.valid_from, zone)} to {moment(scope.valid_until - 1, zone)}"),
        ("Recorded", f"{moment(scope.recorded_at, zone)}, by {recorder}"),
    ]  # fmt: skip


def recipient(entry: RecipientEntry, trust: Trust) -> str:
    match entry:
        case PersonRecipient():
            return trust.name(entry.person)
        case TeamRecipient():
            known = trust.organisations.get(entry.organisation)
            names = {} if known is None else {team.team: team.name for team in known.teams}
            return f"everyone in {names.get(entry.team, 'a team')}, {trust.organisation_name(entry.organisation)}"
        case OrganisationRecipient():
            return f"everyone at {trust.organisation_name(entry.organisation)}"
        case RoleRecipient():
            return f"whoever is {entry.role.replace('-', ' ')} at {trust.organisation_name(entry.organisation)}"
        case GroupRecipient():
            return "everyone in one named thread"
        case RecordRecipient():
            return f"the medical record of {trust.organisation_name(entry.organisation)}"
