"""The information sheets of config/sheets, as a consent names them."""

from __future__ import annotations

from inscope_protocol.types import Sheet
from inscope_server.sheets.service import Sheets

from .running import SHEETS


def offered(language: str = "en") -> Sheet:
    found = Sheets(str(SHEETS)).find("clinical-images", "1", language)
    assert found is not None
    return Sheet("clinical-images", 1, language, found.text)
