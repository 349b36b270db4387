"""`inscope demo`: a server, two hospitals, their attesters and headless members, by one command until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sys
from pathlib import Path

import aiohttp
import msgspec

from .. import config as configuration
from ..administrator.commands import told
from ..administrator.connection import HttpConnection
from ..administrator.failure import AdministratorError
from ..clock import Clock
from ..config import Config
from ..terminal.plain import say
from .cast import HOSPITALS
from .children import Children
from .participants import PROGRAM, start_participants, state_path
from .record import RECORD, start_gateway
from .seed import Invitee, Seed
from .welcome import welcome

ATTEST_SECONDS = 1.0
START_SECONDS = 30.0


def add_command(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", default="data/demo", type=Path, help="folder for everything it makes")
    parser.add_argument("--port", default=8443, type=_port)
    parser.set_defaults(run=_run)


def _port(text: str) -> int:
    """For argparse."""
    port = int(text)
    if not 1 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{port} is no port: they go from 1 to 65535")
    return port


def _run(arguments: argparse.Namespace) -> None:
    from ..migrate import upgrade  # Alembic would take a fifth of a server's start.

    config = _demo_config(configuration.load(arguments.config), arguments)
    program = Path(config.client_dir).parent / PROGRAM
    _check_ready(config, program)
    upgrade(config)
    asyncio.run(Demo(config, arguments.data, program).run())


def _demo_config(config: Config, arguments: argparse.Namespace) -> Config:
    return msgspec.structs.replace(config, data_dir=str(arguments.data), port=arguments.port, policy="au-1", demo=True)


def _check_ready(config: Config, program: Path) -> None:
    """Raises AdministratorError with what to do first."""
    if not (Path(config.client_dir) / "index.html").exists() or not program.exists():
        raise AdministratorError("the client is not built yet: run `make build`.")
    if shutil.which("node") is None:
        raise AdministratorError("the headless members need Node 20 or newer on the path.")
    with socket.socket() as probe:
        if probe.connect_ex((config.host, config.port)) == 0:
            raise AdministratorError(f"port {config.port} is taken: make run PORT=9000, or --port 9000.")


class Demo:
    """Everything it starts ends with it."""

    def __init__(self, config: Config, directory: Path, program: Path) -> None:
        self.config, self.directory, self.program = config, directory.resolve(), program
        self.children, self.seed = Children(), Seed(self.directory, config.origin, Clock())

    async def run(self) -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        playing = asyncio.create_task(self._play())
        stopping = asyncio.create_task(stop.wait())
        try:
            done, _ = await asyncio.wait({playing, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if playing in done:
                playing.result()
        finally:
            await _cancel(playing, stopping)
            await self.children.close()
        print("\nStopped. `make run` goes on where you left; `make clean` forgets it all.")

    async def _play(self) -> None:
        await self._register()
        await self._start_server()
        async with HttpConnection(self.config.origin) as connection:
            cast = await self._invite(connection)
            await start_gateway(self.children, self.directory, self.seed, self.config, connection)
            await start_participants(self.children, self.program, self.config.origin, self.directory, cast)
            print(welcome(self.config.origin, cast, self.directory / RECORD), flush=True)
            watching = asyncio.create_task(self._attest_for_ever(connection))
            try:
                status = await self.children.end_of("server")
                raise AdministratorError(f"the server ended with status {status}; see {self.directory / 'server.log'}")
            finally:
                await _cancel(watching)

    async def _register(self) -> None:
        from ..app import Server

        server = Server(self.config)
        try:
            await self.seed.found(server.accounts)
        finally:
            await server.database.close()

    async def _start_server(self) -> None:
        settings = {f"INSCOPE_{key.upper()}": str(value) for key, value in msgspec.structs.asdict(self.config).items()}
        command = [sys.executable, "-m", "inscope_server", "serve"]
        log = self.directory / "server.log"
        server = await self.children.start("server", command, {**os.environ, **settings}, log)
        for _ in range(int(START_SECONDS / 0.1)):
            if server.returncode is not None:
                raise AdministratorError(f"the server ended with status {server.returncode}; see {log}")
            if await _answers(self.config.origin):
                return
            await asyncio.sleep(0.1)
        raise AdministratorError(f"the server did not answer within {START_SECONDS:.0f} s; see {log}")

    async def _invite(self, connection: HttpConnection) -> dict[str, Invitee]:
        """The whole cast by key. A program that was enrolled but lost its device's file gets a new link."""
        cast = {invitee.member.key: invitee for invitee in await self.seed.introduce_and_invite(connection)}
        for key, invitee in cast.items():
            lost = invitee.enrolled and not state_path(self.directory, invitee).exists()
            if invitee.member.plays == "program" and lost:
                cast[key] = await self.seed.invite_again(invitee, connection)
        return cast

    async def _attest_for_ever(self, connection: HttpConnection) -> None:
        attesters = [self.seed.attester(hospital, connection) for hospital in HOSPITALS]
        while True:
            for attester in attesters:
                try:
                    for judged in await attester.attest_pending():
                        say(told(judged))
                except AdministratorError as error:
                    say(f"{attester.file.name}: {error}")
            await asyncio.sleep(ATTEST_SECONDS)


async def _answers(origin: str) -> bool:
    try:
        async with aiohttp.ClientSession() as session, session.get(origin) as response:
            return response.status < 500
    except aiohttp.ClientError:
        return False


async def _cancel(*tasks: asyncio.Task[object]) -> None:
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, AdministratorError):
            await task
