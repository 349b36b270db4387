"""Filing in a PACS: what lies there afterwards, and what becomes of each answer (S12.12)."""

from __future__ import annotations

import asyncio
import warnings
from io import BytesIO
from typing import Any

import pytest
from msgspec.structs import replace
from PIL import Image
from pydicom import Dataset, dcmread
from pydicom.encaps import generate_frames
from pydicom.uid import ExplicitVRLittleEndian, JPEGBaseline8Bit

from inscope_server.records_gateway.connection import Unreachable
from inscope_server.records_gateway.dicom_instances import document_instance, image_instance
from inscope_server.records_gateway.dicom_pixels import read_pixels
from inscope_server.records_gateway.dicom_target import DicomTarget
from inscope_server.records_gateway.document import write_document
from inscope_server.records_gateway.settings import Settings
from inscope_server.records_gateway.target import TargetRefused
from inscope_server.records_gateway.verification import Verified
from world.filing import Made
from world.hospital_gateway import HospitalGateway
from world.pacs import CERTIFICATE, Pacs

SECONDS = (2.0, 2.0)
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What is tested is the way from the gateway to a PACS; the server beyond it takes no part."""


@pytest.fixture
def filed(gateway: HospitalGateway, made: Made, told: Any) -> Verified:
    verification = gateway.process.verification
    return verification.verify(verification.open(*made.whole()), told, made.intern.running.clock.now())


def target(gateway: HospitalGateway, pacs: Pacs, **settings: Any) -> DicomTarget:
    return DicomTarget(settings_for(gateway, **{"dicom_port": pacs.port, **settings}), SECONDS)


def settings_for(gateway: HospitalGateway, **settings: Any) -> Settings:
    place = {"target": "dicom", "dicom_host": "127.0.0.1", "time_zone": "Asia/Kolkata"}
    return HospitalGateway(gateway.home, gateway.folder, **{**place, **settings}).settings


async def test_a_pacs_keeps_the_image_as_it_is_and_the_document_in_one_study(gateway, pacs, filed):
    pacs_target = target(gateway, pacs, patient_system="https://riverbend.example/mrn")
    location = await pacs_target.write(filed)
    kept = pacs.instances()
    image, document = kept["OT"], kept["DOC"]
    assert image.file_meta.TransferSyntaxUID == JPEGBaseline8Bit
    assert next(generate_frames(image.PixelData, number_of_frames=1)).rstrip(b"\0") == filed.image.rstrip(b"\0")
    assert (image.PhotometricInterpretation, image.LossyImageCompression) == ("MONOCHROME2", "01")
    pdf = write_document(filed, pacs_target.settings)
    assert document.EncapsulatedDocument[: document.EncapsulatedDocumentLength] == pdf
    assert document.SourceInstanceSequence[0].ReferencedSOPInstanceUID == image.SOPInstanceUID
    assert image.StudyInstanceUID == document.StudyInstanceUID == location
    assert image.SeriesInstanceUID != document.SeriesInstanceUID
    for one in (image, document):
        assert (one.PatientName, one.PatientID, one.PatientBirthDate) == ("Alex Canary", "RN-771", "19610203")
        assert (one.IssuerOfPatientID, one.PatientIdentityRemoved) == ("https://riverbend.example/mrn", "NO")
        assert (one.SpecificCharacterSet, one.TimezoneOffsetFromUTC) == ("ISO_IR 192", "+0530")
        assert one.StudyInstanceUID.is_valid and one.SOPInstanceUID.startswith("2.25.")


async def test_where_a_pacs_takes_no_jpeg_the_pixels_are_decoded(gateway, filed, hospital):
    pacs = await asyncio.to_thread(hospital, jpeg=False)
    await target(gateway, pacs).write(filed)
    image = pacs.instances()["OT"]
    assert image.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    with Image.open(BytesIO(filed.image)) as shown:
        assert image.PixelData == shown.tobytes()
    assert image.LossyImageCompression == "01", "it was a JPEG once"


def test_a_record_of_nobody_is_refused(gateway, filed):
    settings = settings_for(gateway)
    for name in ("", " ", "^\u202e"):
        with pytest.raises(TargetRefused, match="neither a name nor a record number"):
            said(changed(filed, {"patientName": name, "recordNumber": ""}), settings)
    assert said(changed(filed, {"patientName": "", "recordNumber": "RN-1"}), settings).PatientID == "RN-1"


def said(filed: Verified, settings: Settings) -> Dataset:
    """The image's instance, written and read again."""
    held = BytesIO()
    image_instance(filed, read_pixels(filed.image, True), settings).save_as(held, enforce_file_format=True)
    held.seek(0)
    return dcmread(held)


