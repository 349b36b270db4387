"""The cases of `decision/`: what S5.4 must say, written by hand from the page and not from the code."""

from typing import Any

from .cases import (
    CASE_THREAD,
    CLINIC,
    FRIEND,
    HOSPITAL,
    HOUR,
    IMAGE,
    INTERN,
    NOW,
    ON_CALL,
    OTHER_PATIENT,
    PATIENT,
    RADIOLOGY,
    SOCIAL_THREAD,
    SPECIALIST,
    Case,
    attestation,
    case,
    ident,
    on,
    policy,
    scope,
)

ASK, OTHER_THREAD, RENEW = "ask_patient", "choose_other_thread", "renew_attestation"
NOT_COVERED = ("person_not_covered", SPECIALIST, "ask_patient_or_remove")
LAPSED = ("attestation_lapsed", SPECIALIST, RENEW)
UNATTESTED = ("not_attested", SPECIALIST, RENEW)
EXPIRED = ("consent_expired", None, ASK)
NOT_YET = ("consent_not_yet_valid", None, "wait")
WRONG_PURPOSE = ("purpose_not_covered", None, ASK)
NO_PURPOSE = ("purpose_not_covered", None, OTHER_THREAD)
WEAK_BASIS = ("basis_insufficient", None, ASK)
SOCIAL = ("social_thread", None, OTHER_THREAD)
WRONG_KIND = ("image_kind_not_covered", None, ASK)
IDENTIFIABLE = ("not_deidentified", None, "deidentify")
ONWARD = ("onward_sharing_forbidden", None, ASK)
REFUSED = ("consent_refused", None, "respect_refusal")
WITHDRAWN = ("consent_withdrawn", None, "respect_refusal")
WRONG_SUBJECT = ("subject_mismatch", None, "use_right_consent")
NOBODY = ("nobody", None, OTHER_THREAD)

Reasons = tuple[str, str | None, str]
Recipients = list[dict[str, Any]]


def conditions(**changes: Any) -> dict[str, Any]:
    return {
        "deidentified_only": False,
        "no_onward_sharing": False,
        "image_kinds": ["radiograph"],
        "sensitive": [],
    } | changes


def thread(**changes: Any) -> dict[str, Any]:
    return {"thread": CASE_THREAD, "kind": "case", "purpose": "direct-care-advice"} | changes


def image(**changes: Any) -> dict[str, Any]:
    return {
        "image": IMAGE,
        "subject": PATIENT,
        "kind": "radiograph",
        "deidentified": False,
        "sensitive": [],
        "onward": False,
    } | changes


def recipient(person: str, *attestations: dict[str, Any]) -> dict[str, Any]:
    return {"person": person, "attestations": list(attestations)}


def intern(**changes: Any) -> dict[str, Any]:
    held = {"organisation": HOSPITAL, "roles": ["intern"], "teams": [], "registration": None}
    return recipient(INTERN, attestation(INTERN, **held, **changes))


def specialist(*attestations: dict[str, Any]) -> dict[str, Any]:
    return recipient(SPECIALIST, *(attestations or (attestation(),)))


def friend() -> dict[str, Any]:
    return recipient(FRIEND, attestation(FRIEND, organisation=HOSPITAL, roles=["intern"], teams=[]))


def decided(
    name: str,
    *reasons: Reasons,
    consent: dict[str, Any] | None = None,
    place: dict[str, Any] | None = None,
    people: Recipients | None = None,
    picture: dict[str, Any] | None = None,
    now: int = NOW,
    missing: bool = False,
    rules: dict[str, Any] | None = None,
    no_rules: bool = False,
) -> Case:
    given = {
        "scope": None if missing else consent or scope(),
        "policy": None if no_rules else rules or policy(),
        "thread": place or thread(),
        "recipients": [intern(), specialist()] if people is None else people,
        "image": picture or image(),
        "now": now,
    }
    listed = [{"code": code, "who": who, "remedy": remedy} for code, who, remedy in reasons]
    return case(name, "decision", "S5.4", "decide", given, {"reasons": listed})


