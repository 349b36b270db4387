"""Random questions for the decision, about half of them permitted: a covered case with now and then something wrong."""

from random import Random
from typing import Any

from .cases import CASE_THREAD, NOW, PURPOSES, SHEET, attestation, b64, filled, ident, on, policy, scope

KINDS = ["radiograph", "scan", "photograph", "document"]
ROLES = ["radiologist", "intern", "gp"]
PEOPLE = [ident("per", number) for number in range(1, 7)]
ORGANISATIONS = [ident("org", number) for number in range(1, 4)]
TEAMS = [ident("tea", number) for number in range(1, 4)]
THREADS = [CASE_THREAD, ident("thr", 2)]
SUBJECTS = [ident("sub", 1), ident("sub", 2)]
NEAR = [-2, -1, 0, 1, 2]
DELICATE = ["identifiable", "intimate"]
BASES = ["young-person", "guardian", "substitute-decision-maker", "expected-in-direct-care", "emergency"]
REQUIREMENTS = ["sheet", "witness", "writing", "professional-interpreter", "assent"]

Question = dict[str, Any]


def some(random: Random, choices: list[str], at_least: int = 0) -> list[str]:
    return random.sample(choices, random.randint(at_least, len(choices)))


def without_doubles(entries: list[Any]) -> list[Any]:
    return [entry for index, entry in enumerate(entries) if entry not in entries[:index]]


def times(random: Random, wrong: float) -> dict[str, int]:
    """Around NOW, often to the millisecond; outside it with probability `wrong`."""
    if random.random() < wrong / 2:
        return {"valid_from": NOW - 86_400_000 + random.choice(NEAR), "valid_until": NOW + random.choice([1, 2])}
    if random.random() < wrong:
        start = NOW + random.choice([*NEAR, 1000])
        return {"valid_from": start, "valid_until": start + random.choice([1, 2, 1000])}
    return {"valid_from": NOW - random.choice([0, 1, 1000]), "valid_until": NOW + random.choice([1, 2, 1000])}


def entry(random: Random) -> dict[str, Any]:
    organisation, role = random.choice(ORGANISATIONS), random.choice(ROLES)
    return random.choice([
        {"kind": "person", "person": random.choice(PEOPLE)},
        {"kind": "team", "organisation": organisation, "team": random.choice(TEAMS)},
        {"kind": "organisation", "organisation": organisation},
        {"kind": "role", "organisation": organisation, "role": role},
        {"kind": "group", "thread": random.choice(THREADS)},
    ])  # fmt: skip


def held(random: Random, person: str, wrong: float) -> list[dict[str, Any]]:
    """A few attestations: of several organisations, several serials, sometimes about somebody else."""
    kept = [
        attestation(
            person if random.random() > wrong else random.choice(PEOPLE),
            organisation=random.choice(ORGANISATIONS),
            roles=some(random, ROLES),
            teams=some(random, TEAMS),
            serial=random.randint(0, 3),
            **times(random, wrong),
        )
        for _ in range(random.choice([1, 1, 1, 2, 3]))
    ]
    return without_doubles(kept) if random.random() > wrong / 3 else []


def covering(random: Random, person: str, attestations: list[dict[str, Any]]) -> dict[str, Any]:
    """An entry that names this person, or something an attestation of theirs says."""
    chosen = random.choice(attestations) if attestations else None
    options: list[dict[str, Any]] = [{"kind": "person", "person": person}, {"kind": "group", "thread": CASE_THREAD}]
    if chosen:
        organisation = chosen["organisation"]
        options.append({"kind": "organisation", "organisation": organisation})
        options += [{"kind": "team", "organisation": organisation, "team": team} for team in chosen["teams"]]
        options += [{"kind": "role", "organisation": organisation, "role": role} for role in chosen["roles"]]
    return random.choice(options)


