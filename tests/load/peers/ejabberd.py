"""ejabberd, as Debian has it: accounts, archives and vCards in PostgreSQL, which its documentation asks for."""

from __future__ import annotations

import json
import os
import pwd
from pathlib import Path

from servers.process import answers, end, free_port

from ..crowd import name_of
from ..serving import serve
from .database import connect, database
from .xmpp import HOST, PASSWORD, XmppLine, user
from .xmpp_system import FILES, GROUPS, XmppSystem

TABLES = Path("/usr/share/ejabberd/sql/pg.sql")
LIBRARIES = "/usr/lib/x86_64-linux-gnu"
SEARCH = "<query xmlns='jabber:iq:search'><x xmlns='jabber:x:data' type='submit'>{}{}</x></query>"
FIELD = "<field var='{}'><value>{}</value></field>"


def settings(folder: Path, port: int, http: int, database_port: int, database_name: str) -> dict[str, object]:
    """YAML takes JSON. Nothing is limited that would only slow the load down."""
    here = {"ip": "127.0.0.1", "backlog": 4096}
    sql = {"db_type": "sql"}
    files = {"docroot": str(folder / "files"), "put_url": f"http://127.0.0.1:{http}/upload", "host": FILES}
    files |= {"access": "all", "max_size": 10_485_760, "dir_mode": "0700", "thumbnail": False}
    return {
        "hosts": [HOST], "loglevel": "error", "auth_method": ["sql"], "auth_password_format": "plain",
        "default_db": "sql", "sql_type": "pgsql", "sql_server": "127.0.0.1", "sql_port": database_port,
        "sql_database": database_name, "sql_username": "postgres", "sql_pool_size": 4,
        "listen": [
            {**here, "port": port, "module": "ejabberd_c2s", "starttls": False, "max_stanza_size": 262_144},
            {**here, "port": http, "module": "ejabberd_http", "request_handlers": {"/upload": "mod_http_upload"}},
        ],
        "acl": {"local": {"user_regexp": ""}},
        "modules": {
            "mod_disco": {}, "mod_stream_mgmt": {"max_ack_queue": "infinity", "resume_timeout": 0},
            "mod_mam": {**sql, "default": "always", "assume_mam_usage": True},
            "mod_muc": {"host": GROUPS, "access_create": "all", "db_type": "mnesia", "max_users": 1000,
                        "min_message_interval": 0, "history_size": 0, "max_user_conferences": 1000,
                        "default_room_options": {"mam": True, "persistent": True}},
            "mod_vcard": {"search": True, "matches": 20, "host": f"vjud.{HOST}"}, "mod_http_upload": files,
        },
    }  # fmt: skip


class Ejabberd(XmppSystem):
    name, promise = "ejabberd", "handled, and in the archive: PostgreSQL, fsync=on"

    async def start(self, folder: Path, people: int) -> None:
        self.port, http, self.groups, self.made = free_port(), free_port(), {}, set()
        self.postgres, name = await database(self.meter, TABLES.read_text("utf-8"))
        await self._fill(people)
        said = settings(folder, self.port, http, self.postgres.port, name)
        (folder / "ejabberd.yml").write_text(json.dumps(said), "utf-8")
        for place in ("mnesia", "files"):
            (folder / place).mkdir()
        owner = pwd.getpwnam("ejabberd")
        for path in (folder, *folder.rglob("*")):
            os.chown(path, owner.pw_uid, owner.pw_gid)
        environment = {"EJABBERD_CONFIG_PATH": str(folder / "ejabberd.yml"), "ERL_LIBS": LIBRARIES, "HOME": str(folder)}
        environment |= {"EJABBERD_LOG_PATH": str(folder / "ejabberd.log"), "ERL_CRASH_DUMP": str(folder / "crash")}
        # Kernel polling and limits as ejabberdctl gives them; schedulers for the one core, which then need not spin.
        command = ["erl", "-noinput", "+K", "true", "+P", "250000", "+S", "1:1", "+sbwt", "none"]
        command += ["-mnesia", "dir", f'"{folder}/mnesia"', "-s", "ejabberd"]
        identity = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": [], "cwd": folder}
        both = lambda: answers(self.port) and answers(http)  # noqa: E731
        self.process = await serve(command, both, folder / "log", environment=environment, **identity)
        self.meter.watch(self.process.pid)

    async def _fill(self, people: int) -> None:
        connection = await connect(self.postgres)
        rows = [(user(person), PASSWORD) for person in range(people)]
        await connection.copy_records_to_table("users", records=rows, columns=["username", "password"])
        names = [column["column_name"] for column in await connection.fetch(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'vcard_search'")]  # fmt: skip
        cards = [_card(names, person) for person in range(people)]
        await connection.copy_records_to_table("vcard_search", records=cards, columns=names)
        await connection.execute("ANALYZE")
        await connection.close()

    async def search(self, person: int, text: str) -> int:
        """By a family name that begins so."""
        line = self.asker = getattr(self, "asker", None) or await XmppLine.open(self.port, person)
        form = FIELD.format("FORM_TYPE", "jabber:iq:search"), FIELD.format("last", f"{text}*")
        answer = await line.ask("set", SEARCH.format(*form), f"vjud.{HOST}")
        return sum(name == "item" for name, _ in answer.elements)

    async def stop(self) -> None:
        await self.close_clients()
        if self.process is not None:
            end(self.process, kill=True)
        self.postgres.close()


def _card(columns: list[str], person: int) -> tuple[str, ...]:
    """What ejabberd keeps of a vCard to search in: each part as it is, and in small letters (`l…`)."""
    given, family, _ = name_of(person).split()
    known = {"username": user(person), "fn": name_of(person), "family": family, "given": given}
    known |= {f"l{key}": value.lower() for key, value in known.items()}
    return tuple(known.get(column, "") for column in columns)
