"""The attester against a whole server: whom it confirms, and whom it does not (SPEC S4.4)."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, update

from inscope_protocol.encoding import decode_base64url, encode_base64url
from inscope_protocol.enrolment import parse_fragment
from inscope_protocol.types import NamedRole
from inscope_server.accounts import tables
from inscope_server.administrator.attester import Attester, Invited
from inscope_server.administrator.connection import HttpConnection
from inscope_server.administrator.failure import AdministratorError
from inscope_server.administrator.folder import Folder
from inscope_server.administrator.founding import found
from inscope_server.clock import Clock
from inscope_server.database import metadata
from world.device import Device
from world.organisation import Organisation, Person
from world.running import Running


async def enrol(server: Running, devices: list[Device], invited: Invited, **changes: Any) -> Device:
    """A device of whoever opens the link, waiting for its attestation. `changes` to what it knows of the link."""
    fragment = invited.link.rpartition("/")[2]
    person = Person(invited.person, "", fragment, parse_fragment(fragment).secret, (), ())
    device = Device(server, replace(person, **changes), Organisation(server, "unused"))
    devices.append(device)
    return await device.enrol(attest=False)


async def attested(device: Device) -> bool:
    return bool((await device.call("GET", "/api/session")).data["session"]["attested"])


async def test_an_invited_person_is_confirmed_and_the_secret_forgotten(
    server: Running, attester: Attester, devices: list[Device]
) -> None:
    invited = await attester.invite("Ines Moreau", ["intern"], ["Emergency"])
    device = await enrol(server, devices, invited)
    assert not await attested(device)
    (judged,) = await attester.attest_pending()
    assert (judged.person, judged.device, judged.refused) == (invited.person, device.device, "")
    assert await attested(device)
    record = attester.folder.people().people[invited.person]
    assert (record.invitations, record.serial) == ([], 1)
    assert await attester.attest_pending() == []


async def rewrite(server: Running, table: Table, **columns: Any) -> None:
    """The server itself changes what waits, as one that lies would."""
    async with server.server.database.write() as tx:
        await tx.execute(update(table).values(**columns))


async def assert_refused(attester: Attester, device: Device, why: str) -> None:
    (judged,) = await attester.attest_pending()
    assert why in judged.refused
    assert await attester.attest_pending() == []  # told once
    assert not await attested(device)
    assert attester.folder.people().people[device.me].identity_key is None


async def test_a_wrong_proof_is_never_confirmed(server: Running, attester: Attester, devices: list[Device]) -> None:
    device = await enrol(server, devices, await attester.invite("Ines Moreau", ["intern"], []))
    await rewrite(server, tables.enrolments, proof=encode_base64url(bytes(32)))
    await assert_refused(attester, device, "proof is wrong")


async def test_a_device_without_the_secret_is_never_confirmed(
    server: Running, attester: Attester, devices: list[Device]
) -> None:
    """The server knows the token but not the secret: its own keys for an invited person come to nothing."""
    device = await enrol(server, devices, await attester.invite("Ines Moreau", ["intern"], []))
    eve = Device(server, device.person, device.home, device.device)
    envelope = eve.certificate()
    payload = decode_base64url(envelope["payload"])
    await rewrite(server, tables.devices, envelope=json.dumps(envelope), payload=payload)
    await assert_refused(attester, device, "proof is wrong")


async def test_a_certificate_with_one_byte_changed_is_never_confirmed(
    server: Running, attester: Attester, devices: list[Device]
) -> None:
    device = await enrol(server, devices, await attester.invite("Ines Moreau", ["intern"], []))
    other = Device(server, device.person, device.home, device.device).certificate()
    mixed = device.certificate() | {"payload": other["payload"]}
    await rewrite(server, tables.devices, envelope=json.dumps(mixed))
    await assert_refused(attester, device, "bad_signature")


async def test_an_enrolment_that_nobody_was_invited_to_is_never_confirmed(
    server: Running, attester: Attester, devices: list[Device]
) -> None:
    device = await enrol(server, devices, await attester.invite("Ines Moreau", ["intern"], []))
    people = attester.folder.people()
    people.people[device.me].invitations = []
    attester.folder.save_people(people)
    await assert_refused(attester, device, "no open invitation")


async def test_an_invitation_that_is_over_is_not_honoured(
    server: Running, attester: Attester, devices: list[Device]
) -> None:
    device = await enrol(server, devices, await attester.invite("Ines Moreau", ["intern"], []))
    people = attester.folder.people()
    people.people[device.me].invitations[0].valid_until = server.clock.now()
    attester.folder.save_people(people)
    await assert_refused(attester, device, "over")


async def test_roles_change_by_a_higher_serial(server: Running, attester: Attester, devices: list[Device]) -> None:
    invited = await attester.invite("Ines Moreau", ["intern"], ["Emergency"])
    device = await enrol(server, devices, invited)
    await attester.attest_pending()
    await attester.set_roles(invited.person, ["registrar"], [])
    async with server.server.database.read() as tx:
        (standing,) = (await server.server.accounts.attestations_of(tx, [invited.person]))[invited.person]
    assert (standing.serial, standing.roles, standing.teams) == (2, ("registrar",), ())
    await attester.set_roles(invited.person, ["registrar"], [], days=0)
    assert not await attested(device)


async def test_a_lost_answer_costs_a_serial_and_nothing_else(
    server: Running, attester: Attester, devices: list[Device]
) -> None:
    invited = await attester.invite("Ines Moreau", ["intern"], [])
    device = await enrol(server, devices, invited)
    good = attester.connection
    attester.connection = Cut(good)
    with pytest.raises(AdministratorError):
        await attester.attest_pending()
    attester.connection = good
    assert not await attested(device)
    (judged,) = await attester.attest_pending()
    assert not judged.refused
    assert await attested(device)
    assert attester.folder.people().people[invited.person].serial == 2


class Cut:
    """A line that breaks whenever an attestation is on it."""

    def __init__(self, good: Any) -> None:
        self.good = good

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if path == "/api/attestations":
            raise AdministratorError("cut")
        answer: dict[str, Any] = await self.good.post(path, body)
        return answer


async def test_a_second_device_voids_the_first(server: Running, attester: Attester, devices: list[Device]) -> None:
    invited = await attester.invite("Ines Moreau", ["intern"], [])
    lost = await enrol(server, devices, invited)
    await attester.attest_pending()
    fresh = await enrol(server, devices, await attester.invite("Ines Moreau", ["intern"], [], person=invited.person))
    await attester.attest_pending()
    assert (await attested(lost), await attested(fresh)) == (False, True)


async def test_unknown_roles_teams_and_people_are_named(attester: Attester) -> None:
    with pytest.raises(AdministratorError, match=r"no role “surgeon” here\. There are: intern, registrar"):
        await attester.invite("X", ["surgeon"], [])
    with pytest.raises(AdministratorError, match="no team “Trauma”"):
        await attester.invite("X", [], ["Trauma"])
    with pytest.raises(AdministratorError, match="was not invited"):
        await attester.set_roles("per_AAAAAAAAAAAAAAAAAAAAAA", [], [])
    invited = await attester.invite("Ines Moreau", [], [])
    with pytest.raises(AdministratorError, match="no confirmed device"):
        await attester.set_roles(invited.person, [], [])


async def test_the_key_is_readable_by_its_owner_only_and_never_at_the_server(
    server: Running, attester: Attester, tmp_path: Path
) -> None:
    await attester.publish([])
    await attester.invite("Ines Moreau", ["intern"], [])
    for path in (attester.folder.key_path, attester.folder.people_path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    async with server.server.database.read() as tx:
        held = repr([tuple(row) for table in metadata.sorted_tables for row in await tx.all(table.select())])
    secrets = [json.loads(attester.folder.key_path.read_text())["seed"]]
    secrets += [entry.secret for person in attester.folder.people().people.values() for entry in person.invitations]
    assert attester.file.organisation in held
    assert len(secrets) == 2
    assert not any(secret in held for secret in secrets)
    assert repr(attester.seed)[2:-1] not in held


async def test_a_server_that_is_not_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    folder = found(tmp_path, "Riverbend", "http://127.0.0.1:9", [], {}, Clock())
    async with HttpConnection("http://127.0.0.1:9") as connection:
        with pytest.raises(AdministratorError, match="does not answer"):
            await Attester(folder, connection, Clock()).attest_pending()


async def test_a_broken_file_is_told_in_a_sentence(tmp_path: Path) -> None:
    folder = Folder(tmp_path, "org_AAAAAAAAAAAAAAAAAAAAAA")
    with pytest.raises(AdministratorError, match="cannot be read"):
        folder.organisation()
    folder.key_path.write_text("{")
    with pytest.raises(AdministratorError, match="not as this program writes it"):
        folder.organisation()


async def test_a_role_can_be_added_later(attester: Attester) -> None:
    """As an organisation that was there before does, to name its privacy officer."""
    with pytest.raises(AdministratorError, match="no role “privacy-officer”"):
        await attester.invite("Ms Ruth Adeyemi", ["privacy-officer"], [])
    before = list(attester.file.roles)
    for name in ("Privacy", "Privacy officer"):
        await attester.publish([], {"privacy-officer": name})
    assert attester.folder.organisation().roles == [*before, NamedRole("privacy-officer", "Privacy officer")]
    assert (await attester.invite("Ms Ruth Adeyemi", ["privacy-officer"], [])).link
    with pytest.raises(AdministratorError, match="not a role code"):
        await attester.publish([], {"Privacy officer": "x"})
