"""The cases of `statements/` and `enrolment/`: signatures (S3) and invitations (S4)."""

from typing import Any

import msgspec
from nacl.signing import SigningKey

from inscope_protocol import enrolment, statements
from inscope_protocol.encoding import serialise
from inscope_protocol.labels import payload_type
from inscope_protocol.types import PAYLOADS

from .cases import (
    AUTHORITY,
    CLINIC,
    GATEWAY,
    HOSPITAL,
    INTERN,
    LAPTOP,
    LOG,
    PHONE,
    Case,
    attestation,
    b64,
    case,
    filled,
    payloads,
)

SIGNERS = {
    "attestation": CLINIC,
    "organisations": HOSPITAL,
    "invitation": HOSPITAL,
    "device": INTERN,
    "consent": PHONE,
    "disclosure": PHONE,
    "content": PHONE,
    "request": HOSPITAL,
    "sign-in": PHONE,
    "consent-status": AUTHORITY,
    "answer": AUTHORITY,
    "tree-head": LOG,
    "gateway": HOSPITAL,
    "gateway-request": GATEWAY,
    "filing": PHONE,
    "filing-receipt": GATEWAY,
}
SEED = filled(42)
KEY = bytes(SigningKey(SEED).verify_key)
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493


def envelope_over(data: bytes, kind: str, signer: str, seed: bytes = SEED) -> dict[str, Any]:
    """A well-signed envelope over any bytes, also those that `sign` would refuse."""
    signature = SigningKey(seed).sign(statements.pre_authentication_encoding(kind, data)).signature
    return {"payload": b64(data), "payloadType": kind, "signatures": [{"keyid": signer, "sig": b64(signature)}]}


def good() -> list[Case]:
    cases = []
    for name, payload in payloads().items():
        data = serialise(payload)
        envelope = envelope_over(data, payload_type(name), SIGNERS[name])
        signed = statements.sign(name, msgspec.convert(payload, PAYLOADS[name]), SIGNERS[name], SEED)
        assert statements.envelope_object(signed)["payload"] == envelope["payload"], name
        given = {"name": name, "payload": payload, "signer": SIGNERS[name], "seed": b64(SEED)}
        told = {"envelope": envelope, "statement_hash": b64(statements.statement_hash(signed)), "public_key": b64(KEY)}
        cases.append(case(f"{name}, signed", "signature", "S3.1", "sign", given, told))
    return cases


def verified(title: str, envelope: Any, ok: Any = None, fail: str | None = None, **changes: Any) -> Case:
    given = {"envelope": envelope, "name": "attestation", "signer": CLINIC, "public_key": b64(KEY)} | changes
    if fail:
        return case(title, "signature", "S3.4", "verify", given, fail=fail)
    return case(title, "signature", "S3.4", "verify", given, ok)


