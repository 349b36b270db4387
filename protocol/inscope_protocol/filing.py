"""May this image be filed in an organisation's medical record, by this person, now? (SPEC S12.3). Pure."""

from collections.abc import Iterator

from .attestations import is_valid, standing
from .decision import Deny, Permit, Reason, decide
from .encoding import labelled_hash
from .labels import RECORD_LOCATION
from .policy import Policy
from .types import ImageDescriptor, OrganisationRecipient, Recipient, RecordRecipient, Scope, Thread

CARE = "direct-care-advice"
REMEDIES = {
    "not_for_care": "choose_other_thread",
    "filer_not_of_organisation": "ask_who_works_there",
    "record_not_covered": "ask_patient",
}


def decide_filing(
    scope: Scope | None,
    policy: Policy | None,
    thread: Thread,
    filer: Recipient,
    recorder: Recipient,
    organisation: str,
    image: ImageDescriptor,
    now: int,
) -> Permit | Deny:
    """S12.3. `recorder`: who recorded the consent's first version. Attestations were verified before.

    All of S5.4 with the filer alone, and then that it is for care, that the filer works where it is filed, and that
    the consent goes there.
    """
    reasons = (*decide(scope, policy, thread, [filer], image, now).reasons,)
    if scope is not None:
        reasons += (*_about_record(scope, thread, filer, recorder, organisation, now),)
    return Deny(reasons) if reasons else Permit()


def _about_record(
    scope: Scope, thread: Thread, filer: Recipient, recorder: Recipient, organisation: str, now: int
) -> Iterator[Reason]:
    if thread.purpose != CARE:
        yield _reason("not_for_care")
    held = standing(filer.attestations, filer.person)
    if not any(one.organisation == organisation and is_valid(one, now) for one in held):
        yield _reason("filer_not_of_organisation", filer.person)
    if not is_record_covered(scope, recorder, organisation):
        yield _reason("record_not_covered")


def _reason(code: str, who: str | None = None) -> Reason:
    return Reason(code, who, REMEDIES[code])


def is_record_covered(scope: Scope, recorder: Recipient, organisation: str) -> bool:
    """Where the patient is treated, or where the consent says: it names the organisation, or its record."""
    treating = any(one.organisation == organisation for one in standing(recorder.attestations, recorder.person))
    return treating or any(
        isinstance(entry, OrganisationRecipient | RecordRecipient) and entry.organisation == organisation
        for entry in scope.recipients
    )


def location_hash(location: str) -> bytes:
    """By which a receipt names a place in the record without telling it (S12.8)."""
    return labelled_hash(RECORD_LOCATION, location.encode("utf-8"))
