"""A consent names only a text that was offered here (SPEC S5.8)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from inscope_protocol.types import Scope
from inscope_server.sheets.service import Sheets
from world.device import TAKEN, Answer, Device, new_id
from world.sheets import offered

NOT_OFFERED = {
    "another text": {"text": new_id("con")[-22:] + "A" * 21},
    "another version": {"version": 9},
    "another language": {"language": "fr"},
    "another sheet": {"sheet": "other"},
}


def told(scope: Scope, **changes: str | int) -> Scope:
    return replace(scope, taken=replace(TAKEN, sheet=replace(offered(), **changes)))


async def test_a_text_that_is_offered_is_named(intern: Device) -> None:
    assert (await intern.record(told(intern.scope([intern.me])))).status == 200


@pytest.mark.parametrize("how", NOT_OFFERED)
async def test_a_text_that_was_never_offered_is_not(intern: Device, how: str) -> None:
    scope = intern.scope([intern.me])
    refused: Answer = await intern.record(told(scope, **NOT_OFFERED[how]))
    assert (refused.code, refused.data["error"]["remedy"]) == ("sheet_unknown", "reload")
    await intern.record(scope)
    later = intern.following(scope, taken=told(scope, **NOT_OFFERED[how]).taken)
    assert (await intern.record(later)).code == "sheet_unknown"


async def test_what_was_shown_then_stays_said_when_the_sheet_is_replaced(intern: Device, monkeypatch) -> None:
    scope = told(intern.scope([intern.me]))
    await intern.record(scope)
    monkeypatch.setattr(Sheets, "offers", lambda self, sheet: False)
    assert (await intern.record(told(intern.scope([intern.me])))).code == "sheet_unknown"
    assert (await intern.record(intern.following(scope, decision="withdrawn"))).status == 200
