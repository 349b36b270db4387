"""The words of the patients' pages in each language, and dates as its readers write them."""

from __future__ import annotations

import json
from datetime import datetime
from importlib import resources
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, get_datetime_format
from markupsafe import Markup, escape

from ..time_zone import zone_of

FALLBACK = "en"


class Words:
    """One language: `words["yes_all"]`, `words.filled("until", date=…)`, `words.date(ms)`."""

    def __init__(self, language: str, entries: dict[str, str], zone: ZoneInfo, region: str = "") -> None:
        self.language, self._entries, self._zone = language, entries, zone
        self._locale = Locale.parse(region or language, sep="-")
        self.direction = "rtl" if self._locale.text_direction == "rtl" else "ltr"

    def __getitem__(self, key: str) -> str:
        return self._entries[key]

    def filled(self, key: str, **values: str) -> Markup:
        """As HTML. Each value keeps the direction of its own script, whatever surrounds it (HTML, `bdi`)."""
        apart = {name: Markup("<bdi>{}</bdi>").format(value) for name, value in values.items()}
        return escape(self._entries[key]).format(**apart)

    def plain(self, key: str, **values: str) -> str:
        """As text, for a document."""
        return self._entries[key].format(**values)

    def date(self, milliseconds: int) -> str:
        return str(format_date(self._at(milliseconds), format="long", locale=self._locale))

    def hour(self, milliseconds: int) -> str:
        """The time of day, to the minute: at the place where the server's settings say it is."""
        return str(format_time(self._at(milliseconds), format="short", locale=self._locale, tzinfo=self._zone))

    def time(self, milliseconds: int) -> str:
        """The day and the time of day, in the order of the language."""
        pattern = str(get_datetime_format("long", locale=self._locale))
        return pattern.format(self.hour(milliseconds), self.date(milliseconds))

    def _at(self, milliseconds: int) -> datetime:
        return datetime.fromtimestamp(milliseconds / 1000, self._zone)


class Wording:
    """Every language that there are words in. `profile`: of the place (SPEC S5.7), whose English dates it decides."""

    def __init__(self, time_zone: str, profile: str = "base") -> None:
        folder = resources.files("inscope_server").joinpath("patients/words")
        zone = zone_of(time_zone)
        regions = {"en": "en-US" if profile == "us" else "en-GB"}
        files = {path.name.removesuffix(".json"): path for path in folder.iterdir() if path.name.endswith(".json")}
        self._words = {
            language: Words(language, json.loads(path.read_text("utf-8")), zone, regions.get(language, ""))
            for language, path in files.items()
        }

    @property
    def languages(self) -> list[str]:
        return sorted(self._words)

    def of(self, language: str) -> Words:
        """In this language, or in English where there are none."""
        return self._words.get(language, self._words[FALLBACK])
