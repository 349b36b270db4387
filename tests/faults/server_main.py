"""A nursery: loads the server's code once, then runs the server in a child, and in the next when that was killed.

A child is the server as `inscope serve` composes it, with a fuse. On standard output: `began PROCESS`, `ended CODE` of
each child, as subprocess has codes. On standard input: [process, instant, passing] lights that child's fuse; at its end
both end.
FAULTS_SKEW: milliseconds by which the clock is ahead; FAULTS_SWEEP: seconds between sweeps.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time

import uvloop

import inscope_server.app
from faults.instants import Fuse
from inscope_server.app import Server
from inscope_server.clock import Clock, system_now
from inscope_server.config import Config, load
from inscope_server.observing.logs import start_log
from inscope_server.web.address import Address
from inscope_server.web.http_server import serve

PAUSE = 0.2
"""Seconds before a child that could not start is followed by another, as a supervisor has them."""


async def _serve(config: Config, skew: int) -> None:
    server, fuse = Server(config, Clock(now=lambda: system_now() + skew)), Fuse()
    fuse.lay(server)
    asyncio.get_running_loop().add_reader(sys.stdin, lambda: _obey(fuse))
    await serve(server.application(), Address(config.host, config.port, "port"), server.drain)


def _obey(fuse: Fuse) -> None:
    line = sys.stdin.readline()
    if not line:  # Who started this process is gone.
        os._exit(1)
    whom, instant, passing = json.loads(line)
    if whom == os.getpid():
        fuse.light(instant, passing)


def _child() -> int:
    """Its process id; in the child itself this does not return."""
    child = os.fork()
    if child:
        return child
    inscope_server.app.SWEEP_SECONDS = float(os.environ["FAULTS_SWEEP"])
    os.umask(0o077)
    config = load(None)
    start_log(config.log_format)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(_serve(config, int(os.environ["FAULTS_SKEW"])))
    sys.exit(0)


def main() -> None:
    while True:
        child = _child()
        print("began", child, flush=True)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print("ended", code, flush=True)
        if code != -signal.SIGKILL:
            time.sleep(PAUSE)


if __name__ == "__main__":
    main()