def about_the_consent() -> list[Case]:
    start, end = NOW - HOUR, NOW + HOUR
    lasting = [intern(valid_from=0, valid_until=NOW * 2),
               specialist(attestation(valid_from=0, valid_until=NOW * 2))]  # fmt: skip
    return [
        decided("the case that started it, as the patient agreed to it"),
        decided("no consent", ("consent_missing", None, "record_consent"), missing=True),
        decided("no consent and nobody: no later row is tested", ("consent_missing", None, "record_consent"),
                missing=True, people=[], place=thread(kind="social", purpose="none")),
        decided("refused", REFUSED, consent=scope(decision="refused")),
        decided("withdrawn", WITHDRAWN, consent=scope(decision="withdrawn")),
        decided("now is the first instant", consent=scope(), now=start, people=lasting),
        decided("one millisecond before the first instant", NOT_YET, now=start - 1, people=lasting),
        decided("one millisecond before the end", now=end - 1, people=lasting),
        decided("now is the end", EXPIRED, now=end, people=lasting),
        decided("one millisecond after the end", EXPIRED, now=end + 1, people=lasting),
        decided("a client clock a day slow", NOT_YET, now=start - 24 * HOUR, people=lasting),
        decided("the shortest consent, at its instant", consent=scope(valid_from=NOW, valid_until=NOW + 1)),
        decided("the shortest consent, after it", EXPIRED, consent=scope(valid_from=NOW - 1, valid_until=NOW)),
        decided("the largest times", ("policy_period_over", None, ASK), now=2**53 - 2,
                consent=scope(valid_from=0, valid_until=2**53 - 1),
                people=[intern(valid_from=0, valid_until=2**53 - 1),
                        specialist(attestation(valid_from=0, valid_until=2**53 - 1))]),
        decided("time zero", now=0, consent=scope(valid_from=0, valid_until=1),
                people=[intern(valid_from=0, valid_until=1), specialist(attestation(valid_from=0, valid_until=1))]),
        decided("refused and expired", REFUSED, EXPIRED, consent=scope(decision="refused", valid_until=NOW)),
        decided("withdrawn before it began", WITHDRAWN, NOT_YET,
                consent=scope(decision="withdrawn", valid_from=NOW + 1)),
        decided("another patient's picture", WRONG_SUBJECT, picture=image(subject=OTHER_PATIENT)),
        decided("a later version decides like the first",
                consent=scope(version=2, previous=scope()["record_commitment"])),
    ]  # fmt: skip


def about_the_thread() -> list[Case]:
    everything = ["direct-care-advice", "teaching", "research"]
    cases = [
        decided("the social group: the case that started it", NO_PURPOSE, SOCIAL,
                ("person_not_covered", FRIEND, "ask_patient_or_remove"),
                place=thread(thread=SOCIAL_THREAD, kind="social", purpose="none"), people=[intern(), friend()]),
        decided("a social thread, even when everybody is covered", NO_PURPOSE, SOCIAL,
                place=thread(kind="social", purpose="none")),
        decided("a social thread that claims a purpose", SOCIAL, place=thread(kind="social")),
        decided("purpose none is never covered", NO_PURPOSE, place=thread(purpose="none"),
                consent=scope(purposes=everything)),
        decided("a discussion thread with a covered purpose", place=thread(kind="discussion")),
        decided("another purpose", WRONG_PURPOSE, place=thread(purpose="teaching")),
        decided("no purposes cover nothing", WRONG_PURPOSE, consent=scope(purposes=[])),
        decided("no purposes and none", NO_PURPOSE, consent=scope(purposes=[]), place=thread(purpose="none")),
        decided("one of several purposes", consent=scope(purposes=everything), place=thread(purpose="research")),
    ]  # fmt: skip
    for basis in ("patient", "young-person", "guardian", "substitute-decision-maker"):
        cases.append(decided(f"teaching on the basis {basis}", consent=scope(**on(basis), purposes=everything),
                             place=thread(purpose="teaching")))  # fmt: skip
    for basis in ("emergency", "expected-in-direct-care"):
        agreed = scope(**on(basis), purposes=everything)
        cases += [
            decided(f"direct care on the basis {basis}", consent=agreed),
            decided(f"teaching on the basis {basis}", WEAK_BASIS, consent=agreed, place=thread(purpose="teaching")),
            decided(f"research on the basis {basis}", WEAK_BASIS, consent=agreed, place=thread(purpose="research")),
            decided(f"no purpose on the basis {basis}", NO_PURPOSE, WEAK_BASIS, consent=agreed,
                    place=thread(purpose="none")),
            decided(f"an uncovered purpose on the basis {basis}", WRONG_PURPOSE, WEAK_BASIS,
                    consent=scope(**on(basis)), place=thread(purpose="teaching")),
        ]  # fmt: skip
    return cases


