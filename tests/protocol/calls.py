"""How each `call` of a shared case reaches inscope_protocol, JSON in and JSON out (protocol/vectors/README.md)."""

from collections.abc import Callable
from typing import Any

import msgspec
from nacl.signing import SigningKey

from inscope_protocol import (
    annotations,
    answering,
    authenticated_data,
    decision,
    device_link,
    encoding,
    enrolment,
    filing,
    framing,
    history,
    identifiers,
    labels,
    leaves,
    merkle,
    narrowing,
    opening,
    package,
    sealing,
    statements,
)
from inscope_protocol import patient_link as links
from inscope_protocol.encoding import decode_base64url as unb64
from inscope_protocol.encoding import encode_base64url as b64
from inscope_protocol.policy import Policy
from inscope_protocol.types import (
    PAYLOADS,
    AnnotationBody,
    Answer,
    ImageDescriptor,
    PixelSpacing,
    Recipient,
    Scope,
    Thread,
    convert,
    decode_payload,
)

Given = dict[str, Any]


def long_bytes(told: Any) -> bytes:
    return unb64(told) if isinstance(told, str) else unb64(told["repeat"]) * told["times"]


def builtins(value: Any) -> Any:
    """As JSON would read it back: tuples are lists."""
    return msgspec.json.decode(msgspec.json.encode(value))


def decide(given: Given) -> Any:
    scope = None if given["scope"] is None else convert(given["scope"], Scope)
    people = [convert(person, Recipient) for person in given["recipients"]]
    thread, image = convert(given["thread"], Thread), convert(given["image"], ImageDescriptor)
    policy = None if given["policy"] is None else convert(given["policy"], Policy)
    answer = decision.decide(scope, policy, thread, people, image, given["now"])
    assert answer.permit == (not answer.reasons)
    return {"reasons": builtins(answer.reasons)}


def decide_filing(given: Given) -> Any:
    scope = None if given["scope"] is None else convert(given["scope"], Scope)
    policy = None if given["policy"] is None else convert(given["policy"], Policy)
    thread, image = convert(given["thread"], Thread), convert(given["image"], ImageDescriptor)
    filer, recorder = convert(given["filer"], Recipient), convert(given["recorder"], Recipient)
    answer = filing.decide_filing(scope, policy, thread, filer, recorder, given["organisation"], image, given["now"])
    assert answer.permit == (not answer.reasons)
    return {"reasons": builtins(answer.reasons)}


def annotation_words(given: Given) -> Any:
    body = {"kind": "annotation", "disclosure": "dis_" + "A" * 22, "marks": given["marks"]}
    spacing = None if given["spacing"] is None else convert(given["spacing"], PixelSpacing)
    return annotations.annotation_words(convert(body, AnnotationBody).marks, spacing)


def read_shared(given: Given) -> Any:
    author = {**given["author"], "key": unb64(given["author"]["public_key"])}
    del author["public_key"]
    return builtins(history.read_shared(given["item"], history.Author(**author), history.Joined(**given["joined"])))


def seal_package(given: Given) -> Any:
    return b64(package.seal_package(unb64(given["sealing_key"]), unb64(given["plain"]), unb64(given["ephemeral"])))


def join_package(given: Given) -> Any:
    return b64(encoding.plain_hash(package.join_package(unb64(given["document"]), unb64(given["image"]))))


def sign(given: Given) -> Any:
    payload = convert(given["payload"], PAYLOADS[given["name"]])
    seed = unb64(given["seed"])
    envelope = statements.sign(given["name"], payload, given["signer"], seed)
    key = bytes(SigningKey(seed).verify_key)
    assert statements.verify(envelope, given["name"], given["signer"], key) == payload
    return {
        "envelope": statements.envelope_object(envelope),
        "statement_hash": b64(statements.statement_hash(envelope)),
        "public_key": b64(key),
    }


def verify(given: Given) -> Any:
    return builtins(statements.verify(given["envelope"], given["name"], given["signer"], unb64(given["public_key"])))


