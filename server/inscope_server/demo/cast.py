"""Who is in the demonstration: two hospitals and their people. All are invented."""

from __future__ import annotations

from dataclasses import dataclass

SOCIAL_GROUP = "The unicorn of breaks"
PRIVACY_OFFICER = "privacy-officer"  # SPEC S5.13
ADMINISTRATOR = "administrator"  # SPEC S4.7


@dataclass(frozen=True)
class Member:
    """`key` names them in the demonstration's files. `plays`: `window` or `program`."""

    key: str
    name: str
    roles: tuple[str, ...]
    teams: tuple[str, ...]
    plays: str = "program"


@dataclass(frozen=True)
class Hospital:
    name: str
    teams: tuple[str, ...]
    roles: dict[str, str]
    members: tuple[Member, ...]


EMERGENCY, INTERNS, ORTHOPAEDICS = "Emergency department", "Graduate interns", "Orthopaedic specialists"

INTERN = Member("intern", "Dr Ines Moreau", ("intern",), (EMERGENCY, INTERNS), "window")
SPECIALIST = Member("specialist", "Dr Samuel Okafor", ("surgeon",), (ORTHOPAEDICS,), "window")
ON_CALL = Member("on-call", "Dr Amara Nwosu", ("registrar",), (ORTHOPAEDICS,))
COLLEAGUE = Member("colleague", "Dr Lena Fischer", ("registrar",), (EMERGENCY,))
ORGANISER = Member("organiser", "Dr Tom Alder", ("intern",), (INTERNS,))
FELLOW = Member("fellow", "Dr Priya Raman", ("intern",), (INTERNS,))
OFFICER = Member("officer", "Ms Ruth Adeyemi", (PRIVACY_OFFICER, ADMINISTRATOR), (), "window")

HOSPITALS = (
    Hospital(
        "Riverbend District Hospital",
        (EMERGENCY, INTERNS),
        {
            "intern": "Graduate intern",
            "registrar": "Registrar",
            PRIVACY_OFFICER: "Privacy officer",
            ADMINISTRATOR: "Administrator",
        },
        (INTERN, COLLEAGUE, ORGANISER, FELLOW, OFFICER),
    ),
    Hospital(
        "Coastal Orthopaedics",
        (ORTHOPAEDICS,),
        {"surgeon": "Orthopaedic surgeon", "registrar": "Orthopaedic registrar on call"},
        (SPECIALIST, ON_CALL),
    ),
)
