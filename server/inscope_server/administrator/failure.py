"""What goes wrong at the administrator's machine, as a sentence that they can act on."""

from __future__ import annotations


class AdministratorError(Exception):
    """`code` is the server's (SPEC S8) when the server refused, else empty."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Unreachable(AdministratorError):
    """The server did not answer, or said that it cannot now: to be tried again."""
