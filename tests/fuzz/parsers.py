"""Every reader of foreign bytes on the server's side, in one table: what is fed to it, and how it may say no.

Each gets bytes without any meaning, and what would be right with some bytes changed (protocol/mutations.py). It may
answer, or raise one of `refuses`; anything else that it raises, or that takes it longer than a moment, is a fault.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import msgspec
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict, CIMultiDictProxy
from nacl import bindings
from nacl.signing import SigningKey
from PIL import Image

from inscope_protocol import (
    encoding,
    framing,
    history,
    identifiers,
    key_packages,
    labels,
    merkle,
    package,
    patient_link,
    statements,
)
from inscope_protocol.authenticated_data import build_authenticated_data, parse_authenticated_data
from inscope_protocol.failures import ProtocolError
from inscope_protocol.types import TreeHead, decode_payload
from inscope_server import config
from inscope_server.audit import export
from inscope_server.audit.recomputation import LogFault
from inscope_server.config import ConfigError
from inscope_server.errors import Refusal
from inscope_server.fhir import reading
from inscope_server.images import tus
from inscope_server.images.retention import Retention
from inscope_server.images.service import Ask
from inscope_server.keeping import manifest
from inscope_server.patients import forms
from inscope_server.patients import rules as patient_rules
from inscope_server.records_gateway import dicom_pixels
from inscope_server.records_gateway import settings as gateway_settings
from inscope_server.records_gateway.target import TargetRefused
from inscope_server.reviews.api import PageQuery
from inscope_server.reviews.place import read_place
from inscope_server.sheets.rules import read_sheet
from inscope_server.threads.api import LogQuery, SendBody
from inscope_server.web import bodies
from inscope_server.web.query import read_query
from inscope_server.web.ranges import stretch
from inscope_server.web.socket import StrictJson
from protocol import cases_history
from protocol.cases import scope
from server.fhir.test_fuzz import SPELLED
from world import mls
from world.running import ROOT, SHEETS

SEED, PEOPLE = bytes(range(32)), [identifiers.make_identifier("per", bytes([n]) * 16) for n in range(3)]
THREAD, DEVICE = identifiers.make_identifier("thr", bytes(16)), identifiers.make_identifier("dev", bytes(16))
MESSAGE, LOG = identifiers.make_identifier("msg", bytes(16)), identifiers.make_identifier("log", bytes(16))
KEY = bytes(SigningKey(SEED).verify_key)
SHEET = next(SHEETS.glob("**/en*.json"))
FOLDER = Path(gettempdir()) / "inscope-fuzz"


@dataclass(frozen=True)
class Parser:
    """`right`: samples that it reads. `refuses`: the only exceptions that it may raise."""

    name: str
    read: Callable[[bytes], Any]
    right: list[bytes]
    refuses: tuple[type[Exception], ...] = (ProtocolError,)


def text(read: Callable[[str], Any]) -> Callable[[bytes], Any]:
    """As aiohttp gives headers and queries: bytes that are no UTF-8 stand as lone surrogates."""
    return lambda data: read(data.decode("utf-8", "surrogateescape"))


def header(name: str, read: Callable[[Any], Any]) -> Callable[[bytes], Any]:
    def of(value: str) -> Any:
        request = make_mocked_request("GET", "/")
        request._headers = CIMultiDictProxy(
            CIMultiDict({"Upload-Length": "5", name: value})
        )  # A mock encodes them, strictly.
        return read(request)

    return text(of)


def query(shape: type[msgspec.Struct]) -> Callable[[bytes], Any]:
    def read(value: str) -> Any:
        return read_query(make_mocked_request("GET", "/?" + value.replace("#", "")), shape)

    return text(read)


def file(name: str, read: Callable[[Path], Any]) -> Callable[[bytes], Any]:
    def of(data: bytes) -> Any:
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / name).write_bytes(data)
        return read(FOLDER / name)

    return of


def shape(kind: Any) -> Callable[[bytes], Any]:
    return lambda data: bodies.convert(bodies.parse(data), kind)


def spelled(*values: Any) -> list[bytes]:
    return [json.dumps(value).encode() for value in values]


def head() -> dict[str, Any]:
    said = TreeHead(LOG, 0, encoding.encode_base64url(merkle.tree_root([])), 5)
    return statements.envelope_object(statements.sign("tree-head", said, LOG, SEED))


def payloads(data: bytes) -> None:
    for name in labels.PAYLOAD_NAMES:
        try:
            decode_payload(name, data)
        except ProtocolError:
            continue


def picture(name: str) -> bytes:
    out = BytesIO()
    Image.new("RGB", (24, 16), (9, 120, 200)).save(out, name)
    return out.getvalue()


def backup(path: Path) -> Any:
    return manifest.read(path.parent)


def offset_of(request: Any) -> int:
    return tus._number(request, "Upload-Offset")


def shared(data: bytes) -> Any:
    author = history.Author(cases_history.PHONE, cases_history.INTERN, cases_history.KEY, cases_history.NOW + 1)
    return history.read_shared(encoding.parse_canonical(data), author, history.Joined(**cases_history.JOINED))


ENVELOPE = head()
HEAD, SEALING_KEY = statements.parse_envelope(ENVELOPE).payload_bytes, bindings.crypto_scalarmult_base(SEED)
SEND = {"message": MESSAGE, "epoch": 1, "mls": "AA", "disclosures": []}
ASKING = {
    "request": "req_" + THREAD[4:], "consent": "con_" + THREAD[4:], "previous": None, "token_hash": "A" * 43,
    "sealed": "A" * 70, "code": "123456", "question": {
        "purposes": ["teaching"], "recipients": [{"kind": "person", "person": PEOPLE[0]}], "valid_until": 5,
        "conditions": {"deidentified_only": True, "no_onward_sharing": True, "image_kinds": ["scan"], "sensitive": []},
    },
}  # fmt: skip
PACKAGES = [mls.key_package(SEED, DEVICE)]
ASK = {
    "thread": THREAD, "epoch": 3, "consent": identifiers.make_identifier("con", bytes(16)), "version": 1,
    "image": {"image": identifiers.make_identifier("img", bytes(16)), "kind": "radiograph", "deidentified": False,
              "subject": identifiers.make_identifier("sub", bytes(16)), "sensitive": []},
}  # fmt: skip
MANIFEST = {
    "format": 1, "schema": "x", "at": 1, "log": LOG, "size": 2, "images": {},
    "tables": {"people": {"rows": 1, "sha256": "0" * 64}},
}  # fmt: skip
BOTH = (ProtocolError, Refusal)

PARSERS = [
    Parser("base64url", text(encoding.decode_base64url), [b"AAAA", b"AQID", b"-_8"]),
    Parser("canonical JSON", encoding.parse_canonical, [b'{"a":[1,"x",null]}', b"[]", b'"\xc3\xa9"']),
    Parser("identifier", text(lambda said: identifiers.check_identifier("per", said)), [PEOPLE[0].encode()]),
    Parser("MLS message", framing.parse_private_message, [mls.private_message(THREAD, 3, MESSAGE, [])]),
    Parser("MLS commit", framing.parse_commit, [mls.commit(SEED, DEVICE, THREAD, 1, 0, PACKAGES, [])]),
    Parser("MLS key package", key_packages.parse_key_package, PACKAGES),
    Parser("MLS authenticated data", parse_authenticated_data, [build_authenticated_data(MESSAGE, [bytes(32)])]),
    Parser("DSSE envelope", statements.parse_envelope, spelled(ENVELOPE)),
    Parser("signed head", lambda data: export.read_head(data, LOG, KEY), spelled(ENVELOPE, {"head": ENVELOPE})),
    Parser("statement payloads", payloads, [encoding.serialise(scope()), HEAD]),
    Parser("shared message", shared, [
        encoding.serialise(one) for one in (cases_history.shared(cases_history.TEXT), cases_history.image())
    ]),
    Parser("record package", lambda data: package.open_package(SEED, data), [
        package.seal_package(SEALING_KEY, package.join_package(b"{}", b"image"), SEED)
    ]),
    Parser("record document", package.read_document, spelled({"filing": ENVELOPE, "gateway": ENVELOPE})),
    Parser("patient's greeting", lambda data: patient_link.open_greeting(data, SEED), [
        patient_link.seal_greeting("Ada", SEED, bytes(24))
    ]),
    Parser("JSON body", bodies.parse, [*SPELLED, b"[1,2]"], BOTH),
    Parser("message body", shape(SendBody), spelled(SEND), BOTH),
    Parser("disclosure body", shape(Ask), spelled(ASK), BOTH),
    Parser("question body", shape(patient_rules.Asking), spelled(ASKING), BOTH),
    Parser("socket packet", StrictJson.loads, spelled(["send", {"thread": THREAD}]), (ValueError, RecursionError)),
    Parser("FHIR resource", lambda data: reading.read(bodies.parse(data)), SPELLED, BOTH),
    Parser("query", query(LogQuery), [b"after=5&limit=20", b"limit=%35"], BOTH),
    Parser("query with a place", query(PageQuery), [b"after=open.5.con_A.org_B&limit=3"], BOTH),
    Parser("place of a page", text(read_place), [f"open.5.{ASK['consent']}.org_{THREAD[4:]}".encode()], BOTH),
    Parser("cookies", header("Cookie", lambda request: dict(request.cookies)), [b"inscope_session=AAAA; x=\"y\""]),
    Parser("Range", header("Range", lambda request: stretch(request, 1000, '"x"')), [b"bytes=0-5", b"bytes=-9"], BOTH),
    Parser("tus number", header("Upload-Offset", offset_of), [b"0", b"77"], BOTH),
    Parser("tus hash", header(tus.HASH, tus._declared), [b"A" * 43], BOTH),
    Parser("patient's form", forms.fields, [b"answer=some&purpose=0&recipient=1&kind=2", b"code=123456"], BOTH),
    Parser("link's token", text(forms.token_bytes), [b"A" * 43]),
    Parser("exported log", file("log", lambda path: export.verify_export(path, [])), [
        *(one + b"\n" for one in spelled({"log": LOG, "key": encoding.encode_base64url(KEY), "head": ENVELOPE}))
    ], (ProtocolError, LogFault)),
    Parser("backup manifest", file(manifest.NAME, backup), spelled(MANIFEST), (ConfigError,)),
    Parser("settings", file("inscope.toml", lambda path: config.load(str(path), {})), [
        (ROOT / "config/production.toml").read_bytes(), b'port = 9000\npolicy = "au-1"\n'
    ], (ConfigError,)),
    Parser("gateway's settings", file("gateway.toml", lambda path: gateway_settings.load(str(path))), [
        (ROOT / "config/records-gateway.example.toml").read_bytes()
    ], (ConfigError,)),
    Parser("retention rules", file("retention.toml", lambda path: Retention.read(str(path))), [
        (ROOT / "config/retention.example.toml").read_bytes(), b"days = 30\n[organisations]\n"
    ], (ConfigError,)),
    Parser("information sheet", lambda data: read_sheet(data, SHEET.relative_to(SHEETS).as_posix()), [
        SHEET.read_bytes()
    ], (ValueError, msgspec.ValidationError)),
    Parser("picture for DICOM", lambda data: dicom_pixels.read_pixels(data, True), [
        picture("JPEG"), picture("PNG"), picture("WEBP")
    ], (TargetRefused,)),
]  # fmt: skip
