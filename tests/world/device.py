"""A device that speaks to the API by itself: what a modified client could do. Its ciphertexts are noise (mls.py)."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from msgspec.structs import replace
from nacl.signing import SigningKey
from yarl import URL

from inscope_protocol import device_link, sealing
from inscope_protocol.encoding import decode_base64url, encode_base64url
from inscope_protocol.enrolment import invitation_proof, invitation_token
from inscope_protocol.identifiers import make_identifier
from inscope_protocol.statements import envelope_object, sign, statement_hash
from inscope_protocol.types import (
    Conditions,
    DisclosedImage,
    DisclosureStatement,
    PersonRecipient,
    PolicyName,
    RecordedBy,
    Scope,
    SignIn,
    Taken,
    convert,
)
from inscope_protocol.types import Device as Certificate

from . import mls
from .organisation import YEAR, Organisation, Person
from .running import Running

HOUR = 3_600_000
TAKEN = Taken("verbal", None, None, None, None, None, None, None)
BASE = PolicyName("base", 1)


def new_id(prefix: Any) -> str:
    return make_identifier(prefix, os.urandom(16))


def blob_hash(sealed: bytes) -> str:
    return encode_base64url(sealing.blob_hash(map(sealing.part_hash, sealing.blob_parts(sealed))))


class Answer:
    """Status and JSON of a response; `code` is the failure's, or an empty string."""

    def __init__(self, status: int, data: Any) -> None:
        self.status, self.data = status, data

    @property
    def code(self) -> str:
        return str(self.data["error"]["code"]) if isinstance(self.data, dict) and "error" in self.data else ""

    @property
    def reasons(self) -> list[tuple[str, str | None]]:
        return [(reason["code"], reason["who"]) for reason in self.data["error"]["reasons"]]

    def __repr__(self) -> str:
        return f"Answer({self.status}, {self.data})"