def how_taken(random: Random) -> dict[str, Any]:
    """Everything a profile could ask a patient's own consent for, often."""
    answered = on("patient")["taken"]
    return answered | {
        "how": random.choice(["verbal", "written", "electronic"]),
        "witness": random.choice([None, *PEOPLE[:2]]),
        "sheet": random.choice([None, SHEET]),
        "interpreter": random.choice([None, None, "professional", "telephone", "staff", "family"]),
    }


def rules(random: Random, wrong: float) -> dict[str, Any]:
    """A profile, now and then with short times, fewer bases and demands of its own."""
    if random.random() > wrong:
        return policy()
    demands = [
        {
            "purposes": some(random, PURPOSES[:1] if random.random() < 0.5 else PURPOSES),
            "bases": random.choice([[], [], ["patient"], BASES]),
            "sensitive": random.choice([[], [], DELICATE[:1], DELICATE]),
            "require": some(random, REQUIREMENTS),
        }
        for _ in range(random.randint(0, 2))
    ]
    return policy(
        bases=[{"purpose": one, "bases": some(random, ["patient", *BASES])} for one in PURPOSES],
        longest_days=[{"purpose": one, "days": random.choice([1, 1, 30])} for one in PURPOSES],
        emergency_hours=random.randint(1, 24),
        demands=without_doubles(demands),
    )


def question(random: Random) -> Question:
    wrong = random.choice([0.0, 0.0, 0.02, 0.05, 0.2, 0.5])

    def slip(right: Any, others: list[Any]) -> Any:
        return random.choice(others) if random.random() < wrong else right

    people = random.choices(PEOPLE, k=slip(random.randint(1, 5), [0]))
    recipients = without_doubles([{"person": person, "attestations": held(random, person, wrong)} for person in people])
    entries = [covering(random, one["person"], one["attestations"]) for one in recipients]
    entries += [entry(random) for _ in range(random.randint(0, 3))]
    if random.random() < wrong:
        entries = random.sample(entries, random.randint(0, len(entries)))
    purpose, kind = random.choice(PURPOSES), random.choice(KINDS)
    deidentified, onward = random.random() < 0.5, random.random() < 0.3
    delicate = some(random, DELICATE) if random.random() < 0.3 and not deidentified else []
    agreed = scope(
        subject=SUBJECTS[0],
        decision=slip("given", ["refused", "withdrawn"]),
        **(on(random.choice(BASES)) if random.random() < wrong else {"basis": "patient", "taken": how_taken(random)}),
        purposes=slip(without_doubles([purpose, *some(random, PURPOSES)]), [some(random, PURPOSES)]),
        recipients=without_doubles(entries),
        conditions={
            "deidentified_only": slip(deidentified and random.random() < 0.5, [True]),
            "no_onward_sharing": slip(not onward and random.random() < 0.5, [True]),
            "image_kinds": slip(without_doubles([kind, *some(random, KINDS)]), [some(random, KINDS)]),
            "sensitive": slip(without_doubles([*delicate, *some(random, DELICATE)]), [some(random, DELICATE)]),
        },
        version=1,
        record_commitment=b64(filled(random.randint(0, 255))),
        **times(random, wrong),
    )
    if agreed["taken"]["representative"] is not None:
        agreed["taken"]["assent"] = random.choice([None, "given", "given", "unable", "refused"])
    if agreed["basis"] == "emergency":
        agreed["valid_until"] = min(agreed["valid_until"], agreed["valid_from"] + 86_400_000)
    place = {"thread": CASE_THREAD, "kind": slip(random.choice(["case", "discussion"]), ["social"]),
             "purpose": slip(purpose, [*PURPOSES, "none"])}  # fmt: skip
    image = {"image": ident("img", 1), "subject": slip(SUBJECTS[0], SUBJECTS), "kind": kind,
             "deidentified": deidentified, "sensitive": delicate, "onward": onward}  # fmt: skip
    now = NOW + slip(0, NEAR)
    return {
        "scope": slip(agreed, [agreed, None]),
        "policy": slip(rules(random, wrong), [None, policy(version=2), rules(random, 1.0)]),
        "thread": place,
        "recipients": recipients,
        "image": image,
        "now": now,
    }
