"""Into the record, then gone: the whole story, by real devices, the real server and a real gateway (SPEC S12)."""

from __future__ import annotations

import json
from typing import Any

import pypdfium2
import pytest

from inscope_server.filing.store import filings
from inscope_server.threads.store import entries
from scenarios.hospital import Hospital
from world.gateway import GatewayKeys
from world.hospital_gateway import HospitalGateway
from world.session import Failed, Session

ADVICE = "Undisplaced. Backslab, and send him on Monday."


@pytest.fixture
async def gateway(hospital: Hospital, tmp_path: Any) -> HospitalGateway:
    made = HospitalGateway(hospital.riverbend, tmp_path / "riverbend")
    await made.register()
    return made


async def shared(hospital: Hospital, intern: Session, specialist: Session, **changes: Any) -> tuple[str, str, str]:
    """(thread, consent, disclosure): an image was sent, and advice was given."""
    await intern.sendText(
        thread := await intern.createThread("case", "direct-care-advice", "Leg", [specialist.person]), "Hello"
    )
    consent = await intern.recordConsent(thread, hospital.draft([intern, specialist], **changes))
    await intern.attach(thread, consent, [hospital.xray()], "Is this displaced?")
    await specialist.wait(thread=thread, images=1)
    await specialist.sendText(thread, ADVICE)
    await intern.wait(thread=thread, text=ADVICE)
    return thread, consent, (await image(intern, thread))["disclosure"]


async def image(session: Session, thread: str) -> Any:
    messages = await session.messages(thread)
    return next(one for message in messages for one in message["body"].get("images", []))


async def told(session: Session, thread: str) -> list[tuple[str, Any]]:
    """(code, where it was filed) of each tombstone."""
    bodies = [message["body"] for message in await session.messages(thread)]
    return [(body["code"], body["filed"]) for body in bodies if body["kind"] == "tombstone"]


async def meet(session: Session) -> None:
    """The gateway was registered after this device came online."""
    await session.disconnect()
    await session.connect()


async def test_into_the_record_then_gone(hospital, intern, specialist, gateway):
    thread, _, disclosure = await shared(hospital, intern, specialist)
    for one in (intern, specialist):
        await meet(one)
    assert (await intern.medicalRecord())["organisationName"] == "Riverbend Hospital"
    assert await specialist.medicalRecord() is None
    offer = await intern.recordOffer(thread, disclosure)
    assert (offer["reasons"], offer["hasRecord"], len(offer["messages"]), len(offer["followed"])) == ([], True, 2, 1)
    await intern.file(thread, disclosure, offer["followed"])
    assert (await image(intern, thread))["filing"]["state"] == "filing"
    assert await gateway.round()
    record = gateway.record()
    assert (record["patient"]["patientName"], record["patient"]["recordNumber"]) == ("Alex Canary", "RN-771")
    (advice,) = record["advice"]
    assert (advice["text"], advice["name"]) == (ADVICE, "Samuel Okafor, Coastal Orthopaedics")
    assert advice["signed"] is not None
    (folder,) = gateway.filed()
    assert (folder / "image.jpg").read_bytes() == hospital.xray()["bytes"]
    assert (folder / "document.pdf").read_bytes().startswith(b"%PDF-")
    for one in (intern, specialist):
        await one.wait(thread=thread, disclosure=disclosure, state="destroyed")
        ((code, filed),) = await told(one, thread)
        assert (code, filed["organisationName"]) == ("filed", "Riverbend Hospital")
        view = await image(one, thread)
        assert (view["closedCode"], view["filed"]["organisationName"]) == ("filed", "Riverbend Hospital")
        assert view["filing"] is None
        with pytest.raises(Failed, match="disclosure_closed"):
            await one.open(thread, disclosure)
    row = await hospital.running.server.database.run(lambda tx: hospital.running.server.gate.disclosure(tx, disclosure))
    assert row.server_half is None
    await hospital.running.server.sweeper.sweep()
    await hospital.running.server.filing_sweeper.sweep()
    blobs = hospital.running.folder / "blobs"
    assert [path for path in blobs.rglob("*") if path.is_file()] == []


async def test_the_record_names_whom_the_consent_names_and_its_witness(
    hospital, intern, specialist, colleague, gateway
):
    """Also who never was in the thread."""
    thread = await intern.createThread("case", "direct-care-advice", "Leg", [specialist.person])
    draft = hospital.draft([intern, specialist, colleague])
    draft["how"], draft["witness"] = "written", colleague.person
    await intern.attach(thread, await intern.recordConsent(thread, draft), [hospital.xray()], "Is this displaced?")
    await meet(intern)
    await intern.file(thread, (await image(intern, thread))["disclosure"], [])
    assert await gateway.round()
    (folder,) = gateway.filed()
    with pypdfium2.PdfDocument(folder / "document.pdf") as document:
        said = " ".join("".join(page.get_textpage().get_text_range() for page in document).split())
    assert said.count("Theo Brandt, Riverbend Hospital") == 2
    assert "witnessed by Theo Brandt, Riverbend Hospital" in said
    assert "whom no known organisation names" not in said


async def test_what_is_not_signed_by_its_author_is_filed_as_the_filers_word(hospital, intern, specialist, gateway):
    thread, _, disclosure = await shared(hospital, intern, specialist)
    await meet(intern)
    await intern.file(thread, disclosure, [])
    assert await gateway.round()
    record = gateway.record()
    assert (record["advice"], record["caption"]) == ([], "Is this displaced?")