def changed(filed: Verified, record: dict[str, str] | None = None, **picture: Any) -> Verified:
    held = {**filed.record, **(record or {})}
    document = replace(filed.document, picture=replace(filed.document.picture, **picture))
    return type(filed)(**{**vars(filed), "record": held, "document": document})


def test_side_region_and_time_are_our_own_fields(gateway, filed):
    settings = settings_for(gateway)
    image = said(changed(filed, body_site="Knee", laterality="bilateral", taken_at=1_764_000_000_000), settings)
    assert (image.ImageLaterality, image.BodyPartExamined) == ("B", "KNEE")
    assert [one.CodeValue for one in image.AnatomicRegionSequence] == ["72696002"]
    assert image.AcquisitionDateTime == "20251124213000.000000+0530"
    assert image.SeriesDescription == "radiograph bilateral Knee"
    unsaid = said(changed(filed, body_site="بالقرب من الركبة", laterality=None), settings)
    assert unsaid.SeriesDescription == "radiograph بالقرب من الركبة"
    assert not {"ImageLaterality", "BodyPartExamined", "AnatomicRegionSequence"} & set(unsaid.dir())
    assert not unsaid.AcquisitionDateTime and unsaid.StudyDate, "the study's day is the sharing's"


@pytest.mark.parametrize("deidentified", [True, False])
def test_what_nobody_looked_for_is_not_said_to_be_absent(gateway, filed, deidentified):
    image = replace(filed.disclosure.image, deidentified=deidentified, kind="photograph")
    made = type(filed)(**{**vars(filed), "disclosure": replace(filed.disclosure, image=image)})
    told = said(made, settings_for(gateway))
    assert (told.get("BurnedInAnnotation"), told.Modality) == ("NO" if deidentified else None, "XC")
    assert told.PatientIdentityRemoved == "NO"


def test_names_of_any_kind_fit_and_no_record_number_is_cut(gateway, filed):
    settings = settings_for(gateway)
    name = "Nguyễn^Thị=\u202eMinh\x85\\ 髓\n" + "x" * 80
    with warnings.catch_warnings(action="error"):
        told = said(changed(filed, {"patientName": name, "dateOfBirth": "spring 1961"}), settings)
    assert str(told.PatientName).startswith("Nguyễn Thị Minh 髓 xxx") and len(str(told.PatientName)) <= 64
    assert not told.PatientBirthDate
    for number in ("a\\b", "1" * 65):
        with pytest.raises(TargetRefused):
            document_instance(changed(filed, {"recordNumber": number}), b"%PDF-", settings)


async def test_the_same_filing_again_is_the_same_two_instances(gateway, pacs, filed):
    first = target(gateway, pacs)
    location = await first.write(filed)
    kept = {path.name: path.read_bytes() for path in pacs.kept.iterdir()}
    again = target(gateway, pacs)
    assert await again.find(filed.filing.filing, filed.statement) == location
    assert await again.find(filed.filing.filing, "A" * 43) is None, "another statement under the same identifier"
    assert await again.write(filed) == location
    assert {path.name: path.read_bytes() for path in pacs.kept.iterdir()} == kept


