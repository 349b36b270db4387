"""What the socket hears or tells otherwise than protocol/asyncapi.json says fails the test in which it happens."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import Raw

from inscope_server.errors import Refusal
from server.web.line import Line
from world.device import Device, new_id
from world.running import Running

SENT = {"seq": 1, "at": 2}


def departures(server: Running) -> list[str]:
    """What was found, which is then forgotten: here it is no failure."""
    found = server.told.found
    told, found[:] = list(found), []
    return told


TOLD: dict[str, tuple[str, Any]] = {
    "another word": ("changed", {"what": "weather", "id": "con_A"}),
    "a field too many": ("welcome", {"thread": new_id("thr"), "name": "Quillfeather"}),
    "a field too few": ("entry", Raw(b'{"kind":"restored","seq":1,"at":2}')),
    "another event": ("typing", {}),
    "another reason": ("goodbye", {"code": "rate_limited"}),
}


@pytest.mark.parametrize("told", TOLD)
async def test_an_event_that_is_otherwise_is_found(server: Running, told: str) -> None:
    event, data = TOLD[told]
    await server.server.socket.server.emit(event, data, room=[new_id("dev")])
    (found,) = departures(server)
    assert found.startswith(f"{event} is ")


ANSWERED: dict[str, tuple[Any, Any, str]] = {
    "a field too few": (None, {"seq": 1}, "acknowledgement"),
    "a code that is not said": (None, Refusal("rate_limited"), "acknowledgement"),
    "what should not be taken": ({"patient": "Quillfeather"}, SENT, "send"),
}


@pytest.mark.parametrize("case", ANSWERED)
async def test_an_acknowledgement_that_is_otherwise_is_found(
    server: Running, intern: Device, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    more, answer, message = ANSWERED[case]

    async def handle(_caller: Any, _data: Any) -> Any:
        if isinstance(answer, Refusal):
            raise answer
        return answer

    monkeypatch.setattr(server.server.socket, "handle_send", handle)
    line = await Line.open(intern)
    sent = {"thread": new_id("thr"), "message": new_id("msg"), "epoch": 0, "mls": "AAAA", "disclosures": []}
    await line.send({**sent, **(more or {})})
    (found,), heard = departures(server), line.told.found
    assert found.startswith(f"{message} is otherwise")
    assert heard == ([] if more else [found]), "who hears it from another process finds it too"
    heard.clear()
    await line.close()


async def test_a_server_with_a_departure_does_not_end_in_peace(server: Running) -> None:
    await server.server.socket.changed([new_id("dev")], "weather", "con_A")
    with pytest.raises(AssertionError, match="changed is otherwise"):
        await server.close()
    departures(server)
