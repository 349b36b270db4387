"""The consent authority in a process of its own: it signs what it finds true, and remembers (SPEC S5.12, S5.14)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from msgspec.structs import replace
from sqlalchemy import text, update

from inscope_protocol.encoding import decode_base64url, encode_base64url
from inscope_protocol.statements import parse_envelope, statement_hash, verify
from inscope_protocol.types import (
    Answer,
    Conditions,
    ConsentStatus,
    RecordedByPatient,
    Scope,
    Sheet,
    decode_payload,
    encode_payload,
)
from inscope_server.app import Server
from inscope_server.authority.remote import RemoteAuthority
from inscope_server.authority.wire import authorization, shared_secret
from inscope_server.authority_process import AuthorityProcess
from inscope_server.clock import Clock
from inscope_server.config import Config, ConfigError
from inscope_server.consent.records import standing
from inscope_server.consent.store import consents
from inscope_server.errors import Refusal
from inscope_server.images.service import MOST_PENDING
from inscope_server.keeping.backup import back_up
from inscope_server.keeping.log_copy import LogCopy
from inscope_server.keeping.restoring import restore
from inscope_server.patients.rules import Question
from inscope_server.web.http_server import Runner
from servers.process import free_port
from world.device import TAKEN, Device, new_id
from world.patient import CODE, Patient, ask
from world.running import Running, TestClock

NONCE = encode_base64url(bytes(32))


@dataclass
class Apart:
    """The authority, on a port and with files of its own; `stop` and `start` it as an operator would."""

    config: Config
    clock: TestClock
    runner: Runner | None = None

    async def start(self) -> None:
        process = AuthorityProcess(self.config, Clock(now=self.clock.now))
        self.runner = Runner(process.application(), shutdown_timeout=1)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", self.config.authority_port).start()

    async def stop(self) -> None:
        if self.runner is not None:
            await self.runner.cleanup()
        self.runner = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.config.authority_port}"

    async def asked(self, path: str, payload: bytes, visit: str) -> tuple[int, str]:
        """Status and failure code, as a server that cheats would get them."""
        secret = decode_base64url(json.loads(self.config.authority_secret.read_text())["seed"], 32)
        body, headers = {"payload": encode_base64url(payload), "visit": visit}, {"Authorization": authorization(secret)}
        async with aiohttp.ClientSession() as http, http.post(self.url + path, json=body, headers=headers) as response:
            return response.status, (await response.json()).get("error", {}).get("code", "")


@pytest.fixture
async def apart(database_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Apart]:
    """On PostgreSQL as a user that may only read."""
    folder = tmp_path / "authority"
    postgresql = database_url.startswith("postgresql")
    own_url = request.getfixturevalue("postgres").reading(database_url) if postgresql else database_url
    secret = str(tmp_path / "authority_secret")
    config = Config(
        data_dir=str(folder), database_url=own_url, authority_port=free_port(), authority_secret_file=secret
    )
    apart = Apart(config, TestClock())
    await apart.start()
    yield apart
    await apart.stop()


@pytest.fixture
def begun() -> None:
    """The story begins on this server, whose authority's key lies elsewhere."""


@pytest.fixture
async def server(database_url: str, tmp_path: Path, apart: Apart) -> AsyncIterator[Running]:
    secret = str(apart.config.authority_secret)
    where = {"authority_url": apart.url, "authority_secret_file": secret}
    running = await Running.start(database_url, tmp_path / "server", apart.clock, **where)
    yield running
    await running.close()


@pytest.fixture
async def patient(story: Any) -> AsyncIterator[Patient]:
    patient = Patient(story.running)
    yield patient
    await patient.close()


