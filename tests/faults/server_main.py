"""The server, composed as `inscope serve` composes it, with a fuse: a line on standard input lights it.

FAULTS_SKEW: milliseconds by which this process's clock is ahead; FAULTS_SWEEP: seconds between sweeps.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

import uvloop

import inscope_server.app
from faults.instants import Fuse
from inscope_server.app import Server
from inscope_server.clock import Clock, system_now
from inscope_server.config import Config, load
from inscope_server.observing.logs import start_log
from inscope_server.web.http_server import serve


async def _serve(config: Config, skew: int) -> None:
    server, fuse = Server(config, Clock(now=lambda: system_now() + skew)), Fuse()
    fuse.lay(server)
    asyncio.get_running_loop().add_reader(sys.stdin, lambda: _obey(fuse))
    await serve(server.application(), config.host, config.port, server.drain)


def _obey(fuse: Fuse) -> None:
    line = sys.stdin.readline()
    if line:
        fuse.light(*json.loads(line))
    else:  # Who started this process is gone.
        os._exit(1)


def main() -> None:
    inscope_server.app.SWEEP_SECONDS = float(os.environ["FAULTS_SWEEP"])
    os.umask(0o077)
    config = load(None)
    start_log(config.log_format)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(_serve(config, int(os.environ["FAULTS_SKEW"])))


if __name__ == "__main__":
    main()
