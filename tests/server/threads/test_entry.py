"""An entry of the log as every recipient gets it: written in one go, and as if each field had been spelt by itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from inscope_protocol.encoding import encode_base64url
from inscope_server.threads import entry
from world.device import new_id

THREAD, DEVICE, MESSAGE = new_id("thr"), new_id("dev"), new_id("msg")
SHOWN = [{"disclosure": new_id("dis"), "statement": {"payload": "a+b/c==", "signatures": []}}]


@pytest.mark.parametrize("mls", [bytes(range(256)) * 3, b"\xfb\xef\xbe\xff", *(b"\xff" * size for size in range(1, 8))])
def test_a_message_is_spelt_as_base64url_and_its_statements_stay_as_they_are(mls: bytes) -> None:
    row = entry.message_row(THREAD, 7, 1_700_000_000_000, DEVICE, 3, MESSAGE, mls, SHOWN)
    told = json.loads(bytes(entry.as_json(row)))
    assert told == {
        "thread": THREAD, "seq": 7, "at": 1_700_000_000_000, "kind": "message", "device": DEVICE, "epoch": 3,
        "message": MESSAGE, "mls": encode_base64url(mls), "disclosures": SHOWN,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (entry.commit_row(THREAD, 1, 2, DEVICE, 0, b"\xff", [DEVICE], []),
         {"kind": "commit", "device": DEVICE, "epoch": 0, "mls": "_w", "adds": [DEVICE], "removes": []}),
        (entry.tombstone_row(entry.Tombstone(THREAD, "dis", "img", "live", "a/b"), 1, 2),
         {"kind": "tombstone", "disclosure": "dis", "image": "img", "state": "live", "code": "a/b"}),
        (entry.restored_row(THREAD, 1, 2, 0, 0), {"kind": "restored", "epoch": 0, "last": 0}),
    ],
    ids=["commit", "tombstone", "restored"],
)  # fmt: skip
def test_what_an_entry_does_not_have_is_not_in_it(row: dict[str, Any], told: dict[str, Any]) -> None:
    assert json.loads(bytes(entry.as_json(row))) == {"thread": THREAD, "seq": 1, "at": 2, **told}
    assert entry.encoded(*(row[name] for name in entry.COLUMNS)) == entry.as_json(row)
