"""A backup of yesterday: what was taken away since stays taken away, and the log goes on (invariant 6)."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from inscope_protocol.encoding import decode_base64url
from inscope_protocol.identifiers import make_identifier
from inscope_protocol.merkle import verify_consistency
from inscope_protocol.statements import envelope_object, sign
from inscope_protocol.types import PersonRecipient
from inscope_server import cli
from inscope_server.app import Server
from inscope_server.audit.log_key import LogKey
from inscope_server.clock import Clock
from inscope_server.config import ConfigError
from inscope_server.database import Database
from inscope_server.errors import Refusal
from inscope_server.keeping.backup import back_up
from inscope_server.keeping.restoring import Restored, restore
from inscope_server.migrate import upgrade_database
from inscope_server.threads.service import RESTORED_GAP
from servers.postgres import Postgres
from world.device import Device, new_id
from world.organisation import Organisation
from world.running import Running, TestClock


class Hospital:
    """A server with a copy of its log; `set_back` restores its backup into a new database and serves that instead."""

    def __init__(self, folder: Path, url: str, empty_url: Any) -> None:
        self.folder, self.url, self.empty_url, self.clock = folder, url, empty_url, TestClock()
        self.devices: list[Device] = []

    @property
    def copy(self) -> Path:
        return self.folder / "elsewhere" / "log_copy"

    async def open(self) -> None:
        keys = {"log_key_file": f"{self.folder}/log_key", "authority_key_file": f"{self.folder}/authority_key"}
        settings = {**keys, "blob_url": f"file://{self.folder}/blobs", "log_copy_file": str(self.copy)}
        self.running = await Running.start(self.url, self.folder, self.clock, **settings)

    def put_copy_away(self) -> None:
        self.copy.rename(self.copy.with_name("put away"))

    async def open_anew(self) -> None:
        """After a restore that failed: with an empty log, beside which the former one's copy is refused."""
        self.put_copy_away()
        await self.open()

    async def back_up(self, name: str = "backup") -> Path:
        await back_up(self.running.server, self.folder / name, with_images=True)
        return self.folder / name

    async def restore(self, backup: Path, log_copy: Path | None) -> Any:
        """Into a new database, not yet served."""
        await self.running.close()
        if log_copy is None:
            self.put_copy_away()
        self.url = await self.empty_url()
        self.running.server.config = replace(self.running.server.config, database_url=self.url)
        server = Server(self.running.server.config, Clock(now=self.clock.now))
        try:
            return await restore(server, backup, log_copy)
        finally:
            await server.database.close()

    async def set_back(self, backup: Path, log_copy: Path | None) -> Any:
        done = await self.restore(backup, log_copy)
        await self.open()
        for device in self.devices:
            await device.close()
            device.http, device.running = None, self.running
            await device.sign_in()
        return done


@pytest.fixture
async def hospital(tmp_path: Path, database_url: str, request: pytest.FixtureRequest) -> AsyncIterator[Hospital]:
    async def empty_url() -> str:
        if database_url.startswith("sqlite"):
            return f"sqlite+aiosqlite:///{tmp_path}/{new_id('log')}.sqlite3"
        postgres: Postgres = request.getfixturevalue("postgres")
        return postgres.url()

    hospital = Hospital(tmp_path, database_url, empty_url)
    await hospital.open()
    yield hospital
    for device in hospital.devices:
        await device.close()
    await hospital.running.close()


@pytest.fixture
async def people(hospital: Hospital) -> tuple[Device, Device]:
    home = Organisation(hospital.running, "Riverbend", {"ED": make_identifier("tea", bytes(16))}, {"intern": "Intern"})
    await home.register()
    await home.know()
    made = [Device(hospital.running, await home.invite(name, ("intern",)), home) for name in ("Ines", "Theo")]
    hospital.devices = [await device.enrol() for device in made]
    return hospital.devices[0], hospital.devices[1]