def about_the_image() -> list[Case]:
    only_deidentified = scope(conditions=conditions(deidentified_only=True))
    no_onward = scope(conditions=conditions(no_onward_sharing=True))
    return [
        decided("another kind of image", WRONG_KIND, picture=image(kind="photograph")),
        decided("no kinds cover no image", WRONG_KIND, consent=scope(conditions=conditions(image_kinds=[]))),
        decided("one of several kinds", picture=image(kind="scan"),
                consent=scope(conditions=conditions(image_kinds=["radiograph", "scan", "photograph", "document"]))),
        decided("de-identified only, and it is not", IDENTIFIABLE, consent=only_deidentified),
        decided("de-identified only, and it is", consent=only_deidentified, picture=image(deidentified=True)),
        decided("de-identified though nobody asked", picture=image(deidentified=True)),
        decided("onward where it is forbidden", ONWARD, consent=no_onward, picture=image(onward=True)),
        decided("not onward where it is forbidden", consent=no_onward),
        decided("onward where it is allowed", picture=image(onward=True)),
        decided("all about the image at once", WRONG_SUBJECT, WRONG_KIND, IDENTIFIABLE, ONWARD,
                consent=scope(conditions=conditions(deidentified_only=True, no_onward_sharing=True)),
                picture=image(subject=OTHER_PATIENT, kind="document", onward=True)),
    ]  # fmt: skip


def about_entries() -> list[Case]:
    def only(name: str, entry: dict[str, Any], *reasons: Reasons, held: Any = None) -> Case:
        people = [specialist(*held) if held else specialist()]
        return decided(name, *reasons, consent=scope(recipients=[entry]), people=people)

    role = {"kind": "role", "organisation": CLINIC, "role": "radiologist"}
    team = {"kind": "team", "organisation": CLINIC, "team": RADIOLOGY}
    organisation = {"kind": "organisation", "organisation": CLINIC}
    return [
        only("a person, by name", {"kind": "person", "person": SPECIALIST}),
        only("another person", {"kind": "person", "person": FRIEND}, NOT_COVERED),
        only("a team", team),
        only("another team there", team | {"team": ON_CALL}, NOT_COVERED),
        only("that team's id elsewhere", team | {"organisation": HOSPITAL}, NOT_COVERED),
        only("an organisation that puts its own person into another's team", team, NOT_COVERED,
             held=[attestation(organisation=HOSPITAL)]),
        only("organisation and team from two attestations never add up", team, NOT_COVERED,
             held=[attestation(teams=[]), attestation(organisation=HOSPITAL)]),
        only("a team by the second of two attestations", team,
             held=[attestation(organisation=HOSPITAL, teams=[]), attestation()]),
        only("a team that the person left", team, NOT_COVERED, held=[attestation(teams=[])]),
        only("an organisation", organisation),
        only("another organisation", {"kind": "organisation", "organisation": HOSPITAL}, NOT_COVERED),
        only("a role at an organisation", role),
        only("another role there", role | {"role": "intern"}, NOT_COVERED),
        only("the same role elsewhere", role | {"organisation": HOSPITAL}, NOT_COVERED),
        only("organisation and role from two attestations never add up", role, NOT_COVERED,
             held=[attestation(roles=["intern"]), attestation(organisation=HOSPITAL)]),
        only("a group that is this thread", {"kind": "group", "thread": CASE_THREAD}),
        only("a group that is another thread", {"kind": "group", "thread": SOCIAL_THREAD}, NOT_COVERED),
        decided("an empty list covers nobody", ("person_not_covered", INTERN, "ask_patient_or_remove"), NOT_COVERED,
                consent=scope(recipients=[])),
        decided("who recorded it is not covered by that", ("person_not_covered", INTERN, "ask_patient_or_remove"),
                consent=scope(recipients=[{"kind": "person", "person": SPECIALIST}])),
        decided("the witness is not covered by that", NOT_COVERED,
                consent=scope(recipients=[{"kind": "person", "person": INTERN}])),
        decided("two entries for one person", people=[specialist()], consent=scope(recipients=[team, role])),
        decided("the last of many entries", people=[specialist()], consent=scope(recipients=[
            *({"kind": "person", "person": ident("per", number)} for number in range(100, 130)), organisation])),
    ]  # fmt: skip


