"""`inscope`, typed on a terminal and into a pipe."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
"""Control sequences (ECMA-48) as our own tables and bars use them."""


@dataclass(frozen=True)
class Typed:
    """`output`: every character that came; `errors`: of the standard error, where that is another pipe."""

    status: int
    output: str
    errors: str = ""

    @property
    def text(self) -> str:
        """Without colours and movements of the cursor."""
        return SEQUENCE.sub("", self.output)


def on_terminal(*words: str, columns: int = 80, environment: Mapping[str, str] | None = None) -> Typed:
    """Standard output and error are one terminal of this width."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(
        _command(words), stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, env=_environment(environment)
    )
    os.close(theirs)
    written = bytearray()
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # EIO: nobody holds the other end any more.
            break
        if not piece:
            break
        written += piece
    os.close(ours)
    return Typed(process.wait(60), written.decode())


def into_pipe(*words: str, environment: Mapping[str, str] | None = None) -> Typed:
    done = subprocess.run(
        _command(words),
        cwd=ROOT,
        env=_environment(environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return Typed(done.returncode, done.stdout, done.stderr)


def _command(words: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "inscope_server", *words]


def _environment(more: Mapping[str, str] | None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    return {**kept, "TERM": "xterm-256color", "PYTHONUTF8": "1", **(more or {})}
