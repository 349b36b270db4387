"""The readable document: the image, the advice, the consent in words, and where all of it comes from (PDF)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from io import BytesIO

from fpdf import FPDF

from inscope_protocol.types import Mark

from .marked_picture import draw
from .settings import Settings
from .verification import Verified
from .wording import PROVEN, UNPROVEN, consent_lines, moment

MARGIN, WIDTH, TALLEST = 18, 174, 130
"""Millimetres, on A4."""
LATIN, LETTERS = "Helvetica", "windows-1252"


def write_document(filed: Verified, settings: Settings) -> bytes:
    """The same filing gives the same pages: all its times are the filing's own."""
    page = Page(settings.font_file)
    page.set_creation_date(datetime.fromtimestamp(filed.filing.at / 1000, UTC))
    page.add_page()
    page.heading("Image and advice")
    page.rows(_patient(filed))
    page.rows(_image(filed, settings.time_zone))
    page.picture(filed.image)
    page.heading("Question and advice", small=True)
    if filed.document.caption:
        page.said(f"{filed.trust.name(filed.disclosure.person)}, with the image ({UNPROVEN})", filed.document.caption)
    for one in filed.document.advice:
        proof = PROVEN if one.signed is not None else UNPROVEN
        page.said(f"{filed.trust.name(one.person)}, {moment(one.at, settings.time_zone)} ({proof})", one.text)
        if marks := filed.marks.get((one.message, one.person)):
            page.marked(filed, marks)
    if not filed.document.advice:
        page.said("No advice was chosen to be filed.", "")
    page.heading("The patient's consent", small=True)
    page.rows(consent_lines(filed.scope, filed.trust, settings.time_zone))
    page.heading("Where this comes from", small=True)
    page.rows(_source(filed, settings.time_zone))
    if page.unprintable:
        page.said("Letters that this printer does not have stand as [U+ and their number]; record.json has them.", "")
    return bytes(page.output())


def _patient(filed: Verified) -> list[tuple[str, str]]:
    record = filed.record
    named = [("Patient", record["patientName"]), ("Record number", record["recordNumber"])]
    return [*named, ("Date of birth", record["dateOfBirth"]), ("Note", record["note"])]


def _image(filed: Verified, zone: str) -> list[tuple[str, str]]:
    picture, image = filed.document.picture, filed.disclosure.image
    return [
        ("Image", f"{image.kind}, {picture.width} x {picture.height}"),
        ("Of", " ".join(filter(None, (picture.laterality, picture.body_site)))),
        ("Taken", "" if picture.taken_at is None else moment(picture.taken_at, zone)),
        ("Shared", f"{moment(filed.disclosure.at, zone)}, by {filed.trust.name(filed.disclosure.person)}"),
        ("Filed", f"{moment(filed.filing.at, zone)}, by {filed.trust.name(filed.filing.person)}"),
    ]


def _source(filed: Verified, zone: str) -> list[tuple[str, str]]:
    return [
        ("Filing", filed.filing.filing),
        ("Signed statement", filed.statement),
        ("Disclosure", f"{filed.filing.disclosure}, signed by its sender's device"),
        ("Consent", f"{filed.scope.consent}, version {filed.scope.version}, each version signed"),
        ("Proven", "who shared and who filed the image, that it is the image that was shared, what was consented to, "
                   "and who wrote each message that is marked as signed. Not proven: that no message was left out."),
    ]  # fmt: skip


class Page(FPDF):
    """A4 in one font; what that has no letter for is written as [U+…], never left out."""

    def __init__(self, font_file: str) -> None:
        super().__init__()
        self.set_margin(MARGIN)
        self.set_auto_page_break(True, MARGIN)
        self.unprintable = False
        self.core_fonts_encoding = LETTERS
        self.family = "Text" if font_file else LATIN
        if font_file:
            self.add_font("Text", fname=font_file)
            self.add_font("Text", "B", fname=font_file)

    def heading(self, text: str, small: bool = False) -> None:
        self.set_font(self.family, "B", 13 if small else 18)
        self._line(text, 8 if small else 12)

    def rows(self, rows: Sequence[tuple[str, str]]) -> None:
        for name, words in rows:
            if words:
                self.set_font(self.family, "B", 10)
                self.cell(36, 6, self.printable(name), new_x="RIGHT", new_y="TOP")
                self.set_font(self.family, "", 10)
                self.multi_cell(WIDTH - 36, 6, self.printable(words), align="L", new_x="LMARGIN", new_y="NEXT")
        self.ln(3)

    def marked(self, filed: Verified, marks: Sequence[Mark]) -> None:
        picture = filed.document.picture
        pixels = (picture.width, picture.height)
        draw(self, filed.image, (WIDTH, self._room()), pixels, marks, picture.pixel_spacing, self.printable)

    def _room(self) -> float:
        """Millimetres for a picture, on a new page where too little is left of this one."""
        room = min(TALLEST, self.h - self.get_y() - MARGIN)
        if room < TALLEST / 2:
            self.add_page()
            room = TALLEST
        return room

    def picture(self, data: bytes) -> None:
        room = self._room()
        self.image(BytesIO(data), w=WIDTH, h=room, keep_aspect_ratio=True, alt_text="The image that was filed")
        self.ln(4)

    def said(self, by: str, text: str) -> None:
        self.set_font(self.family, "B", 9)
        self._line(by, 5)
        if text:
            self.set_font(self.family, "", 10)
            self._line(text, 6)
        self.ln(2)

    def _line(self, text: str, height: float) -> None:
        self.multi_cell(WIDTH, height, self.printable(text), align="L", new_x="LMARGIN", new_y="NEXT")

    def printable(self, text: str) -> str:
        return "".join(self._letters(text))

    def _letters(self, text: str) -> Iterable[str]:
        known = getattr(self.fonts.get(self.family.lower()), "cmap", None)
        for letter in text:
            here = letter == "\n" or (ord(letter) in known if known is not None else _is_latin(letter))
            self.unprintable = self.unprintable or not here
            yield letter if here else f"[U+{ord(letter):04X}]"


def _is_latin(letter: str) -> bool:
    try:
        return letter.isprintable() and bool(letter.encode(LETTERS))
    except UnicodeEncodeError:
        return False