async def consent_of(intern: Device, people: list[str], patient: Patient) -> tuple[Scope, str]:
    """What the patient agreed to on their page, recorded; and the path of their link to look back."""
    body, link, _ = await ask(intern, people)
    await patient.open(link)
    page = await patient.send("/patient?language=en", ("answer", "all"))
    assert page.status == 200, page.text
    told = (await intern.call("GET", f"/api/patient-questions/{body['request']}")).data["answer"]
    answer = decode_payload("answer", parse_envelope(told).payload_bytes)
    assert isinstance(answer, Answer)
    hashed = encode_base64url(statement_hash(parse_envelope(told)))
    scope = intern.scope(
        [], consent=answer.consent, previous=answer.previous, purposes=answer.purposes, recipients=answer.recipients,
        conditions=answer.conditions, valid_until=answer.valid_until,
        taken=replace(TAKEN, how="electronic", sheet=answer.sheet, answer=hashed),
    )  # fmt: skip
    assert (await intern.record(scope)).status == 200
    return scope, page.links[0]


async def status_of(device: Device, consent: str) -> Any:
    return await device.call("POST", "/api/consent-status", {"nonce": NONCE, "consents": [consent]})


async def standing_in(device: Device, answer: Any) -> list[int]:
    """The versions that a status names, its signature checked against what the session told."""
    told = (await device.call("GET", "/api/session")).data["session"]["authority"]
    status = verify(answer.data["status"], "consent-status", told["authority"], decode_base64url(told["key"]))
    assert isinstance(status, ConsentStatus)
    return [one.version for one in status.consents]


async def test_patients_answers_and_statuses_are_signed_over_there(story, server, apart, intern, specialist, patient):
    scope, look = await consent_of(intern, [intern.me, specialist.me], patient)
    assert await standing_in(intern, await status_of(intern, scope.consent)) == [1]
    await patient.get(look)
    await patient.send("/patient/look/code", ("code", CODE))
    withdrawn = await patient.send("/patient/look/withdraw", ("sure", "yes"))
    assert withdrawn.status == 200
    assert await standing_in(intern, await status_of(intern, scope.consent)) == [2]
    assert not (server.folder / "authority_key").exists(), "the server has no key to sign with"
    assert (Path(apart.config.data_dir) / "authority_key").exists()


async def test_without_it_images_wait_and_text_goes_on(story, server, apart, intern, specialist):
    thread = await story.case(intern, specialist)
    scope = intern.scope([intern.me, specialist.me])
    await intern.record(scope, thread)
    disclosure, _ = await intern.attach(thread, scope)
    await apart.stop()
    gone = await status_of(intern, scope.consent)
    assert (gone.status, gone.code) == (503, "authority_unavailable")
    opened = await specialist.call("POST", f"/api/disclosures/{disclosure}/open", {"nonce": NONCE})
    assert opened.code == "authority_unavailable"
    assert "server_half" not in str(opened.data)
    assert (await intern.say(thread)).status == 200
    await apart.start()
    again = await specialist.call("POST", f"/api/disclosures/{disclosure}/open", {"nonce": NONCE})
    assert again.status == 200, again
    logged = (await specialist.call("GET", f"/api/disclosures/{disclosure}/openings")).data["openings"]
    assert [one["outcome"] for one in logged] == ["deny", "permit"], "only what gave the half out was an opening"
    assert b'"code":"authority_unavailable"' in decode_base64url(logged[0]["log"]["body"])


async def test_what_could_not_be_asked_for_without_it_is_not_under_way(story, server, apart, intern):
    thread = await story.case(intern)
    scope = intern.scope([intern.me])
    await intern.record(scope, thread)
    await apart.stop()
    for _ in range(MOST_PENDING):
        assert (await intern.ask(thread, scope, nonce=NONCE)).code == "authority_unavailable"
    assert (await intern.ask(new_id("thr"), scope, nonce=NONCE)).code == "not_found", "whose thread it is comes first"
    await apart.start()
    assert (await intern.ask(thread, scope, nonce=NONCE)).status == 200


