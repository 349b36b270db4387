"""Two organisations, people and devices against the real services, without HTTP: what a test of accounts needs."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from nacl.signing import SigningKey

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.enrolment import invitation_proof, invitation_token, invitation_token_hash
from inscope_protocol.failures import ProtocolError
from inscope_protocol.identifiers import make_identifier
from inscope_protocol.statements import envelope_object, sign
from inscope_protocol.types import (
    Attestation,
    Device,
    Invitation,
    KnownOrganisation,
    NamedTeam,
    Organisations,
    Request,
    SignIn,
)
from inscope_server.accounts.signing_in import OpenSession
from inscope_server.app import Server
from inscope_server.caller import Caller
from inscope_server.clock import Clock
from inscope_server.config import Config
from inscope_server.errors import Refusal

START = 1_900_000_000_000
DAY = 86_400_000
ADDRESS = "192.0.2.1"


def identifier(prefix: Any) -> str:
    return make_identifier(prefix, secrets.token_bytes(16))


class Hands:
    """A clock that stands still until it is turned."""

    def __init__(self) -> None:
        self.time = START

    def clock(self) -> Clock:
        return Clock(now=lambda: self.time)


@dataclass
class Organisation:
    name: str
    organisation: str = field(default_factory=lambda: identifier("org"))
    key: SigningKey = field(default_factory=SigningKey.generate)

    def signed(self, name: str, payload: Any) -> dict[str, Any]:
        return envelope_object(sign(name, payload, self.organisation, bytes(self.key)))

    def entry(self, *teams: NamedTeam) -> KnownOrganisation:
        key = encode_base64url(bytes(self.key.verify_key))
        return KnownOrganisation(self.organisation, self.name, key, teams, ())


@dataclass
class Phone:
    """A device with its keys and, once enrolled, its session."""

    person: str
    secret: bytes
    home: Organisation
    device: str = field(default_factory=lambda: identifier("dev"))
    identity: SigningKey = field(default_factory=SigningKey.generate)
    key: SigningKey = field(default_factory=SigningKey.generate)
    session: OpenSession | None = None

    @property
    def token(self) -> bytes:
        return invitation_token(self.secret)

    @property
    def identity_key(self) -> str:
        return encode_base64url(bytes(self.identity.verify_key))

    def certificate(self, now: int = START, **changes: Any) -> dict[str, Any]:
        device_key = encode_base64url(bytes(self.key.verify_key))
        values = {
            "device": self.device, "person": self.person, "device_key": device_key, "identity_key": self.identity_key,
            "created_at": now, "valid_until": now + 365 * DAY, "label": "Phone",
        }  # fmt: skip
        return envelope_object(sign("device", Device(**values | changes), self.person, bytes(self.identity)))

    @property
    def proof(self) -> str:
        keys = bytes(self.identity.verify_key), bytes(self.key.verify_key)
        return encode_base64url(invitation_proof(self.secret, *keys, self.person, self.device))

    def sign_in(self, nonce: str, origin: str, at: int = START) -> dict[str, Any]:
        return envelope_object(sign("sign-in", SignIn(self.device, origin, nonce, at), self.device, bytes(self.key)))


class Clinic:
    """The server's services, and shorthands for what organisations and devices do to them."""

    def __init__(self, server: Server, hands: Hands) -> None:
        self.server, self.hands = server, hands
        self.accounts, self.directory = server.accounts, server.directory

    async def organisation(self, name: str) -> Organisation:
        made = Organisation(name)
        await self.accounts.register_organisation(made.organisation, name, bytes(made.key.verify_key))
        return made

    def invitation(self, home: Organisation, name: str, **changes: Any) -> tuple[Phone, dict[str, Any]]:
        secret, person = secrets.token_bytes(32), changes.pop("person", None) or identifier("per")
        token_hash = encode_base64url(invitation_token_hash(invitation_token(secret)))
        values = {
            "organisation": home.organisation, "person": person, "display_name": name,
            "token_hash": token_hash, "valid_until": self.hands.time + 7 * DAY,
        }  # fmt: skip
        return Phone(person, secret, home), home.signed("invitation", Invitation(**values | changes))

    async def invited(self, home: Organisation, name: str, **changes: Any) -> Phone:
        phone, envelope = self.invitation(home, name, **changes)
        await self.accounts.enrolments.invite(envelope)
        return phone

    async def redeem(self, phone: Phone, **changes: Any) -> OpenSession:
        values = {"token": phone.token, "device": phone.certificate(), "proof": phone.proof, "address": ADDRESS}
        return await self.accounts.enrolments.redeem(**values | changes)

    def attestation(
        self, phone: Phone, name: str, signer: Organisation | None = None, **changes: Any
    ) -> dict[str, Any]:
        home = signer or phone.home
        values = {
            "organisation": home.organisation, "person": phone.person, "display_name": name,
            "identity_key": phone.identity_key, "roles": ("intern",), "teams": (), "registration": None, "serial": 1,
            "valid_from": START, "valid_until": START + 90 * DAY,
        }  # fmt: skip
        return home.signed("attestation", Attestation(**values | changes))

    async def attest(self, phone: Phone, name: str, signer: Organisation | None = None, **changes: Any) -> None:
        await self.accounts.attesting.attest(self.attestation(phone, name, signer, **changes))

    async def enrolled(self, home: Organisation, name: str, **attested: Any) -> Phone:
        phone = await self.invited(home, name)
        phone.session = await self.redeem(phone)
        await self.attest(phone, name, **attested)
        return phone

    async def caller(self, phone: Phone) -> Caller:
        assert phone.session
        caller = await self.accounts.caller(phone.session.secret)
        assert caller
        return caller

    async def introduce(
        self, knower: Organisation, *known: KnownOrganisation, serial: int = 1, own: Any = None
    ) -> None:
        entries = (own or knower.entry(), *known)
        statement = Organisations(knower.organisation, serial, START, entries)
        await self.accounts.attesting.introduce(knower.signed("organisations", statement))

    def request(self, home: Organisation, nonce: bytes | None = None, at: int | None = None) -> dict[str, Any]:
        asked = Request(
            home.organisation, "pending-enrolments", self.hands.time if at is None else at,
            encode_base64url(nonce or secrets.token_bytes(32)),
        )  # fmt: skip
        return home.signed("request", asked)


@pytest.fixture
async def clinic(database_url: str, tmp_path: Path) -> AsyncIterator[Clinic]:
    hands = Hands()
    server = Server(Config(data_dir=str(tmp_path), database_url=database_url, suite=3), hands.clock())
    yield Clinic(server, hands)
    await server.database.close()


async def refused(awaitable: Awaitable[object]) -> str:
    """The code with which it is refused."""
    with pytest.raises((Refusal, ProtocolError)) as caught:
        await awaitable
    return str(caught.value.code)
