"""The two hospitals, made once: keys, known organisations, invitations. A second run finds what the first one made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from ..accounts.service import Accounts
from ..administrator.attester import Attester
from ..administrator.connection import HttpConnection
from ..administrator.folder import Folder
from ..administrator.founding import found
from ..clock import Clock
from .cast import HOSPITALS, Hospital, Member


class SeedFile(msgspec.Struct, kw_only=True):
    """`demo.json`: organisation of each hospital by name; person and one-time link of each member by key.

    `gateway`: the records gateway that the first hospital has signed for.
    """

    organisations: dict[str, str] = {}
    people: dict[str, str] = {}
    links: dict[str, str] = {}
    gateway: str = ""


@dataclass(frozen=True)
class Invitee:
    """A member with their link; `enrolled` once a device of theirs was confirmed, and the link is used up."""

    member: Member
    person: str
    link: str
    enrolled: bool

    @property
    def fragment(self) -> str:
        return self.link.rpartition("/")[2]


class Seed:
    """Works in `directory`; each step is saved before the next, so that a stop half way is made good by a new start."""

    def __init__(self, directory: Path, origin: str, clock: Clock) -> None:
        self.directory, self.origin, self.clock = directory, origin, clock
        self.path = directory / "demo.json"
        self.file = SeedFile()
        if self.path.exists():
            self.file = msgspec.json.decode(self.path.read_bytes(), type=SeedFile)

    async def found(self, accounts: Accounts) -> None:
        """Makes each hospital's key and registers the public half, as its operator would."""
        for hospital in HOSPITALS:
            if hospital.name not in self.file.organisations:
                folder = found(
                    self.directory, hospital.name, self.origin, list(hospital.teams), hospital.roles, self.clock
                )
                self.file.organisations[hospital.name] = folder.organisation().organisation
                self._save()
            attester = self.attester(hospital, HttpConnection(self.origin))
            await accounts.register_organisation(attester.file.organisation, hospital.name, attester.public_key)

    def attester(self, hospital: Hospital, connection: HttpConnection) -> Attester:
        return Attester(Folder(self.directory, self.file.organisations[hospital.name]), connection, self.clock)

    async def introduce_and_invite(self, connection: HttpConnection) -> list[Invitee]:
        """Each hospital learns the other; each member has a link. Needs a running server."""
        attesters = [self.attester(hospital, connection) for hospital in HOSPITALS]
        cards = [attester.card() for attester in attesters]
        for hospital, attester in zip(HOSPITALS, attesters, strict=True):
            others = [card for card in cards if card.organisation != attester.file.organisation]
            await attester.publish(others, hospital.roles)
        pairs = zip(HOSPITALS, attesters, strict=True)
        return [await self._invite(member, attester) for hospital, attester in pairs for member in hospital.members]

    async def _invite(self, member: Member, attester: Attester) -> Invitee:
        if member.key not in self.file.links:
            invited = await attester.invite(member.name, list(member.roles), list(member.teams))
            self.file.people[member.key], self.file.links[member.key] = invited.person, invited.link
            self._save()
        person = self.file.people[member.key]
        enrolled = attester.folder.people().people[person].identity_key is not None
        return Invitee(member, person, self.file.links[member.key], enrolled)

    async def invite_again(self, invitee: Invitee, connection: HttpConnection) -> Invitee:
        """A new link for the same person, whose device is gone."""
        hospital = next(hospital for hospital in HOSPITALS if invitee.member in hospital.members)
        member, attester = invitee.member, self.attester(hospital, connection)
        roles, teams = list(member.roles), list(member.teams)
        invited = await attester.invite(member.name, roles, teams, person=invitee.person)
        self.file.links[member.key] = invited.link
        self._save()
        return Invitee(member, invited.person, invited.link, enrolled=False)

    def remember_gateway(self, gateway: str) -> None:
        self.file.gateway = gateway
        self._save()

    def _save(self) -> None:
        self.path.write_bytes(msgspec.json.format(msgspec.json.encode(self.file), indent=2))
        self.path.chmod(0o600)
