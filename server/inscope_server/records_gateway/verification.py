"""Everything that must hold before anything is written (SPEC S12.8). Pure: keys, time and what was told come in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from inscope_protocol.annotations import annotation_words
from inscope_protocol.attestations import is_attested
from inscope_protocol.encoding import decode_base64url, encode_base64url, labelled_hash
from inscope_protocol.failures import ProtocolError
from inscope_protocol.filing import decide_filing
from inscope_protocol.labels import CONSENT_RECORD
from inscope_protocol.narrowing import narrows
from inscope_protocol.package import Advice, FilingDocument, image_key_of, open_package, read_document
from inscope_protocol.policy import Policy
from inscope_protocol.sealing import blob_hash, blob_parts, key_commitment, part_hash, plaintext_commitment
from inscope_protocol.statements import Envelope, parse_envelope, statement_hash, verify
from inscope_protocol.types import (
    AnnotationBody,
    Content,
    DisclosureStatement,
    Filing,
    ImageDescriptor,
    KnownOrganisation,
    Mark,
    RecordedBy,
    RecordedByPatient,
    Scope,
    TextBody,
    Thread,
    decode_payload,
)

from ..consent.policies import Policies
from .keys import Keys
from .trust import Trust, known_organisations

MAGIC = {"image/jpeg": (0, b"\xff\xd8\xff"), "image/png": (0, b"\x89PNG\r\n\x1a\n"), "image/webp": (8, b"WEBP")}
RECORD_FIELDS = ("patientName", "recordNumber", "dateOfBirth", "note", "representativeName", "interpreterName")


class FilingRefused(Exception):
    """`code`: what the receipt says (S12.8)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


LAST_TIME = 253_402_214_400_000
"""9999-12-31, in milliseconds: what comes after has five digits in its year."""


@dataclass(frozen=True)
class Told:
    """What the server said beside the package. `authority`: as this gateway pinned it."""

    organisations: Sequence[Any]
    authority: dict[str, str]


@dataclass(frozen=True)
class Opened:
    """`envelope`: of the filing statement."""

    filing: Filing
    envelope: Envelope
    document: FilingDocument
    image: bytes


@dataclass(frozen=True)
class Verified:
    """`envelope`: of the filing statement; `scopes`: all versions, oldest first; `record`: the full record's fields;
    `marks`: what signed advice drew on the image, by its message and author, who may have named theirs as another did.
    """

    filing: Filing
    envelope: Envelope
    document: FilingDocument
    image: bytes
    disclosure: DisclosureStatement
    scopes: tuple[Scope, ...]
    record: dict[str, str]
    trust: Trust
    marks: dict[tuple[str, str], tuple[Mark, ...]]

    @property
    def scope(self) -> Scope:
        return self.scopes[-1]

    @property
    def statement(self) -> str:
        """The hash of the filing statement."""
        return encode_base64url(statement_hash(self.envelope))