async def _shared(ines: Device, theo: Device) -> tuple[str, Any, str]:
    """A thread, a consent to both, and an image under it."""
    thread = await ines.create_thread()
    assert (await ines.commit(thread, adds=[theo])).status == 200
    scope = ines.scope([ines.me, theo.me])
    assert (await ines.record(scope, thread)).status == 200
    disclosure, sent = await ines.attach(thread, scope)
    assert sent.status == 200, sent
    return thread, scope, disclosure


async def test_a_withdrawal_since_the_backup_stays_one(hospital: Hospital, people: tuple[Device, Device]) -> None:
    ines, theo = people
    thread, scope, disclosure = await _shared(ines, theo)
    assert (await theo.open(disclosure)).status == 200
    backup = await hospital.back_up()
    assert (await ines.record(ines.following(scope, decision="withdrawn"))).status == 200
    done = await hospital.set_back(backup, hospital.copy)
    assert done.images == 1
    assert (await theo.open(disclosure)).code == "disclosure_closed"
    assert (await ines.ask(thread, scope)).code in ("consent_superseded", "denied")
    newest = (await ines.call("GET", f"/api/consents/{scope.consent}")).data["versions"][-1]
    assert json.loads(decode_base64url(newest["payload"]))["decision"] == "withdrawn"
    async with hospital.running.server.database.read() as tx:
        row = await hospital.running.server.gate.disclosure(tx, disclosure)
    assert (row.state, row.server_half) == ("destroyed", None)


async def test_an_image_taken_out_since_is_out(hospital: Hospital, people: tuple[Device, Device]) -> None:
    """Its consent stands: only the log tells that it ended."""
    ines, theo = people
    thread, _, disclosure = await _shared(ines, theo)
    backup = await hospital.back_up()
    assert (await ines.call("POST", f"/api/disclosures/{disclosure}/remove", {})).status == 200
    assert (await hospital.set_back(backup, hospital.copy)).images == 1
    assert (await theo.open(disclosure)).code == "disclosure_closed"
    entries = (await theo.call("GET", f"/api/threads/{thread}/log?after=0&limit=500")).data["entries"]
    assert [entry["kind"] for entry in entries][-2:] == ["restored", "tombstone"]


async def test_what_stood_then_and_now_is_there(hospital: Hospital, people: tuple[Device, Device]) -> None:
    ines, theo = people
    thread, _, disclosure = await _shared(ines, theo)
    said = await ines.say(thread)
    backup = await hospital.back_up()
    done = await hospital.set_back(backup, hospital.copy)
    assert (done.images, done.threads) == (0, 1)
    assert (await theo.open(disclosure)).status == 200
    entries = (await theo.call("GET", f"/api/threads/{thread}/log?after=0&limit=500")).data["entries"]
    assert said.data["seq"] in [entry["seq"] for entry in entries]
    blob = next(json.loads(decode_base64url(one["statement"]["payload"]))["blob"]
                for entry in entries for one in entry.get("disclosures", []))  # fmt: skip
    assert (await theo.call("GET", f"/api/blobs/{blob}")).data == b"sealed bytes"


async def test_the_log_goes_on_where_it_stood(hospital: Hospital, people: tuple[Device, Device]) -> None:
    ines, theo = people
    _, _, disclosure = await _shared(ines, theo)
    backup = await hospital.back_up()
    for _ in range(3):
        await theo.open(disclosure)
    before = _head(await ines.call("GET", "/api/log/head"))
    await hospital.set_back(backup, hospital.copy)
    after = _head(await ines.call("GET", "/api/log/head"))
    assert after["size"] >= before["size"]
    assert await hospital.running.server.audit.verify() is None
    path = f"/api/log/consistency?from={before['size']}&to={after['size']}"
    proof = [decode_base64url(node) for node in (await ines.call("GET", path)).data["proof"]]
    roots = [decode_base64url(head["root"]) for head in (before, after)]
    assert verify_consistency(before["size"], after["size"], roots[0], roots[1], proof)


