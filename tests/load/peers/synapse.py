"""Synapse, from PyPI, on PostgreSQL, as its documentation asks for; one process."""

from __future__ import annotations

import asyncio
import json
import secrets
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp

from servers.process import end, free_port

from ..crowd import name_of
from ..serving import serve
from ..system import BODY, System
from .database import connect, database
from .matrix import API, MatrixLine

PYTHON = Path("data/peers/synapse/bin/python")
SERVER = "localhost"
MUCH = {"per_second": 1e6, "burst_count": 1_000_000}
LOG = {
    "version": 1,
    "handlers": {"out": {"class": "logging.StreamHandler"}},
    "root": {"level": "ERROR", "handlers": ["out"]},
}
COLUMNS = {
    "users": ("name", "creation_ts"),
    "profiles": ("user_id", "displayname", "full_user_id"),
    "devices": ("user_id", "device_id"),
    "access_tokens": ("id", "user_id", "device_id", "token"),
    "user_directory": ("user_id", "display_name"),
}
VECTORS = (
    "INSERT INTO user_directory_search SELECT user_id, setweight(to_tsvector('simple', user_id), 'A')"
    " || setweight(to_tsvector('simple', display_name), 'B') FROM user_directory"
)


def full(person: int) -> str:
    return f"@p{person}:{SERVER}"


def settings(folder: Path, port: int, database_port: int, name: str) -> dict[str, Any]:
    """YAML takes JSON. Nothing is limited that would only slow the load down."""
    rooms = {"local": MUCH, "remote": MUCH}
    arguments = {"host": "127.0.0.1", "port": database_port, "user": "postgres", "dbname": name, "cp_max": 10}
    return {
        "server_name": SERVER, "pid_file": str(folder / "pid"), "report_stats": False, "trusted_key_servers": [],
        "signing_key_path": str(folder / "key"), "media_store_path": str(folder / "media"),
        "log_config": str(folder / "log.json"), "presence": {"enabled": False},
        "listeners": [{"port": port, "type": "http", "bind_addresses": ["127.0.0.1"],
                       "resources": [{"names": ["client"], "compress": False}]}],
        "database": {"name": "psycopg2", "args": {**arguments, "cp_min": 5}},
        "user_directory": {"enabled": True, "search_all_users": True}, "macaroon_secret_key": "bench",
        "rc_message": MUCH, "rc_joins": rooms, "rc_joins_per_room": MUCH, "rc_media_create": MUCH,
        "rc_room_creation": MUCH,
        "max_upload_size": "50M", "url_preview_enabled": False,
    }  # fmt: skip


class Synapse(System):
    name, promise, share = "Synapse", "committed to PostgreSQL, fsync=on", 0.05

    async def start(self, folder: Path, people: int) -> None:
        port = free_port()
        self.postgres, name = await database(self.meter)
        (folder / "log.json").write_text(json.dumps(LOG), "utf-8")
        said = json.dumps(settings(folder, port, self.postgres.port, name))
        (folder / "homeserver.yaml").write_text(said, "utf-8")
        command = [str(PYTHON.absolute()), "-m", "synapse.app.homeserver", "-c", str(folder / "homeserver.yaml")]
        subprocess.run([*command, "--generate-keys"], check=True, capture_output=True, cwd=folder)  # noqa: ASYNC221
        self.process = await serve(command, port, folder / "log", cwd=folder)
        self.meter.watch(self.process.pid)
        self.http = aiohttp.ClientSession(f"http://127.0.0.1:{port}", connector=aiohttp.TCPConnector(limit=0))
        await self._fill(people)

    async def _fill(self, people: int) -> None:
        """Rows, as a registration leaves them; the tables are there once the server answers."""
        self.tokens = [secrets.token_hex(20) for _ in range(people)]
        now, connection = int(time.time()), await connect(self.postgres)
        rows: dict[str, list[Any]] = {table: [] for table in COLUMNS}
        for person, token in enumerate(self.tokens):
            rows["users"].append((full(person), now))
            rows["profiles"].append((f"p{person}", name_of(person), full(person)))
            rows["devices"].append((full(person), f"D{person}"))
            rows["access_tokens"].append((1000 + person, full(person), f"D{person}", token))
            rows["user_directory"].append((full(person), name_of(person)))
        for table, columns in COLUMNS.items():
            await connection.copy_records_to_table(table, records=rows[table], columns=columns)
        await connection.execute(VECTORS)
        await connection.execute("ANALYZE")
        await connection.close()

    async def ask(self, person: int, method: str, path: str, body: Any = None) -> Any:
        return await MatrixLine(self.http, self.tokens[person]).ask(method, path, body)

    async def connect(self, person: int) -> MatrixLine:
        """A device that comes back knows where it stood: its first `/sync` is from there on."""
        return await MatrixLine.open(self.http, self.tokens[person])

    async def room(self, members: list[int]) -> str:
        made = await self.ask(members[0], "POST", "/createRoom", {"preset": "public_chat"})
        room = str(made["room_id"])
        for person in members[1:]:
            await self.ask(person, "POST", f"/join/{quote(room)}", {})
        return room

    def message(self, person: int, room: str) -> Any:
        path = f"/rooms/{quote(room)}/send/m.room.message/{secrets.token_hex(8)}"
        return path, {"msgtype": "m.text", "body": secrets.token_hex(BODY // 2)}

    async def catch_up(self, person: int, room: str) -> int:
        count, start = 0, ""
        while True:
            page = await self.ask(person, "GET", f"/rooms/{quote(room)}/messages?dir=b&limit={self.page}{start}")
            count += sum(event["type"] == "m.room.message" for event in page["chunk"])
            if "end" not in page or not page["chunk"]:
                return count
            start = f"&from={page['end']}"

    async def search(self, person: int, text: str) -> int:
        found = await self.ask(person, "POST", "/user_directory/search", {"search_term": text, "limit": 20})
        return len(found["results"])

    async def upload(self, person: int, data: bytes) -> str:
        headers = {"Authorization": f"Bearer {self.tokens[person]}", "Content-Type": "application/octet-stream"}
        async with self.http.post("/_matrix/media/v3/upload", data=data, headers=headers) as response:
            return str((await response.json())["content_uri"]).removeprefix("mxc://")

    async def download(self, person: int, what: Any) -> int:
        headers = {"Authorization": f"Bearer {self.tokens[person]}"}
        async with self.http.get(f"/_matrix/client/v1/media/download/{what}", headers=headers) as response:
            return len(await response.read())

    async def stop(self) -> None:
        await self.http.close()
        await asyncio.to_thread(end, self.process)
        self.postgres.close()


__all__ = ["API", "Synapse"]