class Verification:
    def __init__(self, keys: Keys, own: KnownOrganisation, policies: Policies) -> None:
        self.keys, self.own, self.policies = keys, own, policies

    def open(self, statement: Any, sealed: bytes) -> Opened:
        """Nothing of it is believed yet. Raises FilingRefused `package_mismatch`."""
        envelope, filing = _claimed(statement)
        document, image = self._opened(filing, sealed)
        return Opened(filing, envelope, document, image)

    def verify(self, opened: Opened, told: Told, now: int) -> Verified:
        """Raises FilingRefused, the first that applies in the order of S12.8."""
        envelope, filing, document, image = opened.envelope, opened.filing, opened.document, opened.image
        if (filing.gateway, filing.organisation) != (self.keys.gateway, self.own.organisation):
            raise FilingRefused("not_for_this_gateway")
        trust = self._trust(told, document)
        _check_filer(envelope, filing, trust, now)
        disclosure = _disclosure(filing, document, trust)
        _check_image(document, image, disclosure)
        scopes = _consent(filing, document, trust, told.authority)
        record = _record(document, scopes[-1])
        self._decide(filing, disclosure, scopes, trust, now)
        marks = {(one.message, one.person): _checked(one, filing, document, trust) for one in document.advice}
        return Verified(filing, envelope, document, image, disclosure, scopes, record, trust, marks)

    def _opened(self, filing: Filing, sealed: bytes) -> tuple[FilingDocument, bytes]:
        try:
            digest = encode_base64url(blob_hash(part_hash(part) for part in blob_parts(sealed)))
            if (digest, len(sealed)) != (filing.package_hash, filing.package_size):
                raise FilingRefused("package_mismatch")
            written, image = open_package(self.keys.sealing_secret, sealed)
            document = read_document(written)
        except ProtocolError as error:
            raise FilingRefused("package_mismatch") from error
        if document.filing != filing.filing or not all(map(_is_time, _times(document, filing))):
            raise FilingRefused("package_mismatch")
        return document, image

    def _trust(self, told: Told, document: FilingDocument) -> Trust:
        try:
            return Trust(known_organisations(self.own, told.organisations), document.people)
        except ProtocolError as error:
            raise FilingRefused("organisation_unknown") from error

    def _decide(
        self, filing: Filing, disclosure: DisclosureStatement, scopes: tuple[Scope, ...], trust: Trust, now: int
    ) -> None:
        """S12.3, by this clock. A social thread has no purpose, so whatever was disclosed came from another kind."""
        scope, image = scopes[-1], disclosure.image
        policy: Policy | None = self.policies.named(scope.policy)
        thread = Thread(filing.thread, "case", disclosure.purpose)
        described = ImageDescriptor(
            image.image, image.subject, image.kind, image.deidentified, image.sensitive, disclosure.origin is not None
        )
        filer, recorder = trust.recipient(filing.person), trust.recipient(scopes[0].recorder or "")
        answer = decide_filing(scope, policy, thread, filer, recorder, filing.organisation, described, now)
        if not answer.permit:
            raise FilingRefused("not_covered")


def _claimed(statement: Any) -> tuple[Envelope, Filing]:
    """What is said to be filed, before any signature is checked."""
    try:
        envelope = parse_envelope(statement)
        filing = decode_payload("filing", envelope.payload_bytes)
    except ProtocolError as error:
        raise FilingRefused("package_mismatch") from error
    if not isinstance(filing, Filing):
        raise FilingRefused("package_mismatch")
    return envelope, filing


def _check_filer(envelope: Envelope, filing: Filing, trust: Trust, now: int) -> None:
    try:
        _, device = trust.signed_by_device(envelope, "filing", now)
    except ProtocolError as error:
        raise FilingRefused("filer_not_attested") from error
    certificate = device.certificate
    attested = is_attested(certificate, trust.attestations.get(certificate.person, ()), now)
    if not attested or (filing.person, filing.device) != (certificate.person, certificate.device):
        raise FilingRefused("filer_not_attested")


def _disclosure(filing: Filing, document: FilingDocument, trust: Trust) -> DisclosureStatement:
    try:
        said, device = trust.signed_by_device(document.disclosure, "disclosure")
    except ProtocolError as error:
        raise FilingRefused("disclosure_mismatch") from error
    if not isinstance(said, DisclosureStatement) or (said.person, said.device) != (
        device.certificate.person,
        device.certificate.device,
    ):
        raise FilingRefused("disclosure_mismatch")
    named = (filing.disclosure, filing.thread, filing.consent, filing.disclosed)
    digest = encode_base64url(statement_hash(document.disclosure))
    if (said.disclosure, said.thread, said.consent, digest) != named or said.preview_of is not None:
        raise FilingRefused("disclosure_mismatch")
    return said


def _check_image(document: FilingDocument, image: bytes, disclosure: DisclosureStatement) -> None:
    """The picture is the one that was disclosed: both commitments, under the one key that fits them (S7.3)."""
    key = image_key_of(document)
    offset, mark = MAGIC[document.picture.media_type]
    same = (
        encode_base64url(key_commitment(key)) == disclosure.key_commitment
        and encode_base64url(plaintext_commitment(key, image)) == disclosure.plaintext_commitment
        and len(image) == document.picture.size
        and image[offset : offset + len(mark)] == mark
    )
    if not same:
        raise FilingRefused("image_mismatch")


