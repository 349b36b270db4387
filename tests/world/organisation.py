"""An organisation whose key the test holds: it invites, it attests, it says whom it knows."""

from __future__ import annotations

import asyncio
import os
import secrets
from dataclasses import dataclass, field, replace
from typing import Any

from nacl.signing import SigningKey

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.enrolment import invitation_fragment, invitation_token, invitation_token_hash
from inscope_protocol.identifiers import make_identifier
from inscope_protocol.statements import envelope_object, sign
from inscope_protocol.types import (
    Attestation,
    Invitation,
    KnownOrganisation,
    NamedRole,
    NamedTeam,
    Organisations,
    TeamRecipient,
)

from .running import Running

YEAR = 365 * 24 * 3600 * 1000


@dataclass
class Person:
    """Someone whom an organisation has invited; `fragment` is the end of the printed link."""

    person: str
    name: str
    fragment: str
    secret: bytes
    roles: tuple[str, ...]
    teams: tuple[str, ...]
    identity_key: str = ""
    serial: int = 0
    former_keys: frozenset[str] = frozenset()
    """Of devices whose place another takes."""


@dataclass
class Organisation:
    """`teams`: name -> id; `roles`: code -> name. The key stays in the test."""

    running: Running
    name: str
    teams: dict[str, str] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    organisation: str = field(default_factory=lambda: make_identifier("org", os.urandom(16)))
    seed: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    serial: int = 0
    people: dict[str, Person] = field(default_factory=dict)
    known: Any = None
    attested: dict[str, Any] = field(default_factory=dict)
    """The newest statements that it has signed: of organisations, and of each person."""

    @property
    def key(self) -> bytes:
        return bytes(SigningKey(self.seed).verify_key)

    def team(self, name: str) -> TeamRecipient:
        return TeamRecipient(self.organisation, self.teams[name])

    async def register(self) -> None:
        await self.running.server.accounts.register_organisation(self.organisation, self.name, self.key)

    def described(self) -> KnownOrganisation:
        teams = tuple(NamedTeam(team, name) for name, team in self.teams.items())
        roles = tuple(NamedRole(role, name) for role, name in self.roles.items())
        return KnownOrganisation(self.organisation, self.name, encode_base64url(self.key), teams, roles)

    async def know(self, *others: Organisation) -> None:
        """Signs the list of organisations that this one's people may see."""
        self.serial += 1
        known = (self.described(), *(other.described() for other in others))
        statement = Organisations(self.organisation, self.serial, self.running.clock.now(), known)
        envelope = sign("organisations", statement, self.organisation, self.seed)
        self.known = envelope_object(envelope)
        await self.running.server.accounts.attesting.introduce(self.known)

    async def invite(self, name: str, roles: tuple[str, ...] = (), teams: tuple[str, ...] = ()) -> Person:
        ids = tuple(self.teams[team] for team in teams)
        return await self._invite(Person(make_identifier("per", os.urandom(16)), name, "", b"", roles, ids))

    async def invite_again(self, person: str) -> Person:
        """For another device, which takes the place of the one before."""
        known = self.people[person]
        former = known.former_keys | {known.identity_key}
        return await self._invite(replace(known, identity_key="", former_keys=former))

    async def _invite(self, invited: Person) -> Person:
        secret = secrets.token_bytes(32)
        token_hash = encode_base64url(invitation_token_hash(invitation_token(secret)))
        until = self.running.clock.now() + 7 * 24 * 3600 * 1000
        invitation = Invitation(self.organisation, invited.person, invited.name, token_hash, until)
        envelope = sign("invitation", invitation, self.organisation, self.seed)
        await self.running.server.accounts.enrolments.invite(envelope_object(envelope))
        invited = replace(invited, fragment=invitation_fragment(secret, self.key), secret=secret)
        self.people[invited.person] = invited
        return invited

    async def confirm(self, person: Person) -> None:
        """Attests the person as soon as a device of theirs has asked for it."""
        server = self.running.server
        async with asyncio.timeout(60):
            while True:
                async with server.database.read() as tx:
                    devices = (await server.accounts.devices_of(tx, [person.person]))[person.person]
                keys = {device.certificate.identity_key for device in devices} - person.former_keys
                if keys:
                    break
                await asyncio.sleep(0.01)
        (person.identity_key,) = keys
        await self.attest(person)

    async def attest(self, person: Person, lasts: int = YEAR, since: int = 0) -> None:
        """Signs what stands of this person now; a higher serial each time."""
        person.serial += 1
        now = self.running.clock.now() + since
        attestation = Attestation(
            self.organisation,
            person.person,
            person.name,
            person.identity_key,
            person.roles,
            person.teams,
            None,
            person.serial,
            now - 60_000,
            now + lasts,
        )
        envelope = sign("attestation", attestation, self.organisation, self.seed)
        self.attested[person.person] = envelope_object(envelope)
        await self.running.server.accounts.attesting.attest(self.attested[person.person])
