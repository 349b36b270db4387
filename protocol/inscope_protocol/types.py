"""The payloads of signed statements and the decision's inputs (SPEC S1.6, S3.5, S5, S6.5, S7).

Bytes stay in their base64url spelling. `decode_payload` enforces every bound of the page.
"""

from typing import Annotated, Any, Literal, TypeVar, get_args

import msgspec
from msgspec import Meta, Struct

from .encoding import MAX_INTEGER, decode_base64url, parse_canonical, serialise
from .failures import ProtocolError
from .identifiers import RANDOM_PATTERN, ROLE_PATTERN
from .public_keys import is_sealing_key, is_signing_key

T = TypeVar("T")

MAX_TEXT = 16 * 1024
MAX_LIST = 200
MAX_PAYLOAD = 64 * 1024
MAX_IMAGES = 16
MAX_MARKS = 24
MAX_READERS = 16
MAX_SIDE = 16384
MAX_IMAGE_SIZE = 64 * 1024 * 1024 - 1
MAX_SEALED_SIZE = 24 + 64 * 1024 * 1024 + 1024 * 17
MAX_PACKAGE = 64 * 1024 * 1024 + 48
BLOB_PART_BYTES = 1024 * 1024
"""Of a sealed blob: all parts but the last (S7.6)."""

PersonId = Annotated[str, Meta(pattern=rf"\Aper_{RANDOM_PATTERN}\Z")]
DeviceId = Annotated[str, Meta(pattern=rf"\Adev_{RANDOM_PATTERN}\Z")]
OrganisationId = Annotated[str, Meta(pattern=rf"\Aorg_{RANDOM_PATTERN}\Z")]
TeamId = Annotated[str, Meta(pattern=rf"\Atea_{RANDOM_PATTERN}\Z")]
ThreadId = Annotated[str, Meta(pattern=rf"\Athr_{RANDOM_PATTERN}\Z")]
MessageId = Annotated[str, Meta(pattern=rf"\Amsg_{RANDOM_PATTERN}\Z")]
ConsentId = Annotated[str, Meta(pattern=rf"\Acon_{RANDOM_PATTERN}\Z")]
SubjectId = Annotated[str, Meta(pattern=rf"\Asub_{RANDOM_PATTERN}\Z")]
ImageId = Annotated[str, Meta(pattern=rf"\Aimg_{RANDOM_PATTERN}\Z")]
DisclosureId = Annotated[str, Meta(pattern=rf"\Adis_{RANDOM_PATTERN}\Z")]
BlobId = Annotated[str, Meta(pattern=rf"\Ablb_{RANDOM_PATTERN}\Z")]
RequestId = Annotated[str, Meta(pattern=rf"\Areq_{RANDOM_PATTERN}\Z")]
AuthorityId = Annotated[str, Meta(pattern=rf"\Aaut_{RANDOM_PATTERN}\Z")]
GatewayId = Annotated[str, Meta(pattern=rf"\Agat_{RANDOM_PATTERN}\Z")]
FilingId = Annotated[str, Meta(pattern=rf"\Afil_{RANDOM_PATTERN}\Z")]
LogId = Annotated[str, Meta(pattern=rf"\Alog_{RANDOM_PATTERN}\Z")]
FailureCode = Annotated[str, Meta(pattern=r"\A[a-z][a-z_]{0,39}\Z")]
Role = Annotated[str, Meta(pattern=rf"\A{ROLE_PATTERN}\Z")]
Language = Annotated[str, Meta(pattern=r"\A[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\Z", max_length=35)]

# 43 characters are 258 bits: the last one carries four, and these sixteen leave its other bits zero.
Bytes32 = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]\Z")]
_LAST_GROUP = "[A-Za-z0-9_-]([AQgw]|[A-Za-z0-9_-][AEIMQUYcgkosw048])"
Bytes64 = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{85}[AQgw]\Z")]
Nonce = Annotated[str, Meta(pattern=rf"\A([A-Za-z0-9_-]{{4}})*({_LAST_GROUP})?\Z", min_length=22, max_length=86)]

Natural = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
Counting = Annotated[int, Meta(ge=1, le=MAX_INTEGER)]
Time = Natural
Text = str

