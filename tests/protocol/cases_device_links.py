"""The cases of `enrolment/device_links`: links by which a device comes beside the first (S4.9)."""

from inscope_protocol import device_link as links
from inscope_protocol.device_link import AskingDevice

from .cases import HOSPITAL, INTERN, LAPTOP, PHONE, Case, b64, case, filled

LABELS = ("Phone or tablet", "Wärd 7 — 桌面", "x" * 200)


def made() -> list[Case]:
    cases = []
    for number, label in enumerate(LABELS, start=1):
        secret, organisation, identity, key, opened = (filled(number + add) for add in (0, 10, 20, 30, 40))
        device = PHONE if number == 1 else LAPTOP
        given = {
            "secret": b64(secret), "organisation_key": b64(organisation), "identity_key": b64(identity),
            "organisation": HOSPITAL, "person": INTERN, "opened": b64(opened),
            "device": device, "device_key": b64(key), "label": label,
        }  # fmt: skip
        token, commitment = links.device_link_token(secret), links.device_link_commitment(opened)
        pin = links.device_link_pin(organisation, identity, HOSPITAL, INTERN, commitment)
        proof = links.device_link_proof(secret, identity, INTERN, AskingDevice(device, key, label))
        told = {
            "token": b64(token),
            "token_hash": b64(links.device_link_token_hash(token)),
            "commitment": b64(commitment),
            "pin": b64(pin),
            "fragment": links.device_link_fragment(secret, pin),
            "proof": b64(proof),
            "number": links.device_link_number(opened, proof),
        }
        cases.append(case(f"a device link {number}", "value", "S4.9", "device_link", given, told))
    return cases


def numbers() -> list[Case]:
    """One that begins with zeros among them."""
    low = next(n for n in range(256) if links.device_link_number(filled(n), filled(7)) < "050000")
    cases = []
    for which in (1, 2, low):
        given = {"opened": b64(filled(which)), "proof": b64(filled(7))}
        number = links.device_link_number(filled(which), filled(7))
        cases.append(case(f"the number of {which}", "value", "S4.9", "device_link_number", given, number))
    return cases


def files() -> dict[str, list[Case]]:
    return {"enrolment/device_links": [*made(), *numbers()]}
