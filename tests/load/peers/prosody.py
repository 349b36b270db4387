"""Prosody, as Debian has it: archives on, in its own storage, which is its default and its fastest."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from servers.process import answers, end, free_port

from ..serving import serve
from .xmpp import HOST, PASSWORD, user
from .xmpp_system import FILES, GROUPS, XmppSystem

SETTINGS = """
pidfile = "{folder}/pid"; data_path = "{folder}/data"; daemonize = false; network_backend = "epoll"
network_settings = {{ tcp_backlog = 4096 }}
log = {{ warn = "{folder}/words" }}
modules_enabled = {{ "saslauth", "disco", "mam", "smacks", "posix" }}
modules_disabled = {{ "s2s" }}
interfaces = {{ "127.0.0.1" }}; c2s_ports = {{ {port} }}
c2s_require_encryption = false; allow_unencrypted_plain_auth = true
http_ports = {{ {http} }}; http_interfaces = {{ "127.0.0.1" }}; https_ports = {{}}
http_external_url = "http://127.0.0.1:{http}/"
authentication = "internal_plain"; storage = "internal"
default_archive_policy = true; archive_expires_after = "never"; max_archive_query_results = 500
smacks_max_queue_size = 100000
muc_log_by_default = true; muc_log_expires_after = "never"; archive_store_limit = 1000000
limits = {{}}
VirtualHost "{host}"
Component "{groups}" "muc"
  modules_enabled = {{ "muc_mam" }}
  restrict_room_creation = false; muc_room_default_persistent = true
Component "{files}" "http_file_share"
  http_host = "127.0.0.1"; http_file_share_size_limit = 10485760; http_file_share_daily_quota = 1073741824000
  http_file_share_global_quota = 1073741824000; http_file_share_access = {{ "{host}" }}
"""


class Prosody(XmppSystem):
    name, promise, page = "Prosody", "handled, and appended to its archive's file, which is not synced", 500

    async def start(self, folder: Path, people: int) -> None:
        self.port, http, self.groups, self.made = free_port(), free_port(), {}, set()
        places = {"folder": folder, "port": self.port, "http": http, "host": HOST, "groups": GROUPS, "files": FILES}
        (folder / "prosody.cfg.lua").write_text(SETTINGS.format(**places), "utf-8")
        accounts = folder / "data" / HOST / "accounts"
        accounts.mkdir(parents=True)
        for person in range(people):
            (accounts / f"{user(person)}.dat").write_text(f'return {{ ["password"] = "{PASSWORD}"; }};\n', "utf-8")
        owner = pwd.getpwnam("prosody")
        for path in (folder, *folder.rglob("*")):
            os.chown(path, owner.pw_uid, owner.pw_gid)
        command = ["prosody", "--config", str(folder / "prosody.cfg.lua"), "-F"]
        identity = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": [], "cwd": folder}
        both = lambda: answers(self.port) and answers(http)  # noqa: E731
        self.process = await serve(command, both, folder / "log", **identity)
        self.meter.watch(self.process.pid)

    async def stop(self) -> None:
        await self.close_clients()
        if self.process is not None:
            end(self.process)
