"""A story full of canaries, and a search for them in everything that the server writes, answers or passes on.

What is sealed is nowhere, in any spelling. Secrets that the server must know are in none of what others read: log,
metrics, addresses, Redis, exports.
"""

from __future__ import annotations

import base64
import io
import json
import logging
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from inscope_server.directory.service import Directory
from inscope_server.images.store import disclosures
from inscope_server.keeping.backup import back_up
from inscope_server.observing.logs import start_log
from inscope_server.tables import metadata
from scenarios.hospital import XRAY
from servers.collector import Collector
from servers.process import free_port
from servers.proxy import Proxy
from servers.valkey import Valkey
from world.patient import Patient
from world.running import Running, TestClock
from world.session import PASSPHRASE

SEALED = {
    "patient": "Wilhelmina Quillfeather", "record number": "RN-Q7714XZ", "note": "fell off the roof at Quarry Lane",
    "title": "left wrist after Quarry Lane", "text": "she said Dr Pemberthwaite told her so",
    "caption": "displaced or just the angle at Quarry", "part of the body": "wrist of Quillfeather",
    "mark": "step here, Pemberthwaite",
}  # fmt: skip
MARKS = {
    "log": b"RuntimeError", "addresses": b"/api/disclosures", "redis": b'entry', "metrics": b"inscope_request_seconds",
    "log export": b'"event":"attach"', "log copy": b'attach', "fhir": b"Provenance", "tables": b"Samuel Okafor",
    "backup": b"Samuel Okafor", "files": b"attach", "clients": b"Samuel Okafor",
    "traces": b"/api/disclosures",
}  # fmt: skip
"""What is in each sink, so that a search there finds what is there."""
BROKEN = "what Dr Pemberthwaite was working on when it broke"


@dataclass
class Sinks:
    """What was written where. `of_clients`, `of_redis`: every byte between the server and these, both ways."""

    log: io.StringIO = field(default_factory=io.StringIO)
    of_clients: bytearray = field(default_factory=bytearray)
    of_redis: bytearray = field(default_factory=bytearray)
    traces: Collector = field(default_factory=Collector)
    written: dict[str, bytes] = field(default_factory=dict)

    @property
    def addresses(self) -> bytes:
        return b"\n".join(re.findall(rb"(?:GET|HEAD|POST|PUT|PATCH|DELETE) (/\S*) HTTP/1.1", bytes(self.of_clients)))

    def read_by_others(self) -> dict[str, bytes]:
        """By operators, auditors, collectors, proxies and whoever holds Redis."""
        told = {"log": self.log.getvalue().encode(), "addresses": self.addresses, "redis": bytes(self.of_redis)}
        told["traces"] = bytes(self.traces.raw)
        return told | {name: self.written[name] for name in ("metrics", "log export", "log copy", "fhir")}

    def everything(self) -> dict[str, bytes]:
        return self.read_by_others() | self.written | {"clients": bytes(self.of_clients)}


@pytest.fixture
def sinks() -> Iterator[Sinks]:
    loggers = (logging.getLogger(), logging.getLogger("inscope"))
    before, raises = [(one, one.handlers[:], one.level) for one in loggers], logging.raiseExceptions
    sinks = Sinks()
    start_log("json", sinks.log)
    yield sinks
    sinks.traces.close()
    logging.raiseExceptions = raises
    logging.captureWarnings(False)
    for logger, handlers, level in before:
        logger.handlers[:], logger.level = handlers, level


@pytest.fixture
async def server(database_url: str, tmp_path: Path, valkey: Valkey, sinks: Sinks) -> AsyncIterator[Running]:
    async with Proxy([int(valkey.url.rsplit(":", 1)[1].split("/")[0])], Random(1)) as before_redis:
        before_redis.overhear = sinks.of_redis.extend
        running = await Running.start(
            database_url, tmp_path, TestClock(), redis_url=f"redis://127.0.0.1:{before_redis.port}/0",
            operations_port=free_port(), log_copy_file=str(tmp_path / "copy"),
            traces_endpoint=sinks.traces.endpoint,
        )  # fmt: skip
        yield running
        await running.close()


