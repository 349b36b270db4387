"""What a patient was told: read and checked by one device, named in the consent, found again by another."""

from __future__ import annotations

import pytest

from inscope_protocol.encoding import encode_base64url, labelled_hash
from inscope_protocol.labels import INFORMATION_SHEET
from world.running import SHEETS
from world.session import Failed


async def test_the_consent_names_the_very_text_that_was_shown(hospital, intern, specialist):
    offers = await intern.sheets()
    offer = next(one for one in offers if one["language"] == "vi")
    shown = await intern.sheetText(offer)
    raw = (SHEETS / "clinical-images/1/vi.json").read_bytes()
    assert shown["text"] == encode_base64url(labelled_hash(INFORMATION_SHEET, raw))
    assert all(section["text"] in raw.decode().replace("\\n", "\n") for section in shown["sections"])

    sheet = {key: shown[key] for key in ("sheet", "version", "language", "text")}
    thread = await intern.createThread("case", "direct-care-advice", "Left wrist", [specialist.person])
    consent = await intern.recordConsent(thread, hospital.draft([intern, specialist], sheet=sheet))
    await specialist.wait(consent=consent, version=1)
    found = next(one for one in await specialist.consents() if one["consent"] == consent)
    assert found["scope"]["taken"]["sheet"] == sheet
    assert (await specialist.sheetText(next(one for one in await specialist.sheets() if one["text"] == sheet["text"])))[
        "title"
    ] == shown["title"]


async def test_a_server_that_changes_a_sheet_is_found_out(hospital, intern):
    offer = next(one for one in await intern.sheets() if one["language"] == "en")
    sheets = hospital.running.server.sheets
    honest = sheets.find("clinical-images", "1", "en")
    raw = honest.raw.replace(b"You can say no", b"You cannot say no")
    sheets._sheets[honest.key] = type(honest)(honest.content, raw, honest.text)
    with pytest.raises(Failed) as failed:
        await intern.sheetText(offer)
    assert failed.value.code == "sheet_altered"
