"""A thousand devices that come back at once: none is turned away, or waits for a place to wait in."""

from __future__ import annotations

import asyncio
import resource
import socket
import subprocess
import sys
from contextlib import ExitStack

from world.running import Running

MANY = 600
PATIENCE_SECONDS = 0.9
"""The system tries a connection that found no room a second time after one second (RFC 6298, 2.1)."""


async def test_many_find_room_while_the_process_is_busy(server: Running) -> None:
    port = server.server.config.port
    with ExitStack() as connections:
        for _ in range(MANY):  # Nothing is accepted meanwhile: the server's loop is this one, which stands still.
            came = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
            connections.enter_context(came)
        await asyncio.sleep(0)


def test_a_process_takes_as_many_files_as_it_may_have() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    program = (
        "import resource; from inscope_server import app, open_files;"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, resource.getrlimit(resource.RLIMIT_NOFILE)[1]));"
        "app.asyncio.Runner = lambda **_: exit(print(resource.getrlimit(resource.RLIMIT_NOFILE)[0]));"
        "app.run(app.Config())"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert said.stdout.strip() == str(most), said.stderr
