"""How long images stay in threads, and what becomes of them once they are filed (SPEC S12.10, S12.11)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from inscope_protocol.types import OrganisationId

from ..config import ConfigError
from ..toml_file import UnreadableFile, read_toml
from ..wrong_setting import in_words

DAY = 86_400_000

Days = Annotated[int, Meta(ge=0, le=36_500)]
Organisation = Annotated[OrganisationId, Meta(description="tables named by org_ identifiers of organisations")]
AfterFiling = Literal["delete", "keep"]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`days`: from the attaching on; 0 for as long as the consent runs."""

    days: Days = 0
    after_filing: AfterFiling = "delete"


class Rules(Rule, frozen=True, forbid_unknown_fields=True):
    """The file (config/retention.example.toml): one rule for all, and others for some organisations."""

    organisations: dict[Organisation, Rule] = {}


class Retention:
    def __init__(self, rules: Rules) -> None:
        self.everyone, self.organisations = Rule(rules.days, rules.after_filing), rules.organisations

    @classmethod
    def read(cls, path: str) -> Retention:
        """Of the file, or no limit where none is named. Raises ConfigError."""
        if not path:
            return cls(Rules())
        try:
            return cls(msgspec.convert(read_toml(path), Rules))
        except msgspec.ValidationError as error:
            raise ConfigError(f"retention_file: {path}: {in_words(error, Rules)}") from error
        except UnreadableFile as error:
            raise ConfigError(f"retention_file: {path}: {error}") from error

    def rule(self, organisation: str | None) -> Rule:
        return self.organisations.get(organisation or "", self.everyone)

    def keeps_filed(self, organisation: str | None) -> bool:
        return self.rule(organisation).after_filing == "keep"

    def is_over(self, organisation: str | None, attached_at: int | None, now: int) -> bool:
        """`organisation`: of who attached it. What was never attached is not kept by anybody."""
        days = self.rule(organisation).days
        return bool(days) and attached_at is not None and now >= attached_at + days * DAY

    def ends(self, now: int) -> Iterator[tuple[str | None, int]]:
        """(organisation, or None for all that have no rule of their own; the latest attaching that is over)."""
        for organisation, rule in [(None, self.everyone), *self.organisations.items()]:
            if rule.days:
                yield organisation, now - rule.days * DAY
