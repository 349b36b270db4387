"""The services of accounts on a fresh database of each kind, with a clock that stands still."""

from server.accounts.clinic import clinic

__all__ = ["clinic"]