async def test_threads_go_on_at_numbers_that_no_device_has(hospital: Hospital, people: tuple[Device, Device]) -> None:
    ines, theo = people
    thread, _, _ = await _shared(ines, theo)
    backup = await hospital.back_up()
    lost = (await ines.say(thread)).data["seq"]
    await hospital.set_back(backup, hospital.copy)
    said = (await ines.say(thread)).data["seq"]
    page = (await theo.call("GET", f"/api/threads/{thread}/log?after={lost}&limit=500")).data["entries"]
    assert [entry["kind"] for entry in page] == ["restored", "message"]
    assert (page[0]["last"], page[0]["seq"]) == (lost - 1, lost - 1 + RESTORED_GAP)
    assert page[1]["seq"] == said


async def test_a_device_revoked_since_stays_revoked(hospital: Hospital, people: tuple[Device, Device]) -> None:
    ines, theo = people
    await _shared(ines, theo)
    backup = await hospital.back_up()
    assert (await theo.call("POST", f"/api/devices/{theo.device}/revoke", {})).status == 200
    hospital.devices = [ines]
    await hospital.set_back(backup, hospital.copy)
    await theo.close()
    theo.http, theo.running = None, hospital.running
    assert (await theo.sign_in()).code == "device_revoked"
    await theo.close()


async def test_who_left_the_organisation_since_has_left(hospital: Hospital, people: tuple[Device, Device]) -> None:
    ines, theo = people
    _, _, disclosure = await _shared(ines, theo)
    backup = await hospital.back_up()
    await theo.home.attest(theo.person, lasts=1)
    hospital.clock.advance(10)
    await hospital.set_back(backup, hospital.copy)
    assert (await theo.open(disclosure)).status != 200


async def test_a_second_withdrawn_and_a_second_given_since(hospital: Hospital, people: tuple[Device, Device]) -> None:
    """A consent that was recorded after the backup is known; one that was narrowed denies as it did."""
    ines, theo = people
    thread, scope, disclosure = await _shared(ines, theo)
    backup = await hospital.back_up()
    later = ines.scope([ines.me, theo.me])
    assert (await ines.record(later, thread)).status == 200
    narrower = ines.following(scope, recipients=scope.recipients[:1])
    assert (await ines.record(narrower)).status == 200
    await hospital.set_back(backup, hospital.copy)
    assert (await theo.open(disclosure)).code == "disclosure_closed"
    assert (await ines.ask(thread, later)).status == 200
    assert [code for code, _ in (await ines.ask(thread, narrower)).reasons] == ["person_not_covered"]


async def test_without_a_copy_of_the_log_every_image_ends(hospital: Hospital, people: tuple[Device, Device]) -> None:
    ines, theo = people
    _, _, disclosure = await _shared(ines, theo)
    backup = await hospital.back_up()
    done = await hospital.set_back(backup, None)
    assert done.images == 1
    assert (await theo.open(disclosure)).code == "disclosure_closed"


async def test_a_permission_asked_before_is_not_used_after(hospital: Hospital, people: tuple[Device, Device]) -> None:
    ines, theo = people
    thread, scope, _ = await _shared(ines, theo)
    asked = await ines.ask(thread, scope)
    backup = await hospital.back_up()
    await hospital.set_back(backup, hospital.copy)
    assert (await ines.upload(asked.data["blob"], b"late")).status in (404, 409)


