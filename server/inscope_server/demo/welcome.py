"""What the demonstration says when it is ready: the links, and where to click."""

from __future__ import annotations

from pathlib import Path

from .cast import COLLEAGUE, INTERN, OFFICER, ON_CALL, SOCIAL_GROUP, SPECIALIST
from .seed import Invitee


def welcome(origin: str, cast: dict[str, Invitee], record: Path) -> str:
    return f"""
InScope is running at {origin}   (Ctrl-C stops everything)

  1. You are {INTERN.name}, graduate intern. {_opens(cast[INTERN.key])}

     {_way_in(origin, cast[INTERN.key])}

  2. Start a case thread. Search for "orth" and choose {ON_CALL.name},
     the registrar on call: she is a program on this machine and answers.
  3. Record the patient's consent, attach the sample x-ray, send it.
  4. Now try to forward it to "{SOCIAL_GROUP}", or to add {COLLEAGUE.name}: see who is out of scope.
  5. When she has answered, press "File in the record": the image and her advice go to your hospital's record,
     {record}, and the image is gone here.

  For a second window (a private one, so that it is another device), be the specialist, {SPECIALIST.name}:

     {_way_in(origin, cast[SPECIALIST.key])}

  A third, {OFFICER.name}, privacy officer and administrator, reviews emergencies and sees her hospital's people:

     {_way_in(origin, cast[OFFICER.key])}
"""


def _opens(invitee: Invitee) -> str:
    if invitee.enrolled:
        return "Open this in the browser where you set up your device:"
    return "Open this link (it works once) in a browser window:"


def _way_in(origin: str, invitee: Invitee) -> str:
    return f"{origin}   (already enrolled: unlock with your passphrase)" if invitee.enrolled else invitee.link
