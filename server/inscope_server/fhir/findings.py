"""What stood in the way of reading a resource: reasons to refuse it, and what was left out. Never its content."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..errors import Refusal
from .codes import Json

MOST = 50

REMEDIES = {
    "not_a_consent": "send_consent",
    "not_fhir": "check_resource",
    "too_deep": "check_resource",
    "not_as_exported": "export_again",
    "consents_many": "send_one",
    "status_not_active": "ask_patient",
    "scope_not_privacy": "record_by_hand",
    "category_unknown": "record_by_hand",
    "patient_missing": "record_by_hand",
    "modifier_unknown": "record_by_hand",
    "decision_missing": "record_by_hand",
    "provision_type_missing": "record_by_hand",
    "provision_deny_within_permit": "record_by_hand",
    "provision_permit_within_deny": "record_by_hand",
    "provisions_many": "record_by_hand",
    "provision_nested": "record_by_hand",
    "policy_contradicts": "record_by_hand",
    "emergency_override": "record_by_hand",
    "actor_missing": "name_recipients",
    "actor_unknown": "name_recipients",
    "actor_role_unknown": "record_by_hand",
    "actors_too_many": "name_recipients",
    "purpose_missing": "name_purposes",
    "purpose_unknown": "name_purposes",
    "action_limited": "record_by_hand",
    "data_limited": "record_by_hand",
    "no_period": "name_period",
    "period_unreadable": "name_period",
    "period_empty": "name_period",
}
"""Reasons of `fhir_refused` (SPEC S11.5)."""


@dataclass
class Findings:
    """`refused` and `left_out` hold (code, path), each once."""

    refused: dict[tuple[str, str], None] = field(default_factory=dict)
    left_out: dict[tuple[str, str], None] = field(default_factory=dict)

    def refuse(self, code: str, path: str) -> None:
        self.refused[code, path] = None

    def leave_out(self, code: str, path: str) -> None:
        self.left_out[code, path] = None

    def raise_any(self) -> None:
        """Raises Refusal `fhir_refused` with every reason found."""
        if self.refused:
            raise refusal(*list(self.refused)[:MOST])

    def not_understood(self) -> list[Json]:
        return [{"code": code, "path": path} for code, path in list(self.left_out)[:MOST]]


def refusal(*found: tuple[str, str]) -> Refusal:
    reasons = [{"code": code, "who": None, "path": path, "remedy": REMEDIES[code]} for code, path in found]
    return Refusal("fhir_refused", reasons=reasons)


def items(holder: Any, name: str, path: str) -> Iterator[tuple[str, Any]]:
    """The entries of a list element with their paths; a single value counts as a list of one."""
    value = holder.get(name) if isinstance(holder, dict) else None
    entries = value if isinstance(value, list) else [] if value is None else [value]
    return ((f"{path}.{name}[{index}]", entry) for index, entry in enumerate(entries))


def codes(value: Any) -> set[tuple[str, str]]:
    """(system, code) of a Coding, or of each coding of a CodeableConcept."""
    if not isinstance(value, dict):
        return set()
    codings = value.get("coding", [value]) or []
    return {
        (str(each.get("system")), str(each.get("code")))
        for each in (codings if isinstance(codings, list) else [])
        if isinstance(each, dict) and "code" in each
    }
