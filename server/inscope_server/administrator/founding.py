"""A new organisation: its key pair, teams and roles, in a new folder."""

from __future__ import annotations

import re
from pathlib import Path

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.identifiers import make_identifier
from inscope_protocol.types import NamedRole, NamedTeam

from ..clock import Clock
from ..config import as_browsers_send
from .failure import AdministratorError
from .folder import Folder
from .records import OrganisationFile


def named_roles(roles: dict[str, str]) -> list[NamedRole]:
    """Code to name, checked."""
    for code in roles:
        if not re.fullmatch("[a-z][a-z0-9-]{0,47}", code):
            raise AdministratorError(f"“{code}” is not a role code: small letters, digits and hyphens.")
    return [NamedRole(code, words) for code, words in roles.items()]


def found(directory: Path, name: str, origin: str, teams: list[str], roles: dict[str, str], clock: Clock) -> Folder:
    """Draws the organisation key and saves it, readable by its owner only. `roles`: code to name."""
    organisation = make_identifier("org", clock.random(16))
    folder = Folder(directory, organisation)
    file = OrganisationFile(
        organisation=organisation,
        name=name,
        origin=as_browsers_send(origin.rstrip("/")),
        seed=encode_base64url(clock.random(32)),
        teams=[NamedTeam(make_identifier("tea", clock.random(16)), team) for team in teams],
        roles=named_roles(roles),
    )
    folder.save_organisation(file)
    return folder