FAILURES: dict[str, tuple[tuple[int | str, ...], type[Exception], str]] = {
    "no room": ((0xA700,), Unreachable, "0xA700"),
    "no room for the second": ((0x0000, 0xA700), Unreachable, "0xA700"),
    "not authorised": ((0x0124,), Unreachable, "0x0124"),
    "never answered": ((0x0000, "lost"), Unreachable, ""),
    "broken off": ((0x0000, "abort"), Unreachable, ""),
    "does not match its class": ((0xA900,), TargetRefused, "0xA900"),
    "not understood": ((0x0000, 0xC123), TargetRefused, "0xC123"),
}


@pytest.mark.parametrize("name", FAILURES)
async def test_what_may_pass_is_tried_again_and_files_nothing_twice(gateway, pacs, filed, name):
    outcomes, failure, words = FAILURES[name]
    pacs.answer(*outcomes)
    with pytest.raises(failure) as failed:
        await target(gateway, pacs).write(filed)
    assert type(failed.value) is failure and words in str(failed.value)
    assert len(pacs.instances()) == (2 if name == "never answered" else len(outcomes) - 1)
    if failure is Unreachable:
        await target(gateway, pacs).write(filed)
        assert len(pacs.instances()) == 2


async def test_half_a_filing_is_not_found(gateway, pacs, filed):
    pacs.answer(0x0000, 0xA700)
    with pytest.raises(Unreachable):
        await target(gateway, pacs).write(filed)
    assert await target(gateway, pacs).find(filed.filing.filing, filed.statement) is None


@pytest.mark.parametrize("status", [0xB000, 0xB007])
async def test_a_warning_is_stored_and_told_without_the_patient(gateway, pacs, filed, caplog, status):
    pacs.answer(status)
    caplog.set_level("DEBUG")
    await target(gateway, pacs).write(filed)
    assert f"0x{status:04X}" in caplog.text and filed.filing.filing in caplog.text
    assert "Canary" not in caplog.text and "RN-771" not in caplog.text
    assert len(pacs.instances()) == 2


async def test_an_instance_that_is_there_already_is_there(gateway, pacs, filed):
    pacs.answer(0x0111, 0x0111)
    assert await target(gateway, pacs).write(filed)


async def test_who_is_not_let_in_waits(gateway, pacs, filed):
    for wrong in ({"dicom_called_ae": "ANOTHER"}, {"dicom_port": 1}):
        with pytest.raises(Unreachable):
            await target(gateway, pacs, **wrong).write(filed)
    assert pacs.received() == 0


async def test_over_tls_both_ends_show_their_certificates(gateway, filed, hospital):
    pacs = await asyncio.to_thread(hospital, certificate=CERTIFICATE)
    known = {"dicom_tls": True, "dicom_tls_ca_file": str(CERTIFICATE), "dicom_tls_key_file": str(CERTIFICATE)}
    for lacking in ({"dicom_tls": False}, {"dicom_tls_ca_file": ""}, {"dicom_tls_key_file": ""}):
        with pytest.raises(Unreachable):
            await target(gateway, pacs, **{**known, **lacking}).write(filed)
    await target(gateway, pacs, **known).write(filed)
    assert len(pacs.instances()) == 2


async def test_where_a_document_is_not_taken_no_image_lies_alone(gateway, filed, hospital):
    pacs = await asyncio.to_thread(hospital, document=False)
    with pytest.raises(Unreachable, match="Encapsulated PDF"):
        await target(gateway, pacs).write(filed)
    assert pacs.received() == 0


async def test_a_pacs_that_answers_no_questions_is_sent_it_again(gateway, filed, hospital):
    pacs = await asyncio.to_thread(hospital, query=False)
    location = await target(gateway, pacs).write(filed)
    assert await target(gateway, pacs).find(filed.filing.filing, filed.statement) is None
    assert await target(gateway, pacs).write(filed) == location
    assert (len(pacs.instances()), pacs.received()) == (2, 4)
