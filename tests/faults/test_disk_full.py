"""No room: a clean refusal, nothing half there, and the same again once there is some. The kernel itself refuses.

RLIMIT_FSIZE stands for a full disk: every write of the process into a file fails. PostgreSQL's own disk stays as it is.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from random import Random

from faults.hospital import opened
from faults.mischief import ROOM
from faults.proof import files, prove
from inscope_protocol.encoding import encode_base64url
from world import mls
from world.device import new_id


async def test_a_message(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(tmp_path, sqlite_url, Random(1)) as (hospital, crowd):
        by, thread, message = crowd.members[0], crowd.threads[0], new_id("msg")
        raw = encode_base64url(mls.private_message(thread, 1, message, []))
        body = {"message": message, "epoch": 1, "mls": raw, "disclosures": []}
        send = partial(by.call, "POST", f"/api/threads/{thread}/messages", body)
        hospital.served[0].limit_files(0)
        refused = await send()
        assert (refused.status, refused.code) == (503, "server_busy")
        assert (await by.thread(thread))["head"] == 1, "what is there is read all the same"
        hospital.served[0].limit_files(ROOM)
        answer = await send()
        assert (answer.status, answer.data["seq"]) == (200, 2)
        crowd.ledger.message(thread, 2, message, 0)
        await prove(hospital, crowd)


async def test_an_image(database_url: str, tmp_path: Path) -> None:
    async with opened(tmp_path, database_url, Random(1)) as (hospital, crowd):
        by, thread = crowd.members[0], crowd.threads[0]
        scope = by.scope([device.me for device in crowd.members])
        crowd.ledger.scopes[scope.consent] = scope
        await crowd.record(by, scope, thread)
        answer = await by.ask(thread, scope)
        image = crowd.granted(by, thread, scope, answer)
        hospital.served[0].limit_files(0)
        refused = await by.upload(image.blob, image.data)
        assert refused.code == "storage_full"
        assert not files(hospital.folder / "blobs")
        hospital.served[0].limit_files(ROOM)
        assert (await by.offset(image.blob)).data["Upload-Offset"] == "0"
        await crowd.attach(by, image, answer)
        assert image.seq is not None
        await prove(hospital, crowd)
