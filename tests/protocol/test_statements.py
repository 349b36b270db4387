"""S3 beyond the shared cases."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inscope_protocol import statements
from inscope_protocol.encoding import decode_base64url, plain_hash
from inscope_protocol.failures import ProtocolError
from inscope_protocol.types import Attestation, SignIn, convert

from .cases import CLINIC, attestation, payloads
from .cases_statements import KEY, SEED
from .mutations import mutated, read_or_refuse

ATTESTATION = convert(attestation(), Attestation)
ENVELOPE = statements.sign("attestation", ATTESTATION, CLINIC, SEED)
WIRE = json.dumps(statements.envelope_object(ENVELOPE)).encode()


def test_statement_hash_is_what_the_page_says() -> None:
    payload = decode_base64url(ENVELOPE.payload)
    kind = b"application/vnd.inscope.attestation.v1+json"
    pae = b"DSSEv1 " + str(len(kind)).encode() + b" " + kind + b" " + str(len(payload)).encode() + b" " + payload
    label = b"inscope/statement/v1\0"
    assert statements.statement_hash(ENVELOPE) == plain_hash(label + len(pae).to_bytes(4, "big") + pae)


def test_statement_hash_does_not_depend_on_the_spelling_of_the_envelope() -> None:
    spelled = json.dumps(json.loads(WIRE), indent=2, sort_keys=True).encode()
    other = json.loads(WIRE)
    other["signatures"][0]["sig"] = "A" * 86
    hashes = {statements.statement_hash(statements.parse_envelope(source)) for source in (WIRE, spelled, other)}
    assert len(hashes) == 1


def test_signing_refuses_what_no_reader_takes() -> None:
    sign_in = convert(payloads()["sign-in"], SignIn)
    with pytest.raises(ProtocolError, match="malformed"):
        statements.sign("attestation", sign_in, CLINIC, SEED)


@pytest.mark.parametrize(
    "source",
    [
        WIRE[:-1] + b',"payload":"AA"}',
        b"\xef\xbb\xbf" + WIRE,
        WIRE + b"x",
        b"\xff",
        b"",
        b"[" * 100_000,
        b" " * 200_000 + WIRE,
        WIRE.decode(),
        7,
        None,
        {"payload": "A\ud800", "payloadType": "x", "signatures": [{"keyid": "x", "sig": "A" * 86}]},
    ],
)
def test_what_is_not_an_envelope(source: object) -> None:
    with pytest.raises(ProtocolError, match="malformed"):
        statements.parse_envelope(source)


@given(mutated([WIRE]) | st.binary(max_size=40))
def test_any_bytes(data: bytes) -> None:
    """Nothing near a statement verifies, unless it is the same statement in another envelope."""

    def read(source: bytes) -> object:
        return statements.verify(statements.parse_envelope(source), "attestation", CLINIC, KEY)

    payload = read_or_refuse(read, data)
    assert payload is None or payload == ATTESTATION


@given(mutated([decode_base64url(ENVELOPE.payload)]))
def test_no_other_payload_verifies(payload: bytes) -> None:
    other = statements.envelope_object(ENVELOPE) | {"payload": statements.encode_base64url(payload)}
    if payload != decode_base64url(ENVELOPE.payload):
        with pytest.raises(ProtocolError, match="bad_signature"):
            statements.verify(other, "attestation", CLINIC, KEY)


@given(st.binary(max_size=40))
def test_any_key(key: bytes) -> None:
    with pytest.raises(ProtocolError, match="bad_signature"):
        statements.verify(ENVELOPE, "attestation", CLINIC, key)