def about_people() -> list[Case]:
    short, long = attestation(valid_until=NOW), attestation(valid_until=NOW + 1)
    elsewhere = attestation(organisation=HOSPITAL, roles=["radiologist"], teams=[])
    newer_without = attestation(serial=4, roles=[], teams=[])
    return [
        decided("nobody", NOBODY, people=[]),
        decided("no attestation", UNATTESTED, people=[intern(), recipient(SPECIALIST)]),
        decided("no attestation, though named in person", UNATTESTED, people=[recipient(SPECIALIST)],
                consent=scope(recipients=[{"kind": "person", "person": SPECIALIST}])),
        decided("no attestation, though the group is covered", UNATTESTED, people=[recipient(SPECIALIST)],
                consent=scope(recipients=[{"kind": "group", "thread": CASE_THREAD}])),
        decided("somebody else's attestation", UNATTESTED, people=[specialist(attestation(FRIEND))]),
        decided("somebody else's attestation beside one's own", NOT_COVERED,
                people=[specialist(attestation(roles=[]), attestation(FRIEND, organisation=HOSPITAL))]),
        decided("somebody else's higher serial voids nothing",
                people=[specialist(attestation(), attestation(FRIEND, serial=9))]),
        decided("attestation ends now", LAPSED, people=[specialist(short)]),
        decided("attestation ends in one millisecond", people=[specialist(long)]),
        decided("attestation begins now", people=[specialist(attestation(valid_from=NOW))]),
        decided("attestation begins in one millisecond", LAPSED, people=[specialist(attestation(valid_from=NOW + 1))]),
        decided("lapsed, though named in person", LAPSED, people=[specialist(short)],
                consent=scope(recipients=[{"kind": "person", "person": SPECIALIST}])),
        decided("one lapsed, one valid elsewhere that is not covered", NOT_COVERED,
                people=[specialist(short, elsewhere)]),
        decided("one lapsed, one valid elsewhere that is covered", people=[specialist(short, elsewhere)],
                consent=scope(recipients=[{"kind": "organisation", "organisation": HOSPITAL}])),
        decided("a lapsed one does not lend its role", NOT_COVERED,
                people=[specialist(short, elsewhere | {"roles": []})]),
        decided("two valid ones of two organisations, the second covers",
                people=[specialist(elsewhere, attestation())]),
        decided("a newer serial took the role away", NOT_COVERED, people=[specialist(attestation(), newer_without)]),
        decided("the same in the other order", NOT_COVERED, people=[specialist(newer_without, attestation())]),
        decided("a newer serial that lapsed: the older stays void", LAPSED,
                people=[specialist(attestation(), attestation(serial=4, valid_until=NOW))]),
        decided("a newer serial gave the role", people=[specialist(attestation(serial=2, roles=[]), attestation())]),
        decided("serials of two organisations are not compared",
                people=[specialist(elsewhere | {"serial": 99}, attestation(serial=0))]),
        decided("the same serial twice: both stand", people=[specialist(attestation(roles=[]), attestation())]),
        decided("a person named twice counts once", UNATTESTED,
                people=[intern(), recipient(SPECIALIST), recipient(SPECIALIST)]),
        decided("a person named twice: the first entry counts", UNATTESTED,
                people=[recipient(SPECIALIST), specialist()]),
        decided("a person named twice: the first entry counts, when it covers",
                people=[specialist(), recipient(SPECIALIST)]),
        decided("people in the order of the input", ("person_not_covered", FRIEND, "ask_patient_or_remove"),
                LAPSED, ("not_attested", INTERN, RENEW), people=[friend(), specialist(short), recipient(INTERN)]),
        decided("one uncovered among the covered", ("person_not_covered", FRIEND, "ask_patient_or_remove"),
                people=[intern(), friend(), specialist()]),
        decided("everything at once", WITHDRAWN, EXPIRED, WRONG_SUBJECT, NO_PURPOSE, WEAK_BASIS, SOCIAL, WRONG_KIND,
                IDENTIFIABLE, ONWARD, UNATTESTED, ("person_not_covered", FRIEND, "ask_patient_or_remove"),
                consent=scope(decision="withdrawn", valid_until=NOW, **on("emergency"), purposes=[], recipients=[],
                              conditions=conditions(deidentified_only=True, no_onward_sharing=True, image_kinds=[])),
                place=thread(kind="social", purpose="none"), people=[recipient(SPECIALIST), friend()],
                picture=image(subject=OTHER_PATIENT, onward=True)),
        decided("everything about the consent and nobody", REFUSED, NOT_YET, NOBODY,
                consent=scope(decision="refused", valid_from=NOW + 1), people=[]),
    ]  # fmt: skip


def files() -> dict[str, list[Case]]:
    return {
        "decision/consent": about_the_consent(),
        "decision/thread": about_the_thread(),
        "decision/image": about_the_image(),
        "decision/entries": about_entries(),
        "decision/people": about_people(),
    }