async def test_an_answer_in_use_is_taken_back_by_the_visit_that_gave_it(story, server, apart, intern, patient):
    scope, _ = await consent_of(intern, [intern.me], patient)
    done = await patient.send("/patient/take-back?language=en")
    assert "Your yes is taken back." in done.text
    assert len((await intern.call("GET", f"/api/consents/{scope.consent}")).data["versions"]) == 2


async def test_a_patient_whose_answer_cannot_be_signed_can_give_it_later(story, server, apart, intern, patient):
    body, link, _ = await ask(intern, [intern.me])
    await patient.open(link)
    await apart.stop()
    failed = await patient.send("/patient?language=en", ("answer", "all"))
    assert failed.status == 503
    assert "Nothing is lost" in failed.text and "try again in a minute" in failed.text
    assert (await intern.call("GET", f"/api/patient-questions/{body['request']}")).data["state"] == "opened"
    await apart.start()
    assert (await patient.send("/patient?language=en", ("answer", "all"))).status == 200


async def test_a_database_that_was_set_back_gets_no_status(story, server, apart, intern, specialist):
    scope = intern.scope([intern.me, specialist.me])
    await intern.record(scope)
    await intern.record(intern.following(scope, decision="withdrawn"))
    assert await standing_in(intern, await status_of(intern, scope.consent)) == [2]
    async with server.server.database.write() as tx:
        await tx.execute(update(consents).where(consents.c.consent == scope.consent).values(version=1))
    assert await standing_in(intern, await status_of(intern, scope.consent)) == []
    await apart.stop()
    await apart.start()
    assert await standing_in(intern, await status_of(intern, scope.consent)) == [], "it remembers beyond its end"
    other = intern.scope([intern.me])
    await intern.record(other)
    assert await standing_in(intern, await status_of(intern, other.consent)) == [1], "the rest goes on"


def cookie(patient: Patient, name: str) -> str:
    [value] = [one.value for one in patient.session().cookie_jar if one.key.endswith(name)]
    return value


async def test_a_server_cannot_have_an_answer_signed_that_no_visit_gives(story, server, apart, intern, patient):
    body, link, _ = await ask(intern, [intern.me])
    await patient.open(link)
    visit, identity = cookie(patient, "question"), server.server.authority.identity()["authority"]
    other = Patient(server)
    _, link, _ = await ask(intern, [intern.me])
    await other.open(link)
    asked, sheet = msgspec.convert(body["question"], Question), Sheet("clinical-images", 1, "en", NONCE)
    honest = Answer(
        identity, body["request"], body["consent"], None, "given", asked.purposes, asked.recipients, asked.conditions,
        asked.valid_until, sheet, apart.clock.now(),
    )  # fmt: skip
    lies = {
        "no visit": (honest, NONCE),
        "another's visit": (honest, cookie(other, "question")),
        "more purposes": (replace(honest, purposes=("direct-care-advice", "teaching", "research")), visit),
        "longer": (replace(honest, valid_until=honest.valid_until + 1), visit),
        "another consent": (replace(honest, consent=intern.scope([]).consent), visit),
        "conditions dropped": (
            replace(honest, conditions=replace(honest.conditions, sensitive=("identifiable",))),
            visit,
        ),
        "long ago": (replace(honest, at=honest.at - 3_600_000), visit),
        "refused, with recipients": (replace(honest, decision="refused"), visit),
    }
    for name, (lie, with_visit) in lies.items():
        assert await apart.asked("/answer", encode_payload(lie), with_visit) == (409, "answer_mismatch"), name
    assert await apart.asked("/answer", encode_payload(honest), visit) == (200, "")
    assert (await patient.send("/patient", ("answer", "no"))).status == 200
    assert await apart.asked("/answer", encode_payload(honest), visit) == (409, "answer_mismatch"), "answered already"
    await other.close()


