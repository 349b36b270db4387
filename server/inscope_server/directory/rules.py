"""What a search may ask, and which key packages are taken: pure decisions (API.md, Directory)."""

from __future__ import annotations

from inscope_protocol.key_packages import KeyPackage

from ..errors import Refusal

FEWEST_LETTERS = 2
MOST_STORED = 100


def search_pattern(folded: str) -> str:
    """A folded query as a LIKE pattern, `\\` its escape. Raises Refusal for fewer than two letters."""
    text = " ".join(folded.split())
    if sum(letter.isalnum() for letter in text) < FEWEST_LETTERS or len(text) > 100 or "\0" in text:
        raise Refusal("malformed", "Search for at least two letters.", "type_more")
    for special in ("\\", "%", "_"):
        text = text.replace(special, "\\" + special)
    return f"%{text}%"


def check_key_package(package: KeyPackage, device: str, device_key: bytes, suite: int, now: int) -> None:
    """S6.1: of this device, under its certified key, of the server's suite, in its time. Raises Refusal."""
    if package.identity != device or package.signature_key != device_key:
        raise Refusal("wrong_signer", "A key package belongs to another device.")
    if package.suite != suite:
        raise Refusal("malformed", "A key package is of another cipher suite.", "update_application")
    if now >= package.not_after * 1000:
        raise Refusal("malformed", "A key package is over already.")


def check_room(stored: int, more: int) -> None:
    if stored + more > MOST_STORED:
        raise Refusal("too_large", f"At most {MOST_STORED} key packages are kept for a device.", "none")
