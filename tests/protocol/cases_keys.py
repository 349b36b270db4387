"""The cases of `statements/keys`: keys that no statement may name (S3.8), and how long a certificate lasts (S4.2)."""

from typing import Any

from nacl.bindings import crypto_core_ed25519_add

from inscope_protocol.encoding import decode_base64url, serialise

from .cases import Case, b64, case, payloads, signing_key

P = 2**255 - 19
EIGHTH = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
"""Of order 8, as libsodium's list of points of low order has it."""


def _little(number: int) -> bytes:
    return number.to_bytes(32, "little")


NO_SIGNING_KEYS = {
    "the neutral point": _little(1),
    "of order 2": _little(P - 1),
    "of order 4": _little(0),
    "of order 8": EIGHTH,
    "the other spelling of the neutral point": _little(P + 1),
    "the other spelling of one of order 4": _little(P),
    "the neutral point with the sign of nothing": _little(1 | 1 << 255),
    "no point of the curve": _little(2),
    "a good key and a point of order 8": crypto_core_ed25519_add(decode_base64url(signing_key(7)), EIGHTH),
    "all bits": b"\xff" * 32,
}
NO_SEALING_KEYS = {
    "zero": _little(0),
    "one": _little(1),
    "of order 8": bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    "the other of order 8": bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    "of order 2": _little(P - 1),
    "the other spelling of zero": _little(P),
    "the other spelling of one": _little(P + 1),
    "zero with the bit that is not read": _little(1 << 255),
}
SIGNING = (("attestation", "identity_key"), ("device", "device_key"), ("device", "identity_key"),
           ("gateway", "signing_key"))  # fmt: skip


def _refused(name: str, payload: str, value: dict[str, Any]) -> Case:
    given = {"name": payload, "bytes": b64(serialise(value))}
    return case(name, "shape", "S3.8", "decode_payload", given, fail="malformed")


def keys() -> list[Case]:
    good = payloads()
    cases = [
        _refused(f"{payload}: {field} {name}", payload, good[payload] | {field: b64(key)})
        for payload, field in SIGNING
        for name, key in NO_SIGNING_KEYS.items()
    ]
    for name, key in NO_SIGNING_KEYS.items():
        first, second = good["organisations"]["organisations"]
        listed = [first, second | {"key": b64(key)}]
        cases.append(
            _refused(f"organisations: key {name}", "organisations", good["organisations"] | {"organisations": listed})
        )
    return cases + [
        _refused(f"gateway: sealing_key {name}", "gateway", good["gateway"] | {"sealing_key": b64(key)})
        for name, key in NO_SEALING_KEYS.items()
    ]


def certificates() -> list[Case]:
    """As long as one may be from its creation, and a millisecond longer."""
    device = payloads()["device"]
    longest = device | {"valid_until": device["created_at"] + 1096 * 24 * 3_600_000}
    given = {"name": "device", "bytes": b64(serialise(longest))}
    return [
        case("device: a certificate for three years", "shape", "S4.2", "decode_payload", given, longest),
        _refused("device: a certificate for longer", "device", longest | {"valid_until": longest["valid_until"] + 1})
        | {"spec": "S4.2"},
    ]


def files() -> dict[str, list[Case]]:
    return {"statements/keys": [*keys(), *certificates()]}