@pytest.mark.parametrize("harm", ["manifest", "table", "gap", "other", "short", "entry"])
async def test_what_is_not_whole_is_refused_and_nothing_is_kept(
    hospital: Hospital, people: tuple[Device, Device], harm: str
) -> None:
    ines, theo = people
    await _shared(ines, theo)
    backup = await hospital.back_up()
    await ines.record(ines.scope([ines.me]))
    lines = hospital.copy.read_bytes().splitlines(keepends=True)
    if harm == "manifest":
        (backup / "backup.json").unlink()
    elif harm == "table":
        with (backup / "tables" / "consents.jsonl").open("ab") as file:
            file.write(b"[]\n")
    elif harm == "gap":
        hospital.copy.write_bytes(b"".join(lines[:2] + lines[3:]))
    elif harm == "other":
        hospital.copy.write_bytes(lines[0].replace(b'"log_', b'"log_x')[: len(lines[0])] + b"".join(lines[1:]))
    elif harm == "short":
        hospital.copy.write_bytes(b"".join(lines[:3]))
    else:
        last = len(lines) - 2
        changed = lines[last].replace(b'\\"outcome\\":\\"', b'\\"outcome\\":\\"x')
        hospital.copy.write_bytes(b"".join([*lines[:last], changed, *lines[last + 1 :]]))
    with pytest.raises(ConfigError):
        await hospital.restore(backup, hospital.copy)
    database = Database(hospital.url)
    await upgrade_database(database)
    from sqlalchemy import func, select

    from inscope_server.accounts.tables import people as stored

    async with database.read() as tx:
        assert (await tx.first(select(func.count()).select_from(stored)))[0] == 0
    await database.close()
    await hospital.open_anew()


def _head(answer: Any) -> Any:
    return json.loads(decode_base64url(answer.data["head"]["payload"]))


def _exchange(copy: Path, seq: int, statement: Any) -> None:
    """Another statement beside the same entry: who can write the copy needs no key for that."""
    lines = copy.read_bytes().splitlines(keepends=True)
    line = json.loads(lines[seq])
    line["statements"] = [] if statement is None else [statement]
    lines[seq] = json.dumps(line).encode() + b"\n"
    copy.write_bytes(b"".join(lines))


@pytest.mark.parametrize("other", ["another consent", "signed by nobody", "a wider one", "none"])
async def test_a_statement_that_is_not_the_entrys_is_refused(
    hospital: Hospital, people: tuple[Device, Device], other: str
) -> None:
    ines, theo = people
    _, scope, _ = await _shared(ines, theo)
    genuine = envelope_object(sign("consent", ines.scope([ines.me]), ines.device, ines.seed))
    backup = await hospital.back_up()
    withdrawn = ines.following(scope, decision="withdrawn")
    assert (await ines.record(withdrawn)).status == 200
    wider = replace(withdrawn, decision="given", purposes=("direct-care-advice", "teaching"))
    statement = {
        "another consent": genuine,
        "signed by nobody": envelope_object(sign("consent", withdrawn, ines.device, bytes(32))),
        "a wider one": envelope_object(sign("consent", wider, ines.device, bytes(32))),
        "none": None,
    }[other]
    _exchange(hospital.copy, len(hospital.copy.read_bytes().splitlines()) - 1, statement)
    with pytest.raises(ConfigError, match="does not fit"):
        await hospital.restore(backup, hospital.copy)
    await hospital.open_anew()


async def test_a_version_by_a_device_of_later_leaves_nothing_to_rest_on(
    hospital: Hospital, people: tuple[Device, Device]
) -> None:
    """Nobody here can tell who signed it: the consent is forgotten, and its images end."""
    ines, theo = people
    thread, scope, disclosure = await _shared(ines, theo)
    backup = await hospital.back_up()
    lena = await Device(hospital.running, await ines.home.invite("Lena", ("intern",)), ines.home).enrol()
    assert (await ines.commit(thread, adds=[lena])).code == "members_not_covered"
    wider = ines.following(scope, recipients=(*scope.recipients, PersonRecipient(lena.me)))
    assert (await ines.record(wider)).status == 200
    later = lena.following(wider, valid_until=wider.valid_until - 1000)
    assert (await lena.record(later)).status == 200
    await lena.close()
    await hospital.set_back(backup, hospital.copy)
    assert (await theo.open(disclosure)).code == "disclosure_closed"
    assert [code for code, _ in (await ines.ask(thread, later)).reasons] == ["consent_missing"]