def spellings(canary: bytes) -> list[bytes]:
    """As in an address, and inside base64 of either alphabet, wherever it begins there: what it alone decides."""
    within = [
        base64.b64encode(bytes(shift) + canary)[-(-4 * shift // 3) : 4 * (shift + len(canary)) // 3]
        for shift in range(3)
    ]
    urlsafe = [one.translate(bytes.maketrans(b"+/", b"-_")) for one in within]
    return [canary.replace(b" ", b"%20"), canary.replace(b" ", b"+"), *within, *urlsafe]


def holds(held: bytes, canary: bytes) -> bool:
    """A number counts as it stands alone: a time in milliseconds may have any six digits in it."""
    if canary.isdigit():
        alone = re.search(rb"(?<!\d)" + canary + rb"(?!\d)", held) is not None
        return alone or any(one in held for one in set(spellings(canary)) - {canary})
    return canary in held or any(one in held for one in spellings(canary))


def found(canaries: dict[str, bytes], sinks: dict[str, bytes]) -> list[tuple[str, str]]:
    return [
        (name, where) for where, held in sinks.items() for name, canary in canaries.items()
        if holds(held, canary)
    ]  # fmt: skip


async def tell(hospital: Any, sinks: Sinks) -> dict[str, bytes]:
    """The story, over a line that is overheard. Returns the secrets that were in it."""
    async with Proxy([hospital.running.server.config.port], Random(1)) as line:
        line.overhear = sinks.of_clients.extend
        near = f"http://127.0.0.1:{line.port}"
        intern, specialist = [
            await hospital.enrol(home, name, through=near)
            for home, name in ((hospital.riverbend, "Ines Moreau"), (hospital.coastal, "Samuel Okafor"))
        ]
        thread = await intern.createThread("case", "direct-care-advice", SEALED["title"], [specialist.person])
        record = {**hospital.draft([])["record"], "patientName": SEALED["patient"], "note": SEALED["note"]}
        record["recordNumber"] = SEALED["record number"]
        view = await intern.askPatient(thread, hospital.draft([intern, specialist], record=record), None)
        jar = aiohttp.CookieJar(unsafe=True)
        patient = Patient(hospital.running, aiohttp.ClientSession(near, cookie_jar=jar))
        await patient.open(view["link"].removeprefix(hospital.running.origin).split("#")[0])
        page = await patient.send("/patient?language=en", ("answer", "all"))
        await specialist.wait(consent=view["consent"], version=1)
        picture = hospital.xray(bodySite=SEALED["part of the body"])
        await intern.attach(thread, view["consent"], [picture], SEALED["caption"])
        await intern.sendText(thread, SEALED["text"])
        await specialist.wait(thread=thread, text=SEALED["text"])
        (shown,) = [one["body"] for one in await specialist.messages(thread) if one["body"]["kind"] == "images"]
        assert shown["caption"] == SEALED["caption"]
        disclosure = shown["images"][0]["disclosure"]
        assert (await specialist.open(thread, disclosure))["bytes"] == XRAY.read_bytes()
        halves = await _halves(hospital.running)
        marks = [{"kind": "words", "at": {"x": 1, "y": 1}, "text": SEALED["mark"]}]
        await specialist.annotate(thread, disclosure, marks)
        await intern.wait(thread=thread, annotations=1)
        assert (await intern.raw("GET", "/api/directory?q=anybody"))["status"] == 503
        assert (await intern.raw("POST", "/api/consents", {"consent": 7}))["status"] == 400
        await patient.get(page.links[0].removeprefix(hospital.running.origin))
        looked = await patient.send("/patient/look/code?language=en", ("code", view["code"]))
        assert "Samuel Okafor" in looked.text
        await collect(hospital.running, sinks, view["consent"])
        await patient.send("/patient/look/withdraw", ("sure", "yes"))
        await specialist.wait(thread=thread, disclosure=disclosure, state="destroyed")
        await patient.close()
    tokens = re.findall(rb"inscope_(?:session|question|look)=([\w-]{20,})", bytes(sinks.of_clients))
    csrf = re.findall(rb"(?i)x-inscope-csrf: ([\w-]{20,})", bytes(sinks.of_clients))
    assert len(set(tokens)) >= 3 and len(set(csrf)) >= 2
    return (
        halves
        | {f"token {number}": one for number, one in enumerate({*tokens, *csrf})}
        | {
            "code": view["code"].encode(),
        }
    )


async def _halves(running: Running) -> dict[str, bytes]:
    async with running.server.database.read() as tx:
        rows = await tx.all(select(disclosures.c.disclosure, disclosures.c.server_half))
    assert rows
    return {f"half of {row.disclosure}": row.server_half for row in rows}


async def collect(running: Running, sinks: Sinks, consent: str) -> None:
    """All that the server keeps or hands to operators, at this instant."""
    server, folder = running.server, running.folder
    rows = bytearray()
    async with server.database.read() as tx:
        for table in metadata.sorted_tables:
            for row in await tx.all(select(table)):
                rows += b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
    await back_up(server, folder / "backup", with_images=True)
    exported = io.BytesIO()
    await server.audit.export(exported.write)
    address = f"http://127.0.0.1:{server.config.operations_port}/metrics"
    async with aiohttp.ClientSession() as http, http.get(address) as answer:
        metrics = await answer.read()
    sinks.written = {
        "tables": bytes(rows), "metrics": metrics, "log export": exported.getvalue(),
        "log copy": (folder / "copy").read_bytes(),
        "fhir": json.dumps(await server.fhir.export_whole(consent, "R5")).encode(),
        "backup": b"".join(path.read_bytes() for path in (folder / "backup").rglob("*") if path.is_file()),
        "files": b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file()),
    }  # fmt: skip


async def test_no_canary_in_any_sink(hospital: Any, sinks: Sinks, monkeypatch: Any, capfd: Any) -> None:
    async def breaks(*_: Any) -> Any:
        raise RuntimeError(BROKEN)

    monkeypatch.setattr(Directory, "search", breaks)
    secrets = await tell(hospital, sinks)
    await hospital.running.server.traces.close()
    everything, output = sinks.everything(), "".join(capfd.readouterr()).encode()
    assert [where for where, mark in MARKS.items() if mark not in everything[where]] == []
    assert found(secrets, {"tables": everything["tables"]}), "or what is searched for is not spelled as it is kept"
    sealed = {name: text.encode() for name, text in SEALED.items()}
    sealed |= {"picture": XRAY.read_bytes()[2000:2064], "passphrase": PASSPHRASE.encode(), "broken": BROKEN.encode()}
    assert found(sealed, everything | {"output": output}) == []
    assert found(secrets, sinks.read_by_others() | {"output": output}) == []
    assert not re.search(rb"Okafor|Moreau|127[.]0[.]0[.]1|\b[a-z]{3}_[\w-]{16,}", everything["traces"]), "who or what"
