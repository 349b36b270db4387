"""The log's key: one for all processes, whoever comes first, and never another by mistake."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from inscope_protocol.statements import verify
from inscope_server.audit.log_key import LogKey
from inscope_server.audit.service import Audit
from inscope_server.clock import Clock
from inscope_server.config import Config, ConfigError
from server.audit.ledger import Ledger

OPEN = """
import sys, time
from pathlib import Path
from inscope_server.audit.log_key import LogKey
while time.time() < float(sys.argv[2]): pass
key = LogKey.open(Path(sys.argv[1]))
print(key.log, key.public.hex())
"""


def test_it_is_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "log_key"
    made, again = LogKey.open(path), LogKey.open(path)
    assert (made.log, made.public) == (again.log, again.public)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == ["log_key"]
    head = verify(again.sign_head(3, bytes(32), 5), "tree-head", made.log, made.public)
    assert (head.log, head.size, head.at) == (made.log, 3, 5)  # type: ignore[union-attr]


def test_processes_that_start_at_once_have_one_key(tmp_path: Path) -> None:
    import time

    start = str(time.time() + 1.0)
    command = [sys.executable, "-c", OPEN, str(tmp_path / "log_key"), start]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    told = {process.communicate(timeout=60)[0] for process in processes}
    assert len(told) == 1
    assert all(process.returncode == 0 for process in processes)
    assert os.listdir(tmp_path) == ["log_key"]


@pytest.mark.parametrize("held", ["", "{}", "[]", '{"log":"log_x","seed":"x"}', '{"log":1,"seed":2}', "\x00"])
def test_a_file_that_holds_no_key_is_named_by_its_setting(tmp_path: Path, held: str) -> None:
    (tmp_path / "log_key").write_text(held)
    with pytest.raises(ConfigError, match="log_key_file"):
        LogKey.open(tmp_path / "log_key")


def test_a_key_of_another_length_is_none(tmp_path: Path) -> None:
    LogKey.open(tmp_path / "log_key")
    held = json.loads((tmp_path / "log_key").read_text())
    (tmp_path / "log_key").write_text(json.dumps({**held, "seed": held["seed"][:-3]}))
    with pytest.raises(ConfigError, match="log_key_file"):
        LogKey.open(tmp_path / "log_key")


def test_it_lies_in_the_data_folder_or_where_the_setting_says(tmp_path: Path) -> None:
    assert Config(data_dir=str(tmp_path)).log_key == tmp_path / "log_key"
    assert Config(data_dir=str(tmp_path), log_key_file="/etc/inscope/log_key").log_key == Path("/etc/inscope/log_key")


async def test_a_database_is_served_with_the_key_it_began_with(ledger: Ledger, tmp_path: Path) -> None:
    await ledger.audit.settle_key()
    await ledger.audit.settle_key()
    other = Audit(ledger.database, Clock(), LogKey.open(tmp_path / "other_key"))
    with pytest.raises(ConfigError, match="log_key_file"):
        await other.settle_key()
    await ledger.audit.settle_key()
