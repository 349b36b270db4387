"""Server processes as operators run them, over one PostgreSQL, one Valkey and one S3 store."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from inscope_server.app import Server
from inscope_server.config import Config
from servers.postgres import Postgres
from servers.process import answers, free_port, wait_until
from servers.s3 import S3
from servers.valkey import Valkey
from world.running import CLIENT, POLICIES, ROOT, SHEETS

SERVE = [sys.executable, "-m", "inscope_server", "serve"]
ORIGIN = "http://localhost:1"
"""What people type, were there a balancer: the same for all processes."""


class Process:
    """One `inscope serve`. It is still starting once it is made."""

    def __init__(self, name: str, settings: dict[str, Any], environment: dict[str, str]) -> None:
        self.port = free_port()
        self.origin = f"http://localhost:{self.port}"
        values = {f"INSCOPE_{key.upper()}": str(value) for key, value in {**settings, "port": self.port}.items()}
        self.log = Path(settings["data_dir"]) / f"{name}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                SERVE, env={**os.environ, **environment, **values}, cwd=ROOT, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def wait(self) -> None:
        """Returns once it answers."""
        wait_until(lambda: answers(self.port), self.process, self.log, 120)

    @property
    def runs(self) -> bool:
        return self.process.poll() is None

    def drain(self) -> None:
        """The sign to end; what was accepted is finished first."""
        self.process.send_signal(signal.SIGTERM)

    def close(self) -> None:
        if self.runs:
            self.process.kill()
        self.process.wait()


class Cluster:
    """`url`: a database with a schema. `start` adds a process."""

    def __init__(self, folder: Path, url: str, s3: S3, valkey: Valkey) -> None:
        self.url, self.environment, self.valkey = url, s3.environment, valkey
        self.settings: dict[str, Any] = {
            "data_dir": folder, "database_url": url, "blob_url": f"{s3.url}/{folder.name}", "redis_url": valkey.url,
            "public_origin": ORIGIN, "client_dir": CLIENT, "sheets_dir": SHEETS, "policies_dir": POLICIES,
        }  # fmt: skip
        self.processes: list[Process] = []

    def start(self, count: int = 1) -> list[Process]:
        fresh = [Process(f"process-{len(self.processes) + n}", self.settings, self.environment) for n in range(count)]
        self.processes += fresh
        for one in fresh:
            one.wait()
        return fresh

    def desk(self) -> Server:
        """The server's parts in the test's own process, which hears and serves nobody: for what operators do."""
        settings = {key: str(value) for key, value in self.settings.items()}
        return Server(Config(**{**settings, "blob_url": f"file://{self.settings['data_dir']}/none"}))

    def close(self) -> None:
        for one in self.processes:
            one.close()


def opened(folder: Path, postgres: Postgres, template: str, s3: S3, valkey: Valkey) -> Cluster:
    """No process yet."""
    return Cluster(folder, postgres.url(template), s3, valkey)