@pytest.mark.parametrize("harm", ["gone", "other bytes", "a link to elsewhere", "a folder that is a link"])
async def test_images_that_are_not_those_of_the_backup_are_refused(
    hospital: Hospital, people: tuple[Device, Device], harm: str
) -> None:
    await _shared(*people)
    backup = await hospital.back_up()
    (piece,) = [path for path in (backup / "images").rglob("*") if path.is_file()]
    held = piece.read_bytes()
    elsewhere = hospital.folder / "elsewhere" / piece.parent.name
    elsewhere.mkdir(parents=True)
    (elsewhere / piece.name).write_bytes(held)
    piece.unlink()
    if harm == "other bytes":
        piece.write_bytes(bytes(len(held)))
    elif harm == "a link to elsewhere":
        piece.symlink_to(elsewhere / piece.name)
    elif harm == "a folder that is a link":
        piece.parent.rmdir()
        piece.parent.symlink_to(elsewhere)
    with pytest.raises(ConfigError, match="sealed image"):
        await hospital.restore(backup, hospital.copy)
    await hospital.open_anew()


async def test_a_restore_that_fails_can_be_done_again(
    hospital: Hospital, people: tuple[Device, Device], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, theo = people
    _, _, disclosure = await _shared(*people)
    backup = await hospital.back_up()
    await hospital.running.close()
    hospital.url = await hospital.empty_url()
    shutil.rmtree(hospital.folder / "blobs")
    config = replace(hospital.running.server.config, database_url=hospital.url)
    for fails in (True, False):
        server = Server(config, Clock(now=hospital.clock.now))
        with monkeypatch.context() as broken:
            if fails:
                broken.setattr(server.blobs, "put", refuses)
                with pytest.raises(Refusal):
                    await restore(server, backup, hospital.copy)
            else:
                await restore(server, backup, hospital.copy)
        await server.database.close()
    await hospital.open()
    await theo.close()
    theo.http, theo.running = None, hospital.running
    assert (await theo.sign_in()).status == 200
    assert (await theo.open(disclosure)).status == 200


async def refuses(*_: Any) -> None:
    raise Refusal("storage_full")


def test_all_images_are_not_ended_beside_a_copy_of_the_log(tmp_path: Path) -> None:
    copy, settings = tmp_path / "copy", tmp_path / "inscope.toml"
    copy.write_bytes(b"")
    LogKey.open(tmp_path / "data" / "log_key")
    settings.write_text(f'data_dir = "{tmp_path}/data"\nlog_copy_file = "{copy}"\n')
    with pytest.raises(SystemExit, match=rf"no image need end: --log-copy {copy}; .* move it away first"):
        cli.main(["--config", str(settings), "restore", str(tmp_path / "backup"), "--end-all-images"])


@pytest.mark.parametrize(
    ("more", "why"), [([], "with another key than it has now"), (["--without-authority"], "which was not asked")]
)
def test_how_many_consents_are_forgotten_is_told_and_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], more: list[str], why: str
) -> None:
    settings = tmp_path / "inscope.toml"
    LogKey.open(tmp_path / "data" / "log_key")
    settings.write_text(f'data_dir = "{tmp_path}/data"\n')
    words = ["--config", str(settings), "restore", str(tmp_path), "--log-copy", str(tmp_path / "copy"), *more]
    for forgotten in (0, 2):
        monkeypatch.setattr(
            "inscope_server.keeping.command.on_server", lambda *_, count=forgotten: Restored(5, 3, 1, count)
        )
        cli.main(words)
        told = capsys.readouterr().out
        assert ("2 consents are forgotten" in told, why in told) == (bool(forgotten), bool(forgotten))
