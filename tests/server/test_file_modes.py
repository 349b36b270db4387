"""What the server writes is for its own user alone, also in a folder that was there before it."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

from servers.process import answers, free_port

ROOT = Path(__file__).resolve().parents[2]


def test_files_in_a_folder_that_others_may_read(tmp_path: Path) -> None:
    data, port = tmp_path / "data", free_port()
    data.mkdir(mode=0o755)
    environment = {**os.environ, "INSCOPE_DATA_DIR": str(data), "INSCOPE_PORT": str(port)}
    command = [sys.executable, "-m", "inscope_server"]
    before = os.umask(0o022)
    try:
        subprocess.run([*command, "migrate"], env=environment, cwd=ROOT, check=True, capture_output=True, timeout=60)
        server = subprocess.Popen([*command, "serve"], env=environment, cwd=ROOT, stderr=subprocess.DEVNULL)
        try:
            ends = time.monotonic() + 30
            while not answers(port) and time.monotonic() < ends:
                time.sleep(0.05)
            written = {path.name: stat.S_IMODE(path.stat().st_mode) for path in data.rglob("*")}
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(20)
    finally:
        os.umask(before)
    assert {"inscope.sqlite3", "inscope.sqlite3-wal", "log_key", "authority_key", "blobs"} <= set(written)
    assert {name for name, mode in written.items() if mode & 0o077} == set()
