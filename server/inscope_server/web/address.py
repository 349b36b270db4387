"""Where a process listens, and what is wrong where it cannot."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass

from ..config import ConfigError


@dataclass(frozen=True)
class Address:
    """`setting`: the one that has the port."""

    host: str
    port: int
    setting: str

    def in_words(self, error: OSError) -> ConfigError:
        """Why nobody can listen there: aiohttp's error says neither which setting nor what to do."""
        at, host = f"{self.host}:{self.port}", self.setting.replace("port", "host")
        if error.errno == errno.EADDRINUSE:
            return ConfigError(f"{self.setting}: another program listens on {at} already", "another port, or end that")
        if error.errno == errno.EACCES:
            return ConfigError(f"{self.setting}: this user may not listen on {at}", "a port from 1024 on")
        if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
            return ConfigError(f"{host}: {self.host} is no address of this machine", "one that it has, or 127.0.0.1")
        return ConfigError(f"{self.setting}: nobody can listen on {at} ({error.strerror})", "another port")