Purpose = Literal["direct-care-advice", "teaching", "research"]
ThreadPurpose = Literal["direct-care-advice", "teaching", "research", "none"]
ThreadKind = Literal["case", "discussion", "social"]
ImageKind = Literal["radiograph", "scan", "photograph", "document"]
ConsentDecision = Literal["given", "refused", "withdrawn"]
Sensitivity = Literal["identifiable", "intimate"]
Basis = Literal[
    "patient", "young-person", "guardian", "substitute-decision-maker", "expected-in-direct-care", "emergency"
]
BASES: tuple[Basis, ...] = get_args(Basis)
REPRESENTED = ("guardian", "substitute-decision-maker")
LONGEST_EMERGENCY = 24 * 60 * 60 * 1000
LONGEST_STATUS = 5 * 60 * 1000
LONGEST_CERTIFICATE = 1096 * 24 * 60 * 60 * 1000
"""Of a device, from its creation: three years (S4.2)."""


class Strict(Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing unknown, nothing missing, nothing coerced (S1.6)."""


# Organisations and people (S3.5)


class Registration(Strict, frozen=True):
    authority: Text
    number: Text


class Attestation(Strict, frozen=True):
    organisation: OrganisationId
    person: PersonId
    display_name: Text
    identity_key: Bytes32
    roles: tuple[Role, ...]
    teams: tuple[TeamId, ...]
    registration: Registration | None
    serial: Natural
    valid_from: Time
    valid_until: Time


class NamedTeam(Strict, frozen=True):
    team: TeamId
    name: Text


class NamedRole(Strict, frozen=True):
    role: Role
    name: Text


class KnownOrganisation(Strict, frozen=True):
    organisation: OrganisationId
    name: Text
    key: Bytes32
    teams: tuple[NamedTeam, ...]
    roles: tuple[NamedRole, ...]


class Organisations(Strict, frozen=True):
    organisation: OrganisationId
    serial: Natural
    issued_at: Time
    organisations: tuple[KnownOrganisation, ...]

    def __post_init__(self) -> None:
        known = [entry.organisation for entry in self.organisations]
        if known[:1] != [self.organisation] or len(set(known)) != len(known):
            raise ValueError("the signer's organisation comes first, and each is there once")


class Invitation(Strict, frozen=True):
    organisation: OrganisationId
    person: PersonId
    display_name: Text
    token_hash: Bytes32
    valid_until: Time


class Device(Strict, frozen=True):
    device: DeviceId
    person: PersonId
    device_key: Bytes32
    identity_key: Bytes32
    created_at: Time
    valid_until: Time
    label: Text


class Request(Strict, frozen=True):
    organisation: OrganisationId
    ask: Literal["pending-enrolments"]
    at: Time
    nonce: Nonce


class SignIn(Strict, frozen=True):
    device: DeviceId
    origin: Text
    nonce: Nonce
    at: Time


# The log (S10)


class TreeHead(Strict, frozen=True):
    log: LogId
    size: Natural
    root: Bytes32
    at: Time


class LogHead(Strict, frozen=True):
    size: Natural
    root: Bytes32


# Consent (S5.1)


class Sheet(Strict, frozen=True):
    """`text`: the hash of the exact bytes that were shown (S5.8)."""

    sheet: Role
    version: Counting
    language: Language
    text: Bytes32


class Representative(Strict, frozen=True):
    """Who answers for a patient who cannot; the name is only in the encrypted record."""

    relation: Literal[
        "parent", "guardian", "spouse-or-partner", "child", "sibling", "other-relative", "friend-or-carer",
        "professional",
    ]  # fmt: skip
    authority: Literal["parental-responsibility", "court-order", "enduring-power", "statutory", "nominated"]


class Taken(Strict, frozen=True):
    """How the answer was taken. `answer`: the hash of the patient's own signed answer (S5.10)."""

    how: Literal["verbal", "written", "electronic"]
    witness: PersonId | None
    interpreter: Literal["professional", "telephone", "staff", "family"] | None
    sheet: Sheet | None
    representative: Representative | None
    assent: Literal["given", "refused", "unable"] | None
    reason: Literal["unconscious", "too-ill", "confused", "no-time"] | None
    answer: Bytes32 | None


class PersonRecipient(Strict, frozen=True, tag_field="kind", tag="person"):
    person: PersonId


class TeamRecipient(Strict, frozen=True, tag_field="kind", tag="team"):
    organisation: OrganisationId
    team: TeamId


class OrganisationRecipient(Strict, frozen=True, tag_field="kind", tag="organisation"):
    organisation: OrganisationId


class RoleRecipient(Strict, frozen=True, tag_field="kind", tag="role"):
    organisation: OrganisationId
    role: Role


class GroupRecipient(Strict, frozen=True, tag_field="kind", tag="group"):
    thread: ThreadId


class RecordRecipient(Strict, frozen=True, tag_field="kind", tag="record"):
    """The medical record kept by an organisation: it covers nobody by itself, only filing there (S12.3)."""

    organisation: OrganisationId


RecipientEntry = (
    PersonRecipient | TeamRecipient | OrganisationRecipient | RoleRecipient | GroupRecipient | RecordRecipient
)


class Conditions(Strict, frozen=True):
    deidentified_only: bool
    no_onward_sharing: bool
    image_kinds: tuple[ImageKind, ...]
    sensitive: tuple[Sensitivity, ...]


class PolicyName(Strict, frozen=True):
    """The profile that was in force where the consent was recorded (policy.py)."""

    profile: Role
    version: Counting


class RecordedBy(Strict, frozen=True, tag_field="kind", tag="clinician"):
    person: PersonId
    device: DeviceId


class RecordedByPatient(Strict, frozen=True, tag_field="kind", tag="patient"):
    """The patient, on their own page, by the consent authority (S5.9)."""

    authority: AuthorityId


class Scope(Strict, frozen=True):
    consent: ConsentId
    version: Counting
    previous: Bytes32 | None
    subject: SubjectId
    decision: ConsentDecision
    basis: Basis
    taken: Taken
    purposes: tuple[Purpose, ...]
    recipients: tuple[RecipientEntry, ...]
    conditions: Conditions
    valid_from: Time
    valid_until: Time
    policy: PolicyName
    recorded_by: RecordedBy | RecordedByPatient
    recorded_at: Time
    record_commitment: Bytes32

    def __post_init__(self) -> None:
        if (self.previous is None) != (self.version == 1):
            raise ValueError("version 1, and only it, follows nothing")
        if self.valid_from >= self.valid_until:
            raise ValueError("valid_from comes before valid_until")
        _check_basis(self)

    @property
    def recorder(self) -> str | None:
        """The person who recorded this version, or None where the patient did."""
        return self.recorded_by.person if isinstance(self.recorded_by, RecordedBy) else None


def _check_basis(scope: Scope) -> None:
    """S5.1: what a basis cannot do without, and what only it has."""
    taken, emergency = scope.taken, scope.basis == "emergency"
    if (taken.representative is not None) != (scope.basis in REPRESENTED):
        raise ValueError("a representative answers for the patient, and only then is one named")
    if taken.assent is not None and taken.representative is None:
        raise ValueError("assent is asked for beside a representative's answer")
    if (taken.reason is not None) != emergency:
        raise ValueError("an emergency has a reason, and only it")
    if emergency and scope.valid_until - scope.valid_from > LONGEST_EMERGENCY:
        raise ValueError("an emergency lasts 24 hours at most")
    if scope.version == 1 and isinstance(scope.recorded_by, RecordedByPatient):
        raise ValueError("the patient's own version follows one")


# What the consent authority signs (S5.10, S5.12)


class Answer(Strict, frozen=True):
    """What the patient answered on their own page. `previous`: the version that the question was to follow."""

    authority: AuthorityId
    request: RequestId
    consent: ConsentId
    previous: Bytes32 | None
    decision: Literal["given", "refused"]
    purposes: tuple[Purpose, ...]
    recipients: tuple[RecipientEntry, ...]
    conditions: Conditions
    valid_until: Time
    sheet: Sheet
    at: Time


class StandingVersion(Strict, frozen=True):
    """The newest version of a consent: its number and its statement hash."""

    consent: ConsentId
    version: Counting
    hash: Bytes32


class ConsentStatus(Strict, frozen=True):
    """Which versions stand, said to who drew the nonce; for five minutes at most."""

    authority: AuthorityId
    nonce: Nonce
    at: Time
    valid_until: Time
    consents: tuple[StandingVersion, ...]

    def __post_init__(self) -> None:
        if not self.at < self.valid_until <= self.at + LONGEST_STATUS:
            raise ValueError("a status counts for five minutes at most")


# Messages and images (S6.5, S7)


class PixelSpacing(Strict, frozen=True):
    """Nanometres in the patient, between the middles of rows (down) and of columns (across): DICOM (0028,0030)."""

    row: Annotated[int, Meta(ge=1, le=100_000_000)]
    column: Annotated[int, Meta(ge=1, le=100_000_000)]


class ImageManifest(Strict, frozen=True):
    disclosure: DisclosureId
    blob: BlobId
    client_half: Bytes32
    size: Annotated[int, Meta(ge=1, le=MAX_IMAGE_SIZE)]
    media_type: Literal["image/jpeg", "image/png", "image/webp"]
    width: Annotated[int, Meta(ge=1, le=MAX_SIDE)]
    height: Annotated[int, Meta(ge=1, le=MAX_SIDE)]
    statement_hash: Bytes32
    taken_at: Time | None
    body_site: Annotated[str, Meta(max_length=80)] | None
    laterality: Literal["left", "right", "bilateral"] | None
    pixel_spacing: PixelSpacing | None


class TextBody(Strict, frozen=True, tag_field="kind", tag="text"):
    text: Text


class TitleBody(Strict, frozen=True, tag_field="kind", tag="title"):
    title: Annotated[str, Meta(max_length=120)]


class ImagesBody(Strict, frozen=True, tag_field="kind", tag="images"):
    caption: Text
    images: Annotated[tuple[ImageManifest, ...], Meta(max_length=MAX_IMAGES)]


class ConsentRecordBody(Strict, frozen=True, tag_field="kind", tag="consent-record"):
    consent: ConsentId
    version: Counting
    record: Text


class Point(Strict, frozen=True):
    """Pixels of the image, across and down from its upper left corner."""

    x: Annotated[int, Meta(ge=0, le=MAX_SIDE)]
    y: Annotated[int, Meta(ge=0, le=MAX_SIDE)]


class Arrow(Strict, frozen=True, tag_field="kind", tag="arrow"):
    """It points at `end`."""

    start: Point
    end: Point
    text: Annotated[str, Meta(max_length=80)]

    def __post_init__(self) -> None:
        if self.start == self.end:
            raise ValueError("an arrow without a direction")


class Line(Strict, frozen=True, tag_field="kind", tag="line"):
    """What is measured along it, each reader's device works out."""

    start: Point
    end: Point

    def __post_init__(self) -> None:
        if self.start == self.end:
            raise ValueError("a line without a length")


class Words(Strict, frozen=True, tag_field="kind", tag="words"):
    at: Point
    text: Annotated[str, Meta(min_length=1, max_length=80)]


Mark = Arrow | Line | Words


class AnnotationBody(Strict, frozen=True, tag_field="kind", tag="annotation"):
    """What its author has drawn on a shared image (S7.11)."""

    disclosure: DisclosureId
    marks: Annotated[tuple[Mark, ...], Meta(max_length=MAX_MARKS)]


class DisclosedImage(Strict, frozen=True):
    """`sensitive`: what the sender says the picture shows, confirmed by hand before it is sent."""

    image: ImageId
    subject: SubjectId
    kind: ImageKind
    deidentified: bool
    sensitive: tuple[Sensitivity, ...]


class DisclosureStatement(Strict, frozen=True):
    disclosure: DisclosureId
    message: MessageId
    thread: ThreadId
    epoch: Natural
    purpose: Purpose
    image: DisclosedImage
    blob: BlobId
    blob_hash: Bytes32
    sealed_size: Annotated[int, Meta(ge=1, le=MAX_SEALED_SIZE)]
    key_commitment: Bytes32
    plaintext_commitment: Bytes32
    consent: ConsentId
    version: Counting
    origin: DisclosureId | None
    preview_of: DisclosureId | None
    person: PersonId
    device: DeviceId
    at: Time


# Sharing earlier messages with who joins later (S6.8)


class PersonReader(Strict, frozen=True, tag_field="kind", tag="person"):
    person: PersonId


class DeviceReader(Strict, frozen=True, tag_field="kind", tag="device"):
    device: DeviceId


class SharedContent(Strict, frozen=True):
    """A `Content` that may be shared."""

    message: MessageId
    thread: ThreadId
    epoch: Natural
    device: DeviceId
    person: PersonId
    at: Time
    log_head: LogHead | None
    body: TextBody | ImagesBody | AnnotationBody


class SharedStatement(Strict, frozen=True):
    statement: DisclosureStatement
    sig: Bytes64


class SharedMessage(Strict, frozen=True, tag_field="kind", tag="message"):
    """`seq`, `at`: of the message in the thread's log, by the sharer's word; `sig`: its author's, over `content`."""

    seq: Counting
    at: Time
    content: SharedContent
    sig: Bytes64
    statements: Annotated[tuple[SharedStatement, ...], Meta(max_length=MAX_IMAGES)]


class WithheldMessage(Strict, frozen=True, tag_field="kind", tag="withheld"):
    """All of it is the sharer's word. `images`: how many it had."""

    seq: Counting
    at: Time
    message: MessageId
    person: PersonId
    images: Annotated[int, Meta(ge=0, le=MAX_IMAGES)]
    code: FailureCode


class LeavingBody(Strict, frozen=True, tag_field="kind", tag="leaving"):
    """Its author wants to be taken out of the thread (S6.10)."""


class HistoryBody(Strict, frozen=True, tag_field="kind", tag="history"):
    to: Annotated[tuple[PersonReader | DeviceReader, ...], Meta(min_length=1, max_length=MAX_READERS)]
    items: Annotated[tuple[SharedMessage | WithheldMessage, ...], Meta(min_length=1)]


class Content(Strict, frozen=True):
    message: MessageId
    thread: ThreadId
    epoch: Natural
    device: DeviceId
    person: PersonId
    at: Time
    log_head: LogHead | None
    body: TextBody | TitleBody | ImagesBody | ConsentRecordBody | AnnotationBody | HistoryBody | LeavingBody


# Filing in the record (S12)


class Gateway(Strict, frozen=True):
    """An organisation's records gateway: what it signs with, and what packages to it are sealed to (X25519)."""

    organisation: OrganisationId
    gateway: GatewayId
    name: Text
    signing_key: Bytes32
    sealing_key: Bytes32
    serial: Natural
    valid_from: Time
    valid_until: Time


class GatewayRequest(Strict, frozen=True):
    """What a gateway asks of the server. `filing`: whose package, and only then."""

    gateway: GatewayId
    origin: Text
    ask: Literal["filings", "package"]
    filing: FilingId | None
    nonce: Nonce
    at: Time

    def __post_init__(self) -> None:
        if (self.filing is not None) != (self.ask == "package"):
            raise ValueError("a package is asked for by its filing, and nothing else is")


class Filing(Strict, frozen=True):
    """A clinician files one disclosed image. `disclosed`: the hash of its disclosure statement (S7.5)."""

    filing: FilingId
    organisation: OrganisationId
    gateway: GatewayId
    thread: ThreadId
    disclosure: DisclosureId
    disclosed: Bytes32
    consent: ConsentId
    version: Counting
    package_hash: Bytes32
    package_size: Annotated[int, Meta(ge=1, le=MAX_PACKAGE)]
    person: PersonId
    device: DeviceId
    at: Time


class FilingReceipt(Strict, frozen=True):
    """What became of a filing. `statement`: the hash of the filing statement; `location`: of where it lies (S12.8)."""

    filing: FilingId
    statement: Bytes32
    organisation: OrganisationId
    gateway: GatewayId
    disclosure: DisclosureId
    outcome: Literal["filed", "refused"]
    target: Literal["folder", "fhir", "dicom"]
    location: Bytes32 | None
    code: FailureCode | None
    at: Time

    def __post_init__(self) -> None:
        filed = self.outcome == "filed"
        if (self.location is not None) != filed or (self.code is None) != filed:
            raise ValueError("what is filed lies somewhere; what is refused has a reason")


# What the decision looks at (S5.4)


class Thread(Strict, frozen=True):
    thread: ThreadId
    kind: ThreadKind
    purpose: ThreadPurpose


class Recipient(Strict, frozen=True):
    person: PersonId
    attestations: tuple[Attestation, ...]


class ImageDescriptor(Strict, frozen=True):
    image: ImageId
    subject: SubjectId
    kind: ImageKind
    deidentified: bool
    sensitive: tuple[Sensitivity, ...]
    onward: bool


Payload = (
    Attestation
    | Organisations
    | Invitation
    | Device
    | Scope
    | DisclosureStatement
    | Content
    | Request
    | SignIn
    | ConsentStatus
    | Answer
    | TreeHead
    | Gateway
    | GatewayRequest
    | Filing
    | FilingReceipt
)

PAYLOADS: dict[str, type[Payload]] = {
    "attestation": Attestation,
    "organisations": Organisations,
    "invitation": Invitation,
    "device": Device,
    "consent": Scope,
    "disclosure": DisclosureStatement,
    "content": Content,
    "request": Request,
    "sign-in": SignIn,
    "consent-status": ConsentStatus,
    "answer": Answer,
    "tree-head": TreeHead,
    "gateway": Gateway,
    "gateway-request": GatewayRequest,
    "filing": Filing,
    "filing-receipt": FilingReceipt,
}


def decode_payload(name: str, data: bytes) -> Payload:
    """The payload `name` (S3.2) of bytes in the one spelling.

    Fails with `not_canonical` (S1.5), then `malformed` (S1.6, S3.8, S4.2).
    """
    if len(data) > MAX_PAYLOAD:
        raise ProtocolError("malformed", "This statement is too long.")
    payload = convert(parse_canonical(data), PAYLOADS[name])
    _check_keys(payload)
    if isinstance(payload, Device) and payload.valid_until - payload.created_at > LONGEST_CERTIFICATE:
        raise ProtocolError("malformed", "This certificate is for too long.")
    return payload


def encode_payload(payload: Struct) -> bytes:
    """The one spelling of a struct, keys in the order its fields are declared."""
    return serialise(msgspec.to_builtins(payload))


def convert(value: Any, kind: type[T]) -> T:
    """A parsed JSON value as `kind`, every bound checked (S1.6). Fails with `malformed`."""
    try:
        _check_bounds(value)
        return msgspec.convert(value, kind)
    except (msgspec.ValidationError, UnicodeEncodeError, OverflowError, RecursionError) as error:
        # The library's sentence names the field, never the value.
        raise ProtocolError("malformed") from error


def _check_keys(payload: Payload) -> None:
    sealing = [payload.sealing_key] if isinstance(payload, Gateway) else []
    signing_fits = all(is_signing_key(decode_base64url(key)) for key in _signing_keys(payload))
    if not signing_fits or not all(is_sealing_key(decode_base64url(key)) for key in sealing):
        raise ProtocolError("malformed", "This statement names a key that is none.")


def _signing_keys(payload: Payload) -> list[str]:
    match payload:
        case Attestation():
            return [payload.identity_key]
        case Organisations():
            return [entry.key for entry in payload.organisations]
        case Device():
            return [payload.device_key, payload.identity_key]
        case Gateway():
            return [payload.signing_key]
    return []


def _check_bounds(value: Any) -> None:
    if isinstance(value, str) and len(value.encode("utf-8")) > MAX_TEXT:
        raise ProtocolError("malformed", "A text is too long.")
    if isinstance(value, list):
        _check_list(value)
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            _check_bounds(inner)


def _check_list(entries: list[Any]) -> None:
    if len(entries) > MAX_LIST:
        raise ProtocolError("malformed", "A list is too long.")
    spellings = {msgspec.json.encode(entry, order="sorted") for entry in entries}
    if len(spellings) != len(entries):
        raise ProtocolError("malformed", "A list holds an entry twice.")
