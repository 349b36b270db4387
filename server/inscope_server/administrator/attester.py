"""The attester: invites, checks who answers, and signs for them. It alone holds the organisation key (SPEC S2, S4)."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from nacl.signing import SigningKey

from inscope_protocol.encoding import decode_base64url, encode_base64url
from inscope_protocol.enrolment import invitation_fragment, invitation_token, invitation_token_hash
from inscope_protocol.identifiers import make_identifier
from inscope_protocol.statements import envelope_object, sign
from inscope_protocol.types import (
    Attestation,
    Device,
    Gateway,
    Invitation,
    KnownOrganisation,
    Organisations,
    Registration,
    Request,
)

from ..clock import CLOCK_TOLERANCE, Clock
from ..progress import stage
from ..records_gateway.keys import GatewayCard
from .connection import Connection
from .failure import AdministratorError
from .folder import Folder
from .founding import named_roles
from .proof import PendingEnrolment, ProofRefused, check
from .records import ConfirmedDevice, OpenInvitation, PeopleFile, PersonFile

DAY = 86_400_000
INVITATION_DAYS = 7
ATTESTATION_DAYS = 365


@dataclass(frozen=True)
class Judged:
    """One pending enrolment: confirmed when `refused` is empty, else why not."""

    person: str
    display_name: str
    device: str
    refused: str = ""


@dataclass(frozen=True)
class Invited:
    """`roles` and `teams`, by name: what they will be attested with."""

    person: str
    link: str
    roles: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()


class Attester:
    """One organisation's administrator. Each act saves the folder before the server hears of it."""

    def __init__(self, folder: Folder, connection: Connection, clock: Clock) -> None:
        self.folder, self.connection, self.clock = folder, connection, clock
        self.file = folder.organisation()
        self.seed = decode_base64url(self.file.seed, 32)
        self.public_key = bytes(SigningKey(self.seed).verify_key)
        self._judged: set[tuple[str, str]] = set()

    def card(self) -> KnownOrganisation:
        """What other organisations need to know of this one; nothing in it is secret."""
        file, key = self.file, encode_base64url(self.public_key)
        return KnownOrganisation(file.organisation, file.name, key, tuple(file.teams), tuple(file.roles))

    async def publish(self, others: list[KnownOrganisation], roles: dict[str, str] | None = None) -> None:
        """Adds `others` to the known organisations, and `roles` (code to name) to its own; signs the list again."""
        added = named_roles(roles or {})
        self.file.roles = [one for one in self.file.roles if one.role not in (roles or {})] + added
        fresh = {entry.organisation for entry in others}
        self.file.known = [entry for entry in self.file.known if entry.organisation not in fresh] + others
        self.file.serial += 1
        self.folder.save_organisation(self.file)
        known = (self.card(), *self.file.known)
        statement = Organisations(self.file.organisation, self.file.serial, self.clock.now(), known)
        await self._post("/api/attestations", "organisations", statement)

    async def connect_gateway(self, card: GatewayCard, name: str, days: int = ATTESTATION_DAYS) -> None:
        """Says that this is the organisation's records gateway, in the place of any before; 0 days ends it at once."""
        self.file.gateway_serial += 1
        self.folder.save_organisation(self.file)
        now = self.clock.now()
        statement = Gateway(
            self.file.organisation, card.gateway, name, card.signing_key, card.sealing_key, self.file.gateway_serial,
            now - CLOCK_TOLERANCE, now + days * DAY,
        )  # fmt: skip
        await self._post("/api/attestations", "gateway", statement)

    async def invite(
        self, display_name: str, roles: list[str], teams: list[str],
        registration: Registration | None = None, person: str | None = None,
    ) -> Invited:  # fmt: skip
        """A one-time link for a new person, or, with `person`, for a new device and identity key of a known one, who
        keeps the roles, and the teams, that they had where none are given.
        """
        secret, now = self.clock.random(32), self.clock.now()
        token_hash = encode_base64url(invitation_token_hash(invitation_token(secret)))
        valid_until = now + INVITATION_DAYS * DAY
        people = self.folder.people()
        identifier = person or make_identifier("per", self.clock.random(16))
        record = self._record(people, person) if person else PersonFile(display_name="", roles=[], teams=[])
        record.display_name = display_name
        record.roles, record.teams = self._roles(roles) or record.roles, self._teams(teams) or record.teams
        record.registration = registration or record.registration
        opened = OpenInvitation(token_hash=token_hash, secret=encode_base64url(secret), valid_until=valid_until)
        record.invitations = [*record.invitations, opened]
        people.people[identifier] = record
        self.folder.save_people(people)
        statement = Invitation(self.file.organisation, identifier, display_name, token_hash, valid_until)
        await self._post("/api/invitations", "invitation", statement)
        fragment = invitation_fragment(secret, self.public_key)
        names = {team.team: team.name for team in self.file.teams}
        return Invited(
            identifier, f"{self.file.origin}/#/invitation/{fragment}", tuple(record.roles),
            tuple(names.get(team, team) for team in record.teams),
        )  # fmt: skip

    async def attest_pending(self) -> list[Judged]:
        """Asks once what waits, and confirms what is proven. Each refusal is told once."""
        waiting, judged = await self._pending(), list[Judged | None]()
        if waiting:
            with stage("Devices", len(waiting)) as advance:
                for enrolment in waiting:
                    judged.append(await self._judge(enrolment))
                    advance(1)
        return [entry for entry in judged if entry is not None]

    async def waiting(self) -> list[Judged]:
        """What waits, and how each would be judged now; nothing is confirmed."""
        people = self.folder.people()
        return [self._proven(enrolment, people)[0] for enrolment in await self._pending()]

    async def _pending(self) -> list[PendingEnrolment]:
        nonce = encode_base64url(self.clock.random(32))
        request = Request(self.file.organisation, "pending-enrolments", self.clock.now(), nonce)
        answer = await self._post("/api/enrolments/pending", "request", request, field="request")
        try:
            return msgspec.convert(answer["enrolments"], list[PendingEnrolment])
        except (msgspec.ValidationError, KeyError) as error:
            raise AdministratorError(f"The server's answer is not understood: {error}.") from error

    async def _judge(self, enrolment: PendingEnrolment) -> Judged | None:
        judged, device = self._proven(enrolment, self.folder.people())
        if device is None:
            return self._told_once(judged)
        confirmed = ConfirmedDevice(device=device.device, confirmed_at=self.clock.now())
        await self._attest(enrolment.person, lambda person: _confirm(person, device.identity_key, confirmed))
        self._close(enrolment.person, enrolment.token_hash)
        return judged

    def _proven(self, enrolment: PendingEnrolment, people: PeopleFile) -> tuple[Judged, Device | None]:
        """The device, once it is certain that the invited person made it."""
        record = people.people.get(enrolment.person)
        name = record.display_name if record else "unknown person"
        try:
            device = check(enrolment, record, self.clock.now())
        except ProofRefused as error:
            return Judged(enrolment.person, name, enrolment.token_hash, str(error)), None
        return Judged(enrolment.person, name, device.device), device

    def _told_once(self, judged: Judged) -> Judged | None:
        key = (judged.device, judged.refused)
        if key in self._judged:
            return None
        self._judged.add(key)
        return judged

    async def set_roles(self, person: str, roles: list[str], teams: list[str], days: int = ATTESTATION_DAYS) -> None:
        """Attests anew with these roles and teams, and makes every earlier attestation void; 0 days ends it at once."""

        def change(record: PersonFile) -> None:
            record.roles, record.teams = self._roles(roles), self._teams(teams)

        await self._attest(person, change, days)

    async def _attest(self, person: str, change: Callable[[PersonFile], None], days: int = ATTESTATION_DAYS) -> None:
        people = self.folder.people()
        record = self._record(people, person)
        change(record)
        if record.identity_key is None:
            raise AdministratorError(f"{record.display_name} has no confirmed device yet.")
        now = self.clock.now()
        record.serial, record.attested_until = record.serial + 1, now + days * DAY
        self.folder.save_people(people)
        statement = Attestation(
            organisation=self.file.organisation, person=person, display_name=record.display_name,
            identity_key=record.identity_key, roles=tuple(record.roles), teams=tuple(record.teams),
            registration=record.registration, serial=record.serial,
            valid_from=now - CLOCK_TOLERANCE, valid_until=record.attested_until,
        )  # fmt: skip
        await self._post("/api/attestations", "attestation", statement)

    def _close(self, person: str, token_hash: str) -> None:
        people = self.folder.people()
        record = self._record(people, person)
        record.invitations = [entry for entry in record.invitations if entry.token_hash != token_hash]
        self.folder.save_people(people)

    @staticmethod
    def _record(people: PeopleFile, person: str) -> PersonFile:
        if person not in people.people:
            raise AdministratorError(f"{person} was not invited from this folder.")
        return people.people[person]

    def _roles(self, roles: list[str]) -> list[str]:
        return _known(roles, {entry.role: entry.role for entry in self.file.roles}, "role")

    def _teams(self, teams: list[str]) -> list[str]:
        """Teams may be given by name or by identifier."""
        names = {entry.name: entry.team for entry in self.file.teams}
        return _known(teams, names | {entry.team: entry.team for entry in self.file.teams}, "team")

    async def _post(
        self, path: str, name: str, statement: msgspec.Struct, field: str | None = None
    ) -> dict[str, object]:
        envelope = sign(name, statement, self.file.organisation, self.seed)
        try:
            return await self.connection.post(path, {field or name: envelope_object(envelope)})
        except AdministratorError as error:
            if error.code != "wrong_signer":
                raise
            raise AdministratorError(
                f"The server does not know this key: its operator has not registered {self.file.name} yet, or with "
                f"another key. They type: {self.registering()}", error.code
            ) from error  # fmt: skip

    def registering(self) -> str:
        """What the server's operator types. A key may begin with a hyphen, which would else be taken for an option."""
        card = self.card()
        words = ["inscope", "organisation", "register", "--id", card.organisation, "--name", card.name]
        return shlex.join([*words, f"--key={card.key}"])


def _confirm(person: PersonFile, identity_key: str, device: ConfirmedDevice) -> None:
    """Said again where the server did not hear it the first time: then it is the same device."""
    person.identity_key = identity_key
    person.devices = [one for one in person.devices if one.device != device.device] + [device]


def _known(given: list[str], known: dict[str, str], what: str) -> list[str]:
    for entry in given:
        if entry not in known:
            choices = ", ".join(sorted(known)) or "none"
            raise AdministratorError(f"There is no {what} “{entry}” here. There are: {choices}.")
    return list(dict.fromkeys(known[entry] for entry in given))