@dataclass
class Device:
    """Enrolled by `enrol`; `call` is any request with this device's session."""

    running: Running
    person: Person
    home: Organisation
    device: str = field(default_factory=lambda: new_id("dev"))
    seed: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    identity_seed: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    csrf: str = ""
    http: aiohttp.ClientSession | None = None

    @property
    def me(self) -> str:
        return self.person.person

    async def call(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        if self.http is None:
            self.connect({})
        assert self.http is not None
        headers = {"X-InScope-CSRF": self.csrf, **options.pop("headers", {})}
        async with self.http.request(method, path, json=body, headers=headers, **options) as response:
            binary = response.content_type == "application/octet-stream"
            return Answer(response.status, await (response.read() if binary else response.json()))

    def connect(self, cookies: dict[str, str]) -> None:
        """With the cookies of a session that it has already."""
        self.http = aiohttp.ClientSession(self.running.origin, cookie_jar=aiohttp.CookieJar(unsafe=True))
        self.http.cookie_jar.update_cookies(cookies, URL(self.running.origin))

    def cookies(self) -> dict[str, str]:
        return {} if self.http is None else {cookie.key: cookie.value for cookie in self.http.cookie_jar}

    async def close(self) -> None:
        if self.http is not None:
            await self.http.close()

    def certificate(self) -> dict[str, Any]:
        identity = encode_base64url(bytes(SigningKey(self.identity_seed).verify_key))
        key = encode_base64url(bytes(SigningKey(self.seed).verify_key))
        now = self.running.clock.now()
        statement = Certificate(self.device, self.me, key, identity, now, now + YEAR, "a test's device")
        return envelope_object(sign("device", statement, self.me, self.identity_seed))

    async def enrol(self, attest: bool = True) -> Device:
        """Redeems the invitation; the organisation attests at once unless told otherwise."""
        identity, key = (bytes(SigningKey(seed).verify_key) for seed in (self.identity_seed, self.seed))
        proof = invitation_proof(self.person.secret, identity, key, self.me, self.device)
        token = encode_base64url(invitation_token(self.person.secret))
        body = {"token": token, "device": self.certificate(), "proof": encode_base64url(proof)}
        answer = await self.call("POST", "/api/enrolments", body)
        assert answer.status == 200, answer
        self.csrf = answer.data["session"]["csrf"]
        self.person.identity_key = encode_base64url(identity)
        if attest:
            await self.home.attest(self.person)
            await self.offer_key_packages(5)
        return self

    async def beside(self, **keys: bytes) -> Device:
        """Another device of the same person, put there by this one (S4.9), signed in. `keys`: as a device's fields."""
        new = Device(self.running, self.person, self.home, **{"identity_seed": self.identity_seed} | keys)
        secret, opened = secrets.token_bytes(32), secrets.token_bytes(32)
        token = device_link.device_link_token(secret)
        told = (device_link.device_link_token_hash(token), device_link.device_link_commitment(opened))
        offer = dict(zip(("token_hash", "commitment"), map(encode_base64url, told), strict=True))
        await self._did("POST", "/api/device-links", offer)
        key = encode_base64url(bytes(SigningKey(new.seed).verify_key))
        said = {"device": new.device, "device_key": key, "label": "a test's device", "proof": "A" * 43}
        await new._did("POST", "/api/device-links/ask", {"token": encode_base64url(token), **said})
        await self._did("POST", "/api/device-links/reveal", {"opened": encode_base64url(opened)})
        await self._did("POST", "/api/devices", {"device": new.certificate()})
        assert (await new.sign_in()).status == 200
        await new.offer_key_packages(5)
        return new

    async def _did(self, method: str, path: str, body: Any) -> None:
        answer = await self.call(method, path, body)
        assert answer.status == 200, answer

    def signed_in(self, nonce: str) -> dict[str, Any]:
        statement = SignIn(self.device, self.running.origin, nonce, self.running.clock.now())
        return envelope_object(sign("sign-in", statement, self.device, self.seed))

    async def sign_in(self) -> Answer:
        """Anew: a session ends after some hours."""
        nonce = (await self.call("POST", "/api/sign-in/nonce", {"device": self.device})).data["nonce"]
        answer = await self.call("POST", "/api/sign-in", {"sign_in": self.signed_in(nonce)})
        if answer.status == 200:
            self.csrf = answer.data["session"]["csrf"]
        return answer

    async def offer_key_packages(self, count: int) -> Answer:
        packages = [encode_base64url(mls.key_package(self.seed, self.device)) for _ in range(count)]
        return await self.call("POST", "/api/key-packages", {"key_packages": packages})

    # Threads

    async def create_thread(self, kind: str = "case", purpose: str = "direct-care-advice") -> str:
        thread = new_id("thr")
        body = {"thread": thread, "kind": kind, "purpose": purpose, "suite": mls.SUITE}
        answer = await self.call("POST", "/api/threads", body)
        assert answer.status == 200, answer
        return thread

    async def thread(self, thread: str) -> Any:
        listing = (await self.call("GET", "/api/threads")).data["threads"]
        return next((row for row in listing if row["thread"] == thread), None)

    async def commit(
        self, thread: str, adds: list[Device] | None = None, removes: list[Device] | None = None
    ) -> Answer:
        """Adds and removes devices at the thread's standing epoch."""
        row = await self.thread(thread)
        leaves = {member["device"]: member["leaf"] for member in row["roster"]}
        packages = [mls.key_package(new.seed, new.device) for new in adds or []]
        gone = [leaves[old.device] for old in removes or []]
        raw = mls.commit(self.seed, self.device, thread, row["epoch"], leaves[self.device], packages, gone)
        body = {
            "commit": encode_base64url(raw),
            "welcome": encode_base64url(mls.welcome()) if adds else None,
            "adds": [new.device for new in adds or []],
            "removes": [old.device for old in removes or []],
        }
        return await self.call("POST", f"/api/threads/{thread}/commits", body)

    async def say(self, thread: str, message: str | None = None, epoch: int | None = None) -> Answer:
        message = message or new_id("msg")
        epoch = (await self.thread(thread))["epoch"] if epoch is None else epoch
        mls_bytes = mls.private_message(thread, epoch, message, [])
        body = {"message": message, "epoch": epoch, "mls": encode_base64url(mls_bytes), "disclosures": []}
        return await self.call("POST", f"/api/threads/{thread}/messages", body)

    # Consent

    def scope(self, people: list[str], **changes: Any) -> Scope:
        """Given by the patient for direct-care advice, radiographs, to these people, for a day."""
        now = self.running.clock.now()
        scope = Scope(
            new_id("con"), 1, None, new_id("sub"), "given", "patient", TAKEN,
            ("direct-care-advice",), tuple(PersonRecipient(person) for person in people),
            Conditions(False, False, ("radiograph",), ()), now - 1000, now + 24 * HOUR - 1000, BASE,
            RecordedBy(self.me, self.device), now, encode_base64url(os.urandom(32)),
        )  # fmt: skip
        return replace(scope, **changes)

    def following(self, before: Scope, **changes: Any) -> Scope:
        """The next version of `before`, recorded by this device now."""
        envelope = sign("consent", before, self.device, bytes(32))
        changes = {"recorded_by": RecordedBy(self.me, self.device), "recorded_at": self.running.clock.now(), **changes}
        previous = encode_base64url(statement_hash(envelope))
        return replace(before, version=before.version + 1, previous=previous, **changes)

    async def record(self, scope: Scope, thread: str | None = None) -> Answer:
        envelope = envelope_object(sign("consent", scope, self.device, self.seed))
        return await self.call("POST", "/api/consents", {"consent": envelope, "thread": thread})

    # Images

    async def ask(
        self, thread: str, scope: Scope, origin: str | None = None, nonce: str | None = None, **image: Any
    ) -> Answer:
        described = {
            "image": new_id("img"),
            "subject": scope.subject,
            "kind": "radiograph",
            "deidentified": False,
            "sensitive": [],
        }
        body = {
            "thread": thread,
            "epoch": (await self.thread(thread) or {"epoch": 0})["epoch"],
            "consent": scope.consent,
            "version": scope.version,
            "image": {**described, **image},
            "origin": origin,
            "nonce": nonce,
        }
        answer = await self.call("POST", "/api/disclosures", body)
        answer.data["asked"] = body
        return answer

    async def upload(self, blob: str, data: bytes, offset: int | str = 0, whole: bytes | None = None) -> Answer:
        """One request of an upload, by tus: `data` at `offset` of `whole`, which is all of it unless said otherwise."""
        assert self.http is not None
        whole = data if whole is None else whole
        headers = {
            "X-InScope-CSRF": self.csrf,
            "Tus-Resumable": "1.0.0",
            "Content-Type": "application/offset+octet-stream",
            "Upload-Offset": str(offset),
            "Upload-Length": str(len(whole)),
            "X-InScope-Blob-Hash": blob_hash(whole),
        }
        async with self.http.patch(f"/api/uploads/{blob}", data=data, headers=headers) as response:
            body = await response.read()
            return Answer(response.status, json.loads(body) if body else dict(response.headers))

    async def offset(self, blob: str) -> Answer:
        """How much has arrived: the headers of the answer."""
        assert self.http is not None
        async with self.http.head(f"/api/uploads/{blob}", headers={"Tus-Resumable": "1.0.0"}) as response:
            return Answer(response.status, dict(response.headers))

    def preview(self, granted: Answer) -> Answer:
        """The other half of what was granted, where a preview was asked for."""
        asked, picture = granted.data["asked"], granted.data["disclosure"]
        return Answer(granted.status, {**granted.data["preview"], "asked": asked, "preview_of": picture})

    def statement(self, granted: Answer, message: str, data: bytes) -> DisclosureStatement:
        """What an honest client signs about a granted disclosure and the bytes uploaded in one part."""
        asked = granted.data["asked"]
        return DisclosureStatement(
            granted.data["disclosure"], message, asked["thread"], asked["epoch"], "direct-care-advice",
            convert(asked["image"], DisclosedImage), granted.data["blob"], blob_hash(data), len(data),
            encode_base64url(os.urandom(32)), encode_base64url(os.urandom(32)), asked["consent"], asked["version"],
            asked["origin"], granted.data.get("preview_of"), self.me, self.device, self.running.clock.now(),
        )  # fmt: skip

    async def send_statement(self, statement: DisclosureStatement, seed: bytes | None = None) -> Answer:
        """The message that declares it; `seed` signs instead of this device's key."""
        envelope = sign("disclosure", statement, self.device, seed or self.seed)
        raw = mls.private_message(statement.thread, statement.epoch, statement.message, [statement_hash(envelope)])
        body = {
            "message": statement.message,
            "epoch": statement.epoch,
            "mls": encode_base64url(raw),
            "disclosures": [envelope_object(envelope)],
        }
        return await self.call("POST", f"/api/threads/{statement.thread}/messages", body)

    async def attach(
        self, thread: str, scope: Scope, data: bytes = b"sealed bytes", **image: Any
    ) -> tuple[str, Answer]:
        """Ask, upload, send: the disclosure's id (or an empty string) and the last answer."""
        granted = await self.ask(thread, scope, **image)
        if granted.status != 200:
            return "", granted
        uploaded = await self.upload(granted.data["blob"], data)
        if uploaded.status != 204:
            return "", uploaded
        sent = await self.send_statement(self.statement(granted, new_id("msg"), data))
        return granted.data["disclosure"], sent

    async def open(self, disclosure: str) -> Answer:
        answer = await self.call("POST", f"/api/disclosures/{disclosure}/open", {})
        if answer.status == 200:
            assert len(decode_base64url(answer.data["server_half"])) == 32
        return answer