def invitation(given: Given) -> Any:
    secret, organisation = unb64(given["secret"]), unb64(given["organisation_key"])
    keys = unb64(given["identity_key"]), unb64(given["device_key"])
    token = enrolment.invitation_token(secret)
    return {
        "token": b64(token),
        "token_hash": b64(enrolment.invitation_token_hash(token)),
        "proof": b64(enrolment.invitation_proof(secret, *keys, given["person"], given["device"])),
        "fingerprint": b64(enrolment.key_fingerprint(organisation)),
        "fragment": enrolment.invitation_fragment(secret, organisation),
    }


def device_links(given: Given) -> Any:
    secret, opened, identity = unb64(given["secret"]), unb64(given["opened"]), unb64(given["identity_key"])
    asking = device_link.AskingDevice(given["device"], unb64(given["device_key"]), given["label"])
    commitment = device_link.device_link_commitment(opened)
    whose = given["organisation"], given["person"]
    pin = device_link.device_link_pin(unb64(given["organisation_key"]), identity, *whose, commitment)
    proof = device_link.device_link_proof(secret, identity, given["person"], asking)
    token = device_link.device_link_token(secret)
    return {
        "token": b64(token),
        "token_hash": b64(device_link.device_link_token_hash(token)),
        "commitment": b64(commitment),
        "pin": b64(pin),
        "fragment": device_link.device_link_fragment(secret, pin),
        "proof": b64(proof),
        "number": device_link.device_link_number(opened, proof),
    }


def patient_link(given: Given) -> Any:
    secret = unb64(given["secret"])
    token = links.patient_token(secret)
    return {
        "token": b64(token),
        "token_hash": b64(links.patient_token_hash(token)),
        "seal_key": b64(links.patient_seal_key(secret)),
    }


def seal_greeting(given: Given) -> Any:
    return b64(links.seal_greeting(given["name"], unb64(given["secret"]), unb64(given["nonce"])))


def says_as_answered(given: Given) -> Any:
    scope, answer = convert(given["scope"], Scope), convert(given["answer"], Answer)
    return answering.says_as_answered(scope, answer, given["answer_hash"])


def parse_fragment(given: Given) -> Any:
    secret, fingerprint = enrolment.parse_fragment(given["text"])
    return {"secret": b64(secret), "fingerprint": b64(fingerprint)}


def image_key(given: Given) -> Any:
    halves = unb64(given["client_half"]), unb64(given["server_half"])
    return b64(sealing.image_key(*halves, given["disclosure"], given["thread"], given["image"]))


def open_sealed(given: Given) -> Any:
    commitments = unb64(given["key_commitment"]), unb64(given["plaintext_commitment"])
    declared = opening.Sealing(given["disclosure"], given["size"], *commitments)
    return opening.open_sealed(unb64(given["image_key"]), unb64(given["sealed"]), declared)


def plaintext_commitment(given: Given) -> Any:
    return b64(sealing.plaintext_commitment(unb64(given["image_key"]), unb64(given["plaintext"])))


def parse_private_message(given: Given) -> Any:
    message = framing.parse_private_message(unb64(given["bytes"]))
    return message._asdict() | {"authenticated_data": b64(message.authenticated_data)}


def key_package(package: framing.KeyPackage) -> dict[str, Any]:
    return package._asdict() | {"signature_key": b64(package.signature_key), "raw": b64(package.raw)}


def parse_commit(given: Given) -> Any:
    commit = framing.parse_commit(unb64(given["bytes"]))
    adds = [key_package(added) for added in commit.adds]
    for added in adds:
        del added["not_before"], added["not_after"]
    path = {"signature_key": b64(commit.path.signature_key), "identity": commit.path.identity}
    return commit._asdict() | {"adds": adds, "removes": list(commit.removes), "path": path}


def build_authenticated_data(given: Given) -> Any:
    hashes = [unb64(one) for one in given["hashes"]]
    return b64(authenticated_data.build_authenticated_data(given["message"], hashes))