async def test_a_server_cannot_have_a_version_signed_without_the_code(
    story, server, apart, intern, specialist, patient
):
    scope, look = await consent_of(intern, [intern.me, specialist.me], patient)
    await patient.get(look)
    visit = cookie(patient, "look")
    author = RecordedByPatient(server.server.authority.identity()["authority"])
    ended = replace(intern.following(scope, decision="withdrawn"), recorded_by=author, recorded_at=apart.clock.now())
    assert await apart.asked("/version", encode_payload(ended), visit) == (409, "answer_mismatch")
    await patient.send("/patient/look/code", ("code", CODE))
    wider = replace(ended, decision="given", valid_until=scope.valid_until + 1)
    assert await apart.asked("/version", encode_payload(wider), visit) == (409, "consent_conflict")
    long_ago = replace(ended, recorded_at=ended.recorded_at - 3_600_000)
    assert await apart.asked("/version", encode_payload(long_ago), visit) == (409, "answer_mismatch")
    assert await apart.asked("/version", encode_payload(ended), visit) == (200, "")


@pytest.mark.parametrize("said", ["", "Bearer", "Bearer " + "0" * 64, "Bearer \udcff"])
async def test_who_does_not_know_the_secret_gets_nothing(server, apart, said):
    headers = {"Authorization": said} if said else {}
    async with aiohttp.ClientSession() as http, http.get(apart.url + "/identity", headers=headers) as response:
        assert (response.status, (await response.json())["error"]["code"]) == (401, "not_signed_in")


async def test_a_server_that_finds_no_authority_says_why(apart, server):
    async def told(url: str, secret: bytes = bytes(32)) -> str:
        with pytest.raises(ConfigError) as wrong:
            await RemoteAuthority(url, secret, patience=0).start()
        return str(wrong.value)

    assert "has another authority_secret_file; copy its file here" in await told(apart.url)
    assert "nothing answers there; is `inscope authority` running" in await told(f"http://127.0.0.1:{free_port()}")
    assert "is no consent authority" in await told(server.origin)


async def test_a_restore_verifies_what_it_signed_since_or_says_what_is_forgotten(
    story, server, apart, intern, specialist, patient, tmp_path, new_database
):
    parts = server.server
    copy = LogCopy(tmp_path / "log_copy", parts.database, parts.audit, parts.consents, parts.accounts)
    parts.audit.copied = copy.follow
    scope, look = await consent_of(intern, [intern.me, specialist.me], patient)
    await copy.follow()
    await back_up(parts, tmp_path / "backup", with_images=False)
    await patient.get(look)
    await patient.send("/patient/look/code", ("code", CODE))
    assert (await patient.send("/patient/look/withdraw", ("sure", "yes"))).status == 200
    await apart.stop()

    async def restored(name: str, **asked: Any) -> tuple[int, int | None]:
        """How many consents are forgotten, and the version of the patient's that stands."""
        (tmp_path / name).mkdir()
        url = new_database("sqlite", tmp_path / name)
        new = Server(replace(parts.config, database_url=url), Clock(now=apart.clock.now))
        new.authority.patience = 0
        try:
            done = await restore(new, tmp_path / "backup", copy.path, **asked)
            async with new.database.read() as tx:
                found = await standing(tx, scope.consent)
            return done.forgotten, None if found is None else found.scope.version
        finally:
            await new.database.close()

    with pytest.raises(
        ConfigError, match=r"nothing answers there; is `inscope authority` running.*--without-authority"
    ):
        await restored("refused")
    assert await restored("without", without_authority=True) == (1, None)
    await apart.start()
    await rename(server, "patient_links", "elsewhere")
    assert await restored("with") == (0, 2), "for that it needs no database"
    await rename(server, "elsewhere", "patient_links")


READ = ("consents", "consent_versions", "patient_visits", "patient_questions", "patient_links")
"""Tables that the authority signs by."""


async def rename(server: Running, table: str, other: str) -> None:
    async with server.server.database.write() as tx:
        await tx.execute(text(f"ALTER TABLE {table} RENAME TO {other}"))


