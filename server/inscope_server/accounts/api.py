"""The HTTP edge of accounts (API.md, Accounts)."""

from __future__ import annotations

from aiohttp import web
from msgspec import UNSET, Struct, UnsetType

from inscope_protocol.encoding import decode_base64url
from inscope_protocol.types import Bytes32, DeviceId

from ..caller import Caller
from ..errors import Refusal
from ..web.answers import answer
from ..web.bodies import read_body
from ..web.described import SIGNED, Empty, Signed
from ..web.path import identifier
from ..web.route import CALLER, Route
from . import responses
from .service import Accounts
from .signing_in import OpenSession


class Body(Struct, forbid_unknown_fields=True):
    """Nothing unknown, nothing missing."""


class InvitationBody(Body):
    invitation: Signed


class LookBody(Body):
    token: Bytes32


class EnrolmentBody(Body):
    token: Bytes32
    device: Signed
    proof: Bytes32


class PendingBody(Body):
    request: Signed


class StatementBody(Body):
    attestation: Signed | UnsetType = UNSET
    organisations: Signed | UnsetType = UNSET
    gateway: Signed | UnsetType = UNSET


class NonceBody(Body):
    device: DeviceId


class SignInBody(Body):
    sign_in: Signed


def caller_of(request: web.Request) -> Caller:
    caller: Caller = request[CALLER]
    return caller


def routes(accounts: Accounts) -> list[Route]:
    edge = AccountsEdge(accounts)
    return [
        Route(
            "POST",
            "/api/invitations",
            edge.invite,
            "anyone",
            body=InvitationBody,
            answers={200: responses.Invited},
            refuses=SIGNED,
        ),
        Route(
            "POST",
            "/api/invitations/look",
            edge.look,
            "anyone",
            body=LookBody,
            answers={200: responses.Invitee},
            refuses=("invitation_invalid", "rate_limited"),
        ),
        Route(
            "POST",
            "/api/enrolments",
            edge.enrol,
            "anyone",
            body=EnrolmentBody,
            answers={200: responses.SignedIn},
            refuses=(*SIGNED, "not_signed_in", "invitation_invalid", "rate_limited"),
        ),
        Route(
            "POST",
            "/api/enrolments/pending",
            edge.pending,
            "anyone",
            body=PendingBody,
            answers={200: responses.Pending},
            refuses=(*SIGNED, "not_signed_in"),
        ),
        Route(
            "POST",
            "/api/attestations",
            edge.attest,
            "anyone",
            body=StatementBody,
            refuses=(*SIGNED, "not_found", "stale_statement", "statement_mismatch"),
        ),
        Route("POST", "/api/sign-in/nonce", edge.nonce, "anyone", body=NonceBody, answers={200: responses.Drawn}),
        Route(
            "POST",
            "/api/sign-in",
            edge.sign_in,
            "anyone",
            body=SignInBody,
            answers={200: responses.SignedIn},
            refuses=(*SIGNED, "not_signed_in", "device_revoked"),
        ),
        Route("GET", "/api/session", edge.session, "device", answers={200: responses.SignedIn}),
        Route("DELETE", "/api/session", edge.sign_out, "device"),
        Route("GET", "/api/attestations", edge.attestations, "device", answers={200: responses.OwnAttestations}),
        Route("GET", "/api/devices", edge.devices, "device", answers={200: responses.OwnDevices}),
        Route("POST", "/api/devices/{device}/revoke", edge.revoke, "device", body=Empty, refuses=("not_attested",)),
    ]


class AccountsEdge:
    """One method a row of the table: read strictly, ask the service, answer."""

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts

    async def invite(self, request: web.Request) -> web.Response:
        body = await read_body(request, InvitationBody)
        return answer({"person": await self.accounts.enrolments.invite(body.invitation)})

    async def look(self, request: web.Request) -> web.Response:
        body = await read_body(request, LookBody)
        return answer(await self.accounts.enrolments.look(decode_base64url(body.token), request.remote or ""))

    async def enrol(self, request: web.Request) -> web.Response:
        body = await read_body(request, EnrolmentBody)
        token = decode_base64url(body.token)
        opened = await self.accounts.enrolments.redeem(token, body.device, body.proof, request.remote or "")
        return await self._signed_in(opened)

    async def pending(self, request: web.Request) -> web.Response:
        body = await read_body(request, PendingBody)
        return answer({"enrolments": await self.accounts.enrolments.pending(body.request)})

    async def attest(self, request: web.Request) -> web.Response:
        body = await read_body(request, StatementBody)
        if [body.attestation, body.organisations, body.gateway].count(UNSET) != 2:
            raise Refusal("malformed", "Exactly one statement is expected.")
        if body.attestation is not UNSET:
            await self.accounts.attesting.attest(body.attestation)
        elif body.organisations is not UNSET:
            await self.accounts.attesting.introduce(body.organisations)
        else:
            await self.accounts.gateways.introduce(body.gateway)
        return answer({})

    async def nonce(self, request: web.Request) -> web.Response:
        body = await read_body(request, NonceBody)
        return answer({"nonce": self.accounts.sessions.nonce(body.device)})

    async def sign_in(self, request: web.Request) -> web.Response:
        body = await read_body(request, SignInBody)
        return await self._signed_in(await self.accounts.sessions.sign_in(body.sign_in))

    async def session(self, request: web.Request) -> web.Response:
        return answer({"session": await self.accounts.describe(caller_of(request))})

    async def sign_out(self, request: web.Request) -> web.Response:
        await self.accounts.sessions.sign_out(caller_of(request))
        response = answer({})
        config = self.accounts.config
        response.del_cookie(config.session_cookie, path="/", secure=config.origin.startswith("https:"))
        return response

    async def devices(self, request: web.Request) -> web.Response:
        return answer({"devices": await self.accounts.own_devices(caller_of(request))})

    async def attestations(self, request: web.Request) -> web.Response:
        return answer({"attestations": await self.accounts.own_attestations(caller_of(request))})

    async def revoke(self, request: web.Request) -> web.Response:
        await read_body(request, Empty)
        device = identifier(request, "device", DeviceId)
        await self.accounts.sessions.revoke(caller_of(request), device)
        return answer({})

    async def _signed_in(self, opened: OpenSession) -> web.Response:
        caller = await self.accounts.caller(opened.secret)
        if caller is None:
            raise Refusal("not_signed_in")
        response = answer({"session": await self.accounts.describe(caller)})
        response.set_cookie(
            self.accounts.config.session_cookie,
            opened.secret,
            max_age=self.accounts.config.session_hours * 3600,
            path="/",
            httponly=True,
            samesite="Strict",
            secure=self.accounts.config.origin.startswith("https:"),
        )
        return response