async def test_another_hospitals_gateway_gets_nothing(hospital, intern, specialist, gateway, tmp_path):
    theirs = HospitalGateway(hospital.coastal, tmp_path / "coastal")
    await theirs.register()
    thread, _, disclosure = await shared(hospital, intern, specialist)
    for one in (intern, specialist):
        await meet(one)
    refused = await specialist.recordOffer(thread, disclosure)
    assert [one["code"] for one in refused["reasons"]] == ["record_not_covered"]
    with pytest.raises(Failed) as failed:
        await specialist.file(thread, disclosure, [])
    assert failed.value.named == [("record_not_covered", None)]
    await intern.file(thread, disclosure, [])
    keys = theirs.process.keys
    spy = GatewayKeys(hospital.coastal, keys.gateway, keys.seed, keys.sealing_secret)
    assert await spy.waiting_now() == []
    assert await gateway.round()
    assert theirs.filed() == []


async def test_their_record_when_the_patient_names_it(hospital, intern, specialist, tmp_path):
    theirs = HospitalGateway(hospital.coastal, tmp_path / "coastal")
    await theirs.register()
    people = [{"kind": "person", "person": one.person} for one in (intern, specialist)]
    record = {"kind": "record", "organisation": hospital.coastal.organisation}
    thread, _, disclosure = await shared(hospital, intern, specialist, recipients=[*people, record])
    await meet(specialist)
    await specialist.file(thread, disclosure, [])
    assert await theirs.round()
    assert theirs.record()["filed_by"] == "Samuel Okafor, Coastal Orthopaedics"
    await intern.wait(thread=thread, disclosure=disclosure, state="destroyed")
    ((code, filed),) = await told(intern, thread)
    assert (code, filed["organisationName"]) == ("filed", "Coastal Orthopaedics")


async def test_a_server_cannot_make_a_filing_appear(hospital, intern, specialist, gateway):
    """It takes the image away, as it always can, and says that it was filed; no device believes that."""
    thread, _, disclosure = await shared(hospital, intern, specialist)
    await meet(intern)
    await intern.file(thread, disclosure, [])
    server = hospital.running.server
    forger = GatewayKeys(hospital.riverbend)
    async with server.database.write() as tx:
        (row,) = await tx.all(filings.select())
        envelope = json.loads(row.envelope)
        gone = await server.gate.disclosure(tx, disclosure)
        proof = {"gateway": json.loads(row.gateway_envelope), "filing": envelope}
        await server.gate.close_filed(tx, gone, {**proof, **forger.receipt(envelope, gateway=row.gateway)})
    for one in (intern, specialist):
        await one.wait(thread=thread, disclosure=disclosure, state="destroyed")
        assert await told(one, thread) == [("filed_unproven", None)]
        assert (await image(one, thread))["filed"] is None


async def test_a_receipt_for_another_image_proves_nothing(hospital, intern, specialist, gateway):
    """An honest receipt, shown by the server for an image that was not filed."""
    thread, consent, first = await shared(hospital, intern, specialist)
    await intern.attach(thread, consent, [hospital.xray()], "Another")
    await specialist.wait(thread=thread, images=2)
    await meet(intern)
    await intern.file(thread, first, [])
    assert await gateway.round()
    await intern.wait(thread=thread, disclosure=first, state="destroyed")
    server = hospital.running.server
    async with server.database.write() as tx:
        (told_of,) = await tx.all(entries.select().where(entries.c.kind == "tombstone"))
        proof = json.loads(told_of.detail)["filed"]
        messages = await intern.messages(thread)
        second = [one for message in messages for one in message["body"].get("images", [])][1]["disclosure"]
        await server.gate.close_filed(tx, await server.gate.disclosure(tx, second), proof)
    await specialist.wait(thread=thread, disclosure=second, state="destroyed")
    assert [code for code, _ in await told(specialist, thread)] == ["filed", "filed_unproven"]


async def test_a_withdrawal_in_time_ends_the_filing_and_says_so(hospital, intern, specialist, gateway):
    thread, consent, disclosure = await shared(hospital, intern, specialist)
    await meet(intern)
    await intern.file(thread, disclosure, [])
    await intern.withdrawConsent(consent)
    await intern.wait(thread=thread, disclosure=disclosure, state="destroyed")
    assert [code for code, _ in await told(intern, thread)] == ["consent_withdrawn"]
    spy = GatewayKeys(hospital.riverbend, gateway.process.keys.gateway)
    assert await spy.waiting_now() == []
    assert gateway.filed() == []


async def test_what_the_gateway_refuses_stays_and_its_filer_reads_why(hospital, intern, specialist, gateway):
    thread, _, disclosure = await shared(hospital, intern, specialist)
    await meet(intern)
    await intern.file(thread, disclosure, [])
    async with hospital.running.server.database.write() as tx:
        (row,) = await tx.all(filings.select())
        name = row.package
    (sealed,) = (hospital.running.folder / "blobs" / name).glob("0-*")
    sealed.write_bytes(bytes([sealed.read_bytes()[0] ^ 1]) + sealed.read_bytes()[1:])
    assert await gateway.round()
    assert gateway.filed() == []
    for _ in range(200):
        view = await image(intern, thread)
        if view["filing"]["state"] == "failed":
            break
        await meet(intern)
    assert (view["state"], view["filing"]["failure"]["code"]) == ("live", "package_mismatch")
    assert (await specialist.open(thread, disclosure))["bytes"] == hospital.xray()["bytes"]