def verifying() -> list[Case]:
    payload = attestation()
    kind, data = payload_type("attestation"), serialise(payload)
    whole = envelope_over(data, kind, CLINIC)
    [signature] = whole["signatures"]
    raw = SigningKey(SEED).sign(statements.pre_authentication_encoding(kind, data)).signature
    raised = raw[:32] + (int.from_bytes(raw[32:], "little") + GROUP_ORDER).to_bytes(32, "little")

    def with_signature(**changes: Any) -> dict[str, Any]:
        return whole | {"signatures": [signature | changes]}

    def over(source: bytes, of_kind: str = kind) -> dict[str, Any]:
        return envelope_over(source, of_kind, CLINIC)

    flipped = bytes([data[0], data[1], data[2] ^ 1]) + data[3:]
    malformed = {
        "no object": [],
        "null": None,
        "text": b64(data),
        "nothing in it": {},
        "without payload": {key: value for key, value in whole.items() if key != "payload"},
        "without type": {key: value for key, value in whole.items() if key != "payloadType"},
        "without signatures": {key: value for key, value in whole.items() if key != "signatures"},
        "a key more": whole | {"more": 1},
        "a key more in the signature": with_signature(more=1),
        "no signature": whole | {"signatures": []},
        "two signatures": whole | {"signatures": [signature, signature]},
        "signatures that are an object": whole | {"signatures": signature},
        "a signature without keyid": whole | {"signatures": [{"sig": signature["sig"]}]},
        "a keyid that is null": with_signature(keyid=None),
        "a payload with padding": whole | {"payload": whole["payload"] + "="},
        "a payload in the other alphabet": whole | {"payload": "+" + whole["payload"][1:]},
        "a payload with a newline": whole | {"payload": whole["payload"] + "\n"},
        "a payload with unused bits set": whole | {"payload": whole["payload"][:1] + "B"},
        "a payload that is a number": whole | {"payload": 7},
        "a type that is a number": whole | {"payloadType": 7},
        "a signature of 63 bytes": with_signature(sig=b64(raw[:63])),
        "a signature of 65 bytes": with_signature(sig=b64(raw + b"\0")),
        "an empty signature": with_signature(sig=""),
        "a signature with padding": with_signature(sig=signature["sig"] + "=="),
        "a signature with unused bits set": with_signature(sig=signature["sig"][:-1] + "B"),
        "well signed, a field missing": over(serialise({key: payload[key] for key in payload if key != "serial"})),
        "well signed, a field more": over(serialise(payload | {"more": 1})),
        "well signed, over 64 KiB": over(b'"' + b"x" * 65536 + b'"'),
        "over 64 KiB and of another type": over(b'"' + b"x" * 65536 + b'"', payload_type("device")),
    }
    return [
        verified("good", whole, payload),
        *(verified(name, envelope, fail="malformed") for name, envelope in malformed.items()),
        verified("another type, well signed", over(data, payload_type("device")), fail="wrong_type"),
        verified("another version of the type", over(data, kind.replace("v1", "v2")), fail="wrong_type"),
        verified("the type in upper case", over(data, kind.upper()), fail="wrong_type"),
        verified("an empty type", over(data, ""), fail="wrong_type"),
        verified("asked for as something else", whole, fail="wrong_type", name="consent"),
        verified("type comes before signer", over(data, payload_type("device")), fail="wrong_type", signer=HOSPITAL),
        verified("another signer", whole, fail="wrong_signer", signer=HOSPITAL),
        verified("keyid changed", with_signature(keyid=HOSPITAL), fail="wrong_signer"),
        verified("an empty keyid", with_signature(keyid=""), fail="wrong_signer"),
        verified("signer comes before signature", with_signature(keyid=HOSPITAL, sig=b64(bytes(64))),
                 fail="wrong_signer"),
        verified("the type changed after signing", envelope_over(data, payload_type("device"), CLINIC)
                 | {"payloadType": kind}, fail="bad_signature"),
        verified("one bit of the payload changed", whole | {"payload": b64(flipped)}, fail="bad_signature"),
        verified("one byte added to the payload", whole | {"payload": b64(data + b" ")}, fail="bad_signature"),
        verified("the payload cut short", whole | {"payload": b64(data[:-1])}, fail="bad_signature"),
        verified("an empty payload", whole | {"payload": ""}, fail="bad_signature"),
        verified("the first bit of the signature changed", with_signature(sig=b64(bytes([raw[0] ^ 1]) + raw[1:])),
                 fail="bad_signature"),
        verified("the last bit of the signature changed", with_signature(sig=b64(raw[:-1] + bytes([raw[-1] ^ 1]))),
                 fail="bad_signature"),
        verified("the other spelling of S in the signature", with_signature(sig=b64(raised)), fail="bad_signature"),
        verified("a signature of zeros", with_signature(sig=b64(bytes(64))), fail="bad_signature"),
        verified("another key signed", envelope_over(data, kind, CLINIC, filled(43)), fail="bad_signature"),
        verified("a key of small order, a signature of that kind", with_signature(sig=b64(b"\1" + bytes(63))),
                 fail="bad_signature", public_key=b64(b"\1" + bytes(31))),
        verified("a key that is no point", whole, fail="bad_signature", public_key=b64(filled(255))),
        verified("signed without PAE", whole | {"signatures": [
            {"keyid": CLINIC, "sig": b64(SigningKey(SEED).sign(data).signature)}]}, fail="bad_signature"),
        verified("well signed, with a space", over(data.replace(b":", b": ", 1)), fail="not_canonical"),
        verified("well signed, a key twice", over(data[:-1] + b',"serial":3}'), fail="not_canonical"),
        verified("well signed, a newline at the end", over(data + b"\n"), fail="not_canonical"),
        verified("well signed, a letter escaped", over(data.replace(b"Dr", b"\\u0044r")), fail="not_canonical"),
        verified("well signed, empty", over(b""), fail="not_canonical"),
        verified("well signed, not UTF-8", over(b"\xff"), fail="not_canonical"),
        verified("spelling comes before shape", over(b'{"more": 1}'), fail="not_canonical"),
        verified("keys in another order", over(serialise(dict(reversed(payload.items())))),
                 dict(reversed(payload.items()))),
    ]  # fmt: skip


def enrolments() -> list[Case]:
    cases = []
    for number, (person, device) in enumerate(((INTERN, PHONE), (INTERN, LAPTOP)), start=1):
        secret, organisation, identity, key = (filled(number + add) for add in (0, 10, 20, 30))
        token = enrolment.invitation_token(secret)
        given = {
            "secret": b64(secret), "organisation_key": b64(organisation), "identity_key": b64(identity),
            "device_key": b64(key), "person": person, "device": device,
        }  # fmt: skip
        told = {
            "token": b64(token),
            "token_hash": b64(enrolment.invitation_token_hash(token)),
            "proof": b64(enrolment.invitation_proof(secret, identity, key, person, device)),
            "fingerprint": b64(enrolment.key_fingerprint(organisation)),
            "fragment": enrolment.invitation_fragment(secret, organisation),
        }
        cases.append(case(f"invitation {number}", "value", "S4.2", "invitation", given, told))
    secret, fingerprint = b64(filled(1)), b64(filled(2))
    cases.append(case("a fragment", "value", "S4.1", "parse_fragment", {"text": f"{secret}.{fingerprint}"},
                      {"secret": secret, "fingerprint": fingerprint}))  # fmt: skip
    bad = {
        "empty": "", "no fingerprint": secret, "an empty fingerprint": f"{secret}.",
        "an empty secret": f".{fingerprint}",
        "a third part": f"{secret}.{fingerprint}.", "a short secret": f"{secret[:-2]}.{fingerprint}",
        "a short fingerprint": f"{secret}.{fingerprint[:-3]}", "padding": f"{secret}=.{fingerprint}",
        "a space at the end": f"{secret}.{fingerprint} ", "unused bits set": f"{secret}.{fingerprint[:-1]}J",
        "a slash before": f"/{secret}.{fingerprint}",
    }  # fmt: skip
    cases += [case(f"a fragment: {name}", "value", "S4.1", "parse_fragment", {"text": text}, fail="malformed")
              for name, text in bad.items()]  # fmt: skip
    return cases


def files() -> dict[str, list[Case]]:
    return {"statements/good": good(), "statements/verify": verifying(), "enrolment/enrolment": enrolments()}
