"""Thousands of people at once: their statements are signed as ever, and written as rows without the enrolments.

Everything that the server reads of them afterwards is what an enrolment would have left (accounts/tables.py).
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from typing import Any

import aiohttp
from nacl.signing import SigningKey
from sqlalchemy import insert

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.identifiers import make_identifier
from inscope_protocol.statements import Envelope, sign
from inscope_protocol.types import Attestation, encode_payload
from inscope_protocol.types import Device as Certificate
from inscope_server.accounts import tables
from inscope_server.accounts.folding import fold
from inscope_server.accounts.session_store import secret_hash
from inscope_server.accounts.signed import stored
from world.device import Device, new_id
from world.organisation import YEAR, Organisation, Person

GIVEN = ("Ines", "Amara", "Samuel", "Lena", "Ruth", "Theo", "Mei", "Omar", "Priya", "Jonas")
HOURS_12 = 12 * 3_600_000


def name_of(number: int) -> str:
    """A hundred people share a family name in a crowd of 10,000."""
    return f"{GIVEN[number % 10]} Family{number // 100:03d} {number:05d}"


async def settle(place: Any, organisation: Organisation, count: int) -> list[Device]:
    """`place`: a composed server with its `origin` and `clock`. Devices that are attested and signed in."""
    devices = [_device(place, organisation, number) for number in range(count)]
    rows: dict[Any, list[dict[str, Any]]] = {}
    for number, device in enumerate(devices):
        for table, row in _rows(place.clock.now(), organisation, device, name_of(number)):
            rows.setdefault(table, []).append(row)
    async with place.server.database.write() as tx:
        for table in (tables.people, tables.devices, tables.attestations, tables.sessions):
            await tx.execute(insert(table), rows[table])
    return devices


def _device(place: Any, organisation: Organisation, number: int) -> Device:
    person = Person(make_identifier("per", os.urandom(16)), name_of(number), "", b"", (), ())
    device = Device(place, person, organisation)
    device.csrf = encode_base64url(secrets.token_bytes(32))
    person.identity_key = encode_base64url(bytes(SigningKey(device.identity_seed).verify_key))
    return device


def _rows(now: int, home: Organisation, device: Device, name: str) -> Iterator[tuple[Any, dict[str, Any]]]:
    person, key = device.person, encode_base64url(bytes(SigningKey(device.seed).verify_key))
    yield (
        tables.people,
        {"person": device.me, "organisation": home.organisation, "display_name": name, "folded_name": fold(name)},
    )
    certificate = Certificate(device.device, device.me, key, person.identity_key, now, now + YEAR, "a device")
    signed = sign("device", certificate, device.me, device.identity_seed)
    yield tables.devices, {"device": device.device, "person": device.me, **_kept(certificate, signed)}
    said = Attestation(
        home.organisation, device.me, name, person.identity_key, (), (), None, 1, now - 60_000, now + YEAR
    )
    attested = {"organisation": said.organisation, "person": said.person, "serial": 1, "next_instant": None}
    attested |= {"valid_from": said.valid_from, "valid_until": said.valid_until}
    yield tables.attestations, attested | _kept(said, sign("attestation", said, home.organisation, home.seed))
    secret = secrets.token_bytes(32)
    device.token = encode_base64url(secret)  # type: ignore[attr-defined]
    session = {"token_hash": secret_hash(secret), "device": device.device, "csrf": device.csrf}
    yield tables.sessions, {**session, "expires_at": now + HOURS_12}


def _kept(statement: Any, envelope: Envelope) -> dict[str, Any]:
    return {"payload": encode_payload(statement), "envelope": stored(envelope)}


def sign_in(device: Device, origin: str) -> None:
    """The device's HTTP session, with the cookie that its row in the database answers to."""
    cookies = {"inscope_session": device.token}  # type: ignore[attr-defined]
    jar = aiohttp.CookieJar(unsafe=True)
    device.http = aiohttp.ClientSession(origin, cookie_jar=jar, cookies=cookies)


__all__ = ["Device", "name_of", "new_id", "settle", "sign_in"]