def parse_authenticated_data(given: Given) -> Any:
    message, hashes = authenticated_data.parse_authenticated_data(unb64(given["bytes"]))
    return {"message": message, "hashes": [b64(one) for one in hashes]}


def allocate(given: Given) -> Any:
    occupied = leaves.allocate(dict(given["occupied"]), given["removes"], given["adds"])
    return {"occupied": [list(pair) for pair in occupied.items()], "leaves": leaves.leaf_count(occupied)}


def tree_root(given: Given) -> Any:
    return b64(merkle.tree_root([merkle.leaf_hash(unb64(entry)) for entry in given["entries"]]))


def verify_inclusion(given: Given) -> Any:
    leaf, proof = merkle.leaf_hash(unb64(given["entry"])), [unb64(one) for one in given["proof"]]
    return merkle.verify_inclusion(leaf, given["index"], given["size"], proof, unb64(given["root"]))


def verify_consistency(given: Given) -> Any:
    roots, proof = (
        (unb64(given[name]) for name in ("first_root", "second_root")),
        [unb64(one) for one in given["proof"]],
    )
    return merkle.verify_consistency(given["first"], given["second"], *roots, proof)


def fields(given: Given) -> list[bytes]:
    return [unb64(field) for field in given["fields"]]


CALLS: dict[str, Callable[[Given], Any]] = {
    "label": lambda given: getattr(labels, given["name"]),
    "decode_base64url": lambda given: unb64(given["text"]).hex(),
    "hash": lambda given: b64(encoding.labelled_hash(given["label"], *fields(given))),
    "mac": lambda given: b64(encoding.labelled_mac(unb64(given["key"]), given["label"], *fields(given))),
    "check_identifier": lambda given: identifiers.check_identifier(given["prefix"], given["text"]),
    "make_identifier": lambda given: identifiers.make_identifier(given["prefix"], unb64(given["random"])),
    "parse_canonical": lambda given: encoding.parse_canonical(unb64(given["bytes"])),
    "decode_payload": lambda given: builtins(decode_payload(given["name"], unb64(given["bytes"]))),
    "sign": sign,
    "verify": verify,
    "decide": decide,
    "decide_filing": decide_filing,
    "annotation_words": annotation_words,
    "read_shared": read_shared,
    "join_package": join_package,
    "seal_package": seal_package,
    "location_hash": lambda given: b64(filing.location_hash(given["location"])),
    "patient_link": patient_link,
    "seal_greeting": seal_greeting,
    "open_greeting": lambda given: links.open_greeting(unb64(given["sealed"]), unb64(given["secret"])),
    "says_as_answered": says_as_answered,
    "narrows": lambda given: narrowing.narrows(convert(given["before"], Scope), convert(given["after"], Scope)),
    "invitation": invitation,
    "device_link": device_links,
    "device_link_number": lambda given: device_link.device_link_number(unb64(given["opened"]), unb64(given["proof"])),
    "parse_fragment": parse_fragment,
    "image_key": image_key,
    "key_commitment": lambda given: b64(sealing.key_commitment(unb64(given["image_key"]))),
    "plaintext_commitment": plaintext_commitment,
    "part_hash": lambda given: b64(sealing.part_hash(unb64(given["part"]))),
    "blob_hash": lambda given: b64(sealing.blob_hash(unb64(one) for one in given["part_hashes"])),
    "bucket": lambda given: sealing.bucket(given["size"]),
    "sealed_size": lambda given: sealing.sealed_size(given["size"]),
    "pad": lambda given: b64(encoding.plain_hash(sealing.pad(long_bytes(given["plaintext"])))),
    "open_sealed": open_sealed,
    "parse_private_message": parse_private_message,
    "parse_commit": parse_commit,
    "parse_key_package": lambda given: key_package(framing.parse_key_package(unb64(given["bytes"]))),
    "build_authenticated_data": build_authenticated_data,
    "parse_authenticated_data": parse_authenticated_data,
    "allocate": allocate,
    "tree_root": tree_root,
    "verify_inclusion": verify_inclusion,
    "verify_consistency": verify_consistency,
}