@pytest.mark.parametrize("table", READ)
async def test_an_authority_that_cannot_read_its_database_does_not_look_healthy(server, apart, table, caplog):
    authority = server.server.authority
    await authority.reach()
    await rename(server, table, "elsewhere")
    with pytest.raises(Refusal, match="authority_unavailable"):
        await authority.reach()
    assert (
        "the consent authority cannot read its database: database_url: it has not this release's tables" in caplog.text
    )
    secret = shared_secret(apart.config.authority_secret)
    with pytest.raises(ConfigError, match="the consent authority cannot read its database; its log says why"):
        await RemoteAuthority(apart.url, secret, patience=0).start()
    await rename(server, "elsewhere", table)
    await authority.reach()


async def test_it_does_not_start_without_the_tables_that_it_signs_by(server, apart):
    await apart.stop()
    await rename(server, "patient_links", "elsewhere")
    with pytest.raises(ConfigError, match="inscope migrate"):
        await apart.start()
    apart.runner = None


async def test_it_does_not_start_where_it_may_not_read(postgres, tmp_path, new_database):
    url = postgres.forgotten(new_database("postgresql", tmp_path))
    apart = Apart(Config(data_dir=str(tmp_path), database_url=url, authority_port=free_port()), TestClock())
    with pytest.raises(ConfigError, match="this user may not do there what is needed; GRANT"):
        await apart.start()


async def test_it_does_not_start_without_its_database(tmp_path):
    url = f"postgresql+asyncpg://inscope:hunter2@127.0.0.1:{free_port()}/x"
    apart = Apart(Config(data_dir=str(tmp_path), database_url=url, authority_port=free_port()), TestClock())
    with pytest.raises(ConfigError, match="database_url: nothing answers at its address"):
        await apart.start()


async def test_another_authority_in_its_place_is_not_believed(story, server, apart, intern, specialist, caplog):
    scope = intern.scope([intern.me, specialist.me])
    await intern.record(scope)
    await apart.stop()
    (Path(apart.config.data_dir) / "authority_key").unlink()
    await apart.start()
    assert (await status_of(intern, scope.consent)).code == "authority_unavailable"
    assert "another one" in caplog.text


async def test_a_question_that_is_over_is_not_answered(story, server, apart, intern, patient):
    """Opened late, a visit outlives its question."""
    body, link, _ = await ask(intern, [intern.me])
    apart.clock.advance(29 * 60_000)
    await patient.open(link)
    said = no_to(body, server.server.authority.identity()["authority"], apart.clock.now())
    assert await apart.asked("/answer", encode_payload(said), cookie(patient, "question")) == (200, "")
    apart.clock.advance(2 * 60_000)
    late = replace(said, at=apart.clock.now())
    assert await apart.asked("/answer", encode_payload(late), cookie(patient, "question")) == (409, "answer_mismatch")


def no_to(body: dict[str, Any], authority: str, at: int) -> Answer:
    nothing, sheet = Conditions(False, False, (), ()), Sheet("clinical-images", 1, "en", NONCE)
    return Answer(authority, body["request"], body["consent"], None, "refused", (), (), nothing, at, sheet, at)


async def test_clocks_that_differ_are_a_fault_of_ours_and_told_so(story, server, apart, intern, specialist, patient):
    _, look = await consent_of(intern, [intern.me, specialist.me], patient)
    await patient.get(look)
    await patient.send("/patient/look/code", ("code", CODE))
    await apart.stop()
    apart.clock = Ahead(apart.clock)
    await apart.start()
    told = await patient.send("/patient/look/withdraw?language=en", ("sure", "yes"))
    assert (told.status, "Nothing is lost" in told.text) == (503, True)


class Ahead(TestClock):
    """Two minutes before another clock."""

    def __init__(self, other: TestClock) -> None:
        self.other = other

    def now(self) -> int:
        return self.other.now() + 120_000
