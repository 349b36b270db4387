"""The headless members: each a real device with its own keys, run by Node on the same session core as the browser's."""

from __future__ import annotations

import os
from pathlib import Path

from .cast import FELLOW, INTERN, ON_CALL, ORGANISER, SOCIAL_GROUP
from .children import Children
from .seed import Invitee

PROGRAM = Path("dist-node") / "participant.js"
GATHERED = (INTERN, FELLOW)


def state_path(directory: Path, invitee: Invitee) -> Path:
    """Where this participant's device keeps its sealed records between runs."""
    return directory / f"{invitee.member.key}.device.json"


def participant_command(program: Path, origin: str, directory: Path, cast: dict[str, Invitee], key: str) -> list[str]:
    """`node participant.js ORIGIN FRAGMENT --state FILE`, then what this one does.

    `--answers`: replies in case threads and opens their images. `--gathers TITLE --people ID,ID`: makes that
    social group, and adds those people as they become known.
    """
    invitee = cast[key]
    command = ["node", str(program), origin, invitee.fragment, "--state", str(state_path(directory, invitee))]
    if invitee.member == ON_CALL:
        command.append("--answers")
    if invitee.member == ORGANISER:
        people = ",".join(cast[member.key].person for member in GATHERED)
        command += ["--gathers", SOCIAL_GROUP, "--people", people]
    return command


async def start_participants(
    children: Children, program: Path, origin: str, directory: Path, cast: dict[str, Invitee]
) -> None:
    for key, invitee in cast.items():
        if invitee.member.plays == "program":
            command = participant_command(program, origin, directory, cast, key)
            await children.start(key, command, os.environ, directory / f"{key}.log")