def _consent(filing: Filing, document: FilingDocument, trust: Trust, authority: dict[str, str]) -> tuple[Scope, ...]:
    """Every version signed, and each linked to the one before (S5.3, S5.9)."""
    scopes: list[Scope] = []
    for number, envelope in enumerate(document.consents):
        before = scopes[-1] if scopes else None
        try:
            scope = _version(envelope, before, trust, authority)
        except ProtocolError as error:
            raise FilingRefused("consent_unproven") from error
        previous = encode_base64url(statement_hash(document.consents[number - 1])) if before else None
        linked = (scope.consent, scope.version, scope.previous) == (filing.consent, number + 1, previous)
        if not linked or (before is not None and before.subject != scope.subject):
            raise FilingRefused("consent_unproven")
        scopes.append(scope)
    if not scopes or scopes[-1].version != filing.version:
        raise FilingRefused("consent_unproven")
    return tuple(scopes)


def _version(envelope: Envelope, before: Scope | None, trust: Trust, authority: dict[str, str]) -> Scope:
    signer = envelope.signatures[0].keyid
    if signer == authority["authority"]:
        said = verify(envelope, "consent", signer, decode_base64url(authority["key"]))
        by_patient = isinstance(said, Scope) and said.recorded_by == RecordedByPatient(signer)
        if isinstance(said, Scope) and by_patient and before is not None and narrows(before, said):
            return said
        raise ProtocolError("wrong_signer")
    said, device = trust.signed_by_device(envelope, "consent")
    by = RecordedBy(device.certificate.person, device.certificate.device)
    if not isinstance(said, Scope) or said.recorded_by != by:
        raise ProtocolError("wrong_signer")
    if device.revoked_at is not None and device.revoked_at <= said.recorded_at:
        raise ProtocolError("device_revoked")
    return said


def _times(document: FilingDocument, filing: Filing) -> Iterator[int]:
    """Those that are written into the record in words."""
    yield filing.at
    yield from (advice.at for advice in document.advice)
    if document.picture.taken_at is not None:
        yield document.picture.taken_at


def _is_time(at: int) -> bool:
    """Of the years that every calendar here can tell, a day of any time zone aside."""
    return 0 <= at < LAST_TIME


def _record(document: FilingDocument, scope: Scope) -> dict[str, str]:
    """The fields of the full record, if these are the bytes that the version committed to (S5.2)."""
    digest = encode_base64url(labelled_hash(CONSENT_RECORD, document.record.encode("utf-8")))
    try:
        said = json.loads(document.record) if digest == scope.record_commitment else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise FilingRefused("record_mismatch")
    return {name: said[name] if isinstance(said.get(name), str) else "" for name in RECORD_FIELDS}


def _checked(advice: Advice, filing: Filing, document: FilingDocument, trust: Trust) -> tuple[Mark, ...]:
    """What is signed says just this, in this thread: the marks that its author drew on the image, if any.

    What is not signed is filed as the filer's word (S12.4).
    """
    if advice.signed is None:
        return ()
    try:
        said, device = trust.signed_by_device(advice.signed, "content")
    except ProtocolError as error:
        raise FilingRefused("advice_unproven") from error
    person = device.certificate.person
    if not isinstance(said, Content) or (said.thread, said.message, said.person, said.device) != (
        filing.thread,
        advice.message,
        person,
        device.certificate.device,
    ):
        raise FilingRefused("advice_unproven")
    if advice.person != person or not _says(said, advice.text, filing, document):
        raise FilingRefused("advice_unproven")
    return said.body.marks if isinstance(said.body, AnnotationBody) else ()


def _says(said: Content, text: str, filing: Filing, document: FilingDocument) -> bool:
    """A text, word for word; or what was drawn on this very image, in the words of S7.11."""
    if not isinstance(said.body, AnnotationBody):
        return said.body == TextBody(text)
    words = annotation_words(said.body.marks, document.picture.pixel_spacing)
    return said.body.disclosure == filing.disclosure and words == text
