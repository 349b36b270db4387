"""Names as organisations sign them: of every script, and nothing in them that cannot be seen."""

from __future__ import annotations

import pytest

from inscope_server.accounts.rules import check_names
from inscope_server.errors import Refusal

HIDDEN = [
    "Dr\u202e Evil", "Nul\u0000", "  ", "Line\nbreak", "\x1b[31mRed", "Next\u2028line", "Next\u2029paragraph",
    "Zero\u200bwidth", "Left\u200eright", "Right\u200fleft", "\u061cArabic mark", "\ufeff", "Soft\u00adhyphen",
    "Tagged\U000e0041", "Joined\u200dup", "Un\u200cjoined", "\u2066Isolated", "\u2800", "\u3164", "Filler\u115f",
    "Grapheme\u034fjoiner", "Private\ue000", "\u0646\u200c", "\u200d\u0646", "\u0646\u200c\u200c\u0646",
    "", "n" * 201, "Z" + 300 * "\u0301",
]  # fmt: skip
SEEN = [
    "n" * 200,
    "Zoë O’Brien-Łukasz",
    "نگین می‌خواه",
    "ശ്രീലക്ഷ്മി നന്‍മ",
    "ක්‍ෂිතිජ",
    "陳大文",
    "Nguyễn Thị Ánh",
    "Dr. R. D'Souza (FRACS)",
]


@pytest.mark.parametrize("name", HIDDEN, ids=ascii)
def test_what_hides_or_turns_something_is_refused(name: str) -> None:
    with pytest.raises(Refusal):
        check_names("Ines Moreau", name)


@pytest.mark.parametrize("name", SEEN, ids=ascii)
def test_names_of_every_script_are_taken(name: str) -> None:
    check_names(name)
