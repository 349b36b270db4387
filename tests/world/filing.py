"""A filing that is whole and true, made by hand: what a clinician's device would seal, for tests to bend."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace
from nacl import bindings

from inscope_protocol.encoding import encode_base64url, labelled_hash
from inscope_protocol.labels import CONSENT_RECORD
from inscope_protocol.package import join_package, seal_package
from inscope_protocol.sealing import blob_hash, blob_parts, key_commitment, part_hash, plaintext_commitment
from inscope_protocol.statements import Envelope, envelope_object, sign, statement_hash
from inscope_protocol.types import AnnotationBody, Content, DisclosedImage, DisclosureStatement, Filing, Scope, TextBody

from .device import Device, new_id
from .running import ROOT

XRAY = ROOT / "client_web" / "public" / "sample-xray.jpg"
RECORD = json.dumps({"patientName": "Alex Canary", "recordNumber": "RN-771", "dateOfBirth": "1961-02-03", "note": ""})


@dataclass
class Made:
    """`intern` shared and files, `specialist` advised. Change a field, then `sealed()` and `statement()` follow."""

    intern: Device
    specialist: Device
    keys: Any
    image: bytes = field(default_factory=XRAY.read_bytes)
    image_key: bytes = field(default_factory=lambda: os.urandom(32))
    thread: str = field(default_factory=lambda: new_id("thr"))
    disclosure: str = field(default_factory=lambda: new_id("dis"))
    filing: str = field(default_factory=lambda: new_id("fil"))
    advice: list[dict[str, Any]] = field(default_factory=list)
    caption: str = "Is this displaced?"

    def __post_init__(self) -> None:
        commitment = encode_base64url(labelled_hash(CONSENT_RECORD, RECORD.encode()))
        self.scope: Scope = self.intern.scope([self.intern.me, self.specialist.me], record_commitment=commitment)
        self.record = RECORD
        self.scopes = [self.scope]
        self.advice.append(self.said("Undisplaced. Backslab."))

    def said(
        self, text: str, by: Device | None = None, body: AnnotationBody | None = None, message: str | None = None
    ) -> dict[str, Any]:
        """`body`: what was drawn, of which `text` is said to be the words."""
        by = by or self.specialist
        at, message = by.running.clock.now(), message or new_id("msg")
        content = Content(message, self.thread, 1, by.device, by.me, at, None, body or TextBody(text))
        signed = envelope_object(sign("content", content, by.device, by.seed))
        return {"message": message, "person": by.me, "at": at, "text": text, "signed": signed}

    def disclosed(self, **changes: Any) -> Envelope:
        image = DisclosedImage(new_id("img"), self.scope.subject, "radiograph", False, ())
        said = {
            "disclosure": self.disclosure, "message": new_id("msg"), "thread": self.thread, "epoch": 1,
            "purpose": "direct-care-advice", "image": image, "blob": new_id("blb"),
            "blob_hash": encode_base64url(os.urandom(32)), "sealed_size": 65_577,
            "key_commitment": encode_base64url(key_commitment(self.image_key)),
            "plaintext_commitment": encode_base64url(plaintext_commitment(self.image_key, self.image)),
            "consent": self.scope.consent, "version": 1, "origin": None, "preview_of": None, "person": self.intern.me,
            "device": self.intern.device, "at": self.intern.running.clock.now(),
        }  # fmt: skip
        statement = DisclosureStatement(**{**said, **changes})
        return sign("disclosure", statement, self.intern.device, self.intern.seed)

    def consents(self) -> list[Envelope]:
        return [sign("consent", scope, self.intern.device, self.intern.seed) for scope in self.scopes]

    def document(self, disclosed: Envelope, **changes: Any) -> dict[str, Any]:
        picture = {
            "size": len(self.image), "media_type": "image/jpeg", "width": 900, "height": 1200, "taken_at": None,
            "body_site": "leg", "laterality": "right", "pixel_spacing": None,
        }  # fmt: skip
        return {
            "filing": self.filing, "image_key": encode_base64url(self.image_key), "picture": picture,
            "caption": self.caption, "disclosure": envelope_object(disclosed), "advice": self.advice,
            "consents": [envelope_object(one) for one in self.consents()], "record": self.record,
            "people": [described(one) for one in (self.intern, self.specialist)], **changes,
        }  # fmt: skip

    def seal(
        self, written: dict[str, Any], disclosed: Envelope, key: bytes | None = None, **changes: Any
    ) -> tuple[Any, bytes]:
        """(the statement's envelope, the sealed package)."""
        public = key or bindings.crypto_scalarmult_base(self.keys.sealing_secret)
        package = seal_package(public, join_package(json.dumps(written).encode(), self.image), os.urandom(32))
        said = {
            "filing": self.filing, "organisation": self.intern.home.organisation, "gateway": self.keys.gateway,
            "thread": self.thread, "disclosure": self.disclosure,
            "disclosed": encode_base64url(statement_hash(disclosed)), "consent": self.scope.consent,
            "version": self.scopes[-1].version,
            "package_hash": encode_base64url(blob_hash(part_hash(part) for part in blob_parts(package))),
            "package_size": len(package), "person": self.intern.me, "device": self.intern.device,
            "at": self.intern.running.clock.now(),
        }  # fmt: skip
        envelope = sign("filing", Filing(**{**said, **changes}), self.intern.device, self.intern.seed)
        return envelope_object(envelope), package

    def whole(self, **changes: Any) -> tuple[Any, bytes]:
        disclosed = self.disclosed()
        return self.seal(self.document(disclosed, **changes), disclosed)

    def next_version(self, **changes: Any) -> None:
        self.scopes.append(self.intern.following(self.scopes[-1], **changes))
        last = self.scopes[-1]
        before = sign("consent", self.scopes[-2], self.intern.device, self.intern.seed)
        self.scopes[-1] = replace(last, previous=encode_base64url(statement_hash(before)))


def described(device: Device) -> dict[str, Any]:
    return {
        "person": device.me,
        "attestations": [device.home.attested[device.me]],
        "devices": [{"device": device.certificate(), "revoked_at": None}],
    }
