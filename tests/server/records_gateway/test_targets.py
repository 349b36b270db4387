"""Where a filing is written: once, whole, and readable (a folder, and a FHIR server)."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from inscope_server.records_gateway.connection import Unreachable
from inscope_server.records_gateway.document import Page, write_document
from inscope_server.records_gateway.fhir_target import FhirTarget
from inscope_server.records_gateway.folder_target import FolderTarget
from inscope_server.records_gateway.target import TargetRefused
from inscope_server.records_gateway.verification import Verified
from world.fhir_record import FhirRecord
from world.filing import Made
from world.hospital_gateway import HospitalGateway


@pytest.fixture
def filed(gateway: HospitalGateway, made: Made, told: Any) -> Verified:
    made.advice += [made.said("سلام, ελ and 髓", by=made.intern), {**made.said("Thanks"), "signed": None}]
    verification = gateway.process.verification
    return verification.verify(verification.open(*made.whole()), told, made.intern.running.clock.now())


@pytest.fixture(params=["R4", "R5"])
async def record(request: pytest.FixtureRequest) -> AsyncIterator[FhirRecord]:
    record = FhirRecord(request.param, token="a token")
    await record.start()
    yield record
    await record.close()


@pytest.fixture
def fhir(gateway: HospitalGateway, record: FhirRecord) -> FhirTarget:
    token = gateway.folder / "token"
    token.write_text("a token\n")
    place = {"fhir_url": record.url, "fhir_release": record.release, "fhir_token_file": str(token)}
    system = {"patient_system": "https://riverbend.example/mrn", "target": "fhir"}
    settings = HospitalGateway(gateway.home, gateway.folder, **place, **system).settings
    return FhirTarget(settings, aiohttp.ClientTimeout(total=0.7))


async def test_a_folder_has_a_document_the_image_and_what_proves_it(gateway, filed):
    target = FolderTarget(gateway.settings)
    assert await target.find(filed.filing.filing, filed.statement) is None
    assert await target.write(filed) == filed.filing.filing
    (folder,) = gateway.filed()
    assert sorted(path.name for path in folder.iterdir()) == ["document.pdf", "image.jpg", "record.json"]
    assert (folder / "image.jpg").read_bytes() == filed.image
    said = json.loads((folder / "record.json").read_bytes())
    assert "image_key" not in said
    assert [one["signed"] is None for one in said["advice"]] == [False, False, True]
    assert await target.find(filed.filing.filing, filed.statement) == filed.filing.filing
    assert await target.find(filed.filing.filing, "A" * 43) is None, "another statement under the same identifier"


async def test_half_a_folder_is_none_and_is_made_anew(gateway, filed):
    beside = gateway.folder / "record" / f".{filed.filing.filing}.part"
    beside.mkdir(parents=True)
    (beside / "document.pdf").write_bytes(b"half")
    target = FolderTarget(gateway.settings)
    assert await target.find(filed.filing.filing, filed.statement) is None
    await target.write(filed)
    assert len(gateway.filed()) == 1 and not beside.exists()


def test_a_document_is_a_pdf_and_the_same_each_time(gateway, filed):
    written = write_document(filed, gateway.settings)
    assert written.startswith(b"%PDF-") and written == write_document(filed, gateway.settings)


def test_it_leaves_no_letter_out(tmp_path):
    page = Page("")
    assert page.printable("Ångström’s – “ü”\n") == "Ångström’s – “ü”\n" and not page.unprintable
    assert page.printable("س髓\u202e") == "[U+0633][U+9AD3][U+202E]" and page.unprintable
    with_arabic = Page(str(font_with(tmp_path / "font.ttf", "aس")))
    assert with_arabic.printable("aس髓") == "aس[U+9AD3]"
    with_arabic.add_page()
    with_arabic.heading("aس")
    assert bytes(with_arabic.output()).startswith(b"%PDF-")


def font_with(path: Path, letters: str) -> Path:
    """A font whose every letter is the same empty square."""
    builder = FontBuilder(1000)
    names = [".notdef", *(f"letter{place}" for place in range(len(letters)))]
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(letter): f"letter{place}" for place, letter in enumerate(letters)})
    builder.setupGlyf({name: TTGlyphPen(None).glyph() for name in names})
    builder.setupHorizontalMetrics({name: (600, 0) for name in names})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Squares", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)
    return path


async def test_a_fhir_server_gets_one_transaction_that_is_fhir(fhir, record, filed):
    location = await fhir.write(filed)
    (document,) = record.of("DocumentReference")
    assert location == f"DocumentReference/{document['id']}"
    assert document["subject"]["identifier"] == {"system": "https://riverbend.example/mrn", "value": "RN-771"}
    (consent,) = record.of("Consent")
    targets = [one["target"][0]["reference"] for one in record.of("Provenance")]
    assert sorted(targets) == sorted([f"Consent/{consent['id']}", location])
    held = {one["contentType"]: base64.b64decode(one["data"]) for one in record.of("Binary")}
    assert held["image/jpeg"] == filed.image and held["application/pdf"].startswith(b"%PDF-")
    led = [one["attachment"]["url"] for one in document["content"]]
    assert sorted(led) == sorted(place for place in record.kept if place.startswith("Binary/"))


async def test_the_same_filing_again_changes_nothing(fhir, record, filed):
    first = await fhir.write(filed)
    kept = json.dumps(record.kept, sort_keys=True)
    assert await fhir.find(filed.filing.filing, filed.statement) == first
    assert await fhir.write(filed) == first
    assert json.dumps(record.kept, sort_keys=True) == kept


async def test_what_was_kept_and_never_answered_is_found_again(fhir, record, filed):
    record.failures = ["lost"]
    with pytest.raises(Unreachable):
        await fhir.write(filed)
    assert await fhir.find(filed.filing.filing, filed.statement) is not None
    await fhir.write(filed)
    assert len(record.of("DocumentReference")) == len(record.of("Consent")) == 1
    assert len(record.of("Binary")) == len(record.of("Provenance")) == 2


async def test_what_may_pass_and_what_does_not(fhir, record, filed):
    record.failures = ["500", "503", "429", "422"]
    for _ in range(3):
        with pytest.raises(Unreachable):
            await fhir.write(filed)
    with pytest.raises(TargetRefused):
        await fhir.write(filed)
    record.token = "another"
    with pytest.raises(Unreachable):
        await fhir.write(filed)
    assert record.kept == {}
