"""Gets the peers: Prosody and ejabberd from Debian, Synapse from PyPI in an environment of its own.

Nothing is started: Debian's packages are told not to, by the run level of a machine that is going down (invoke-rc.d).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from ..system import Lacking
from .synapse import PYTHON

DEBIAN = {"prosody": ("prosody",), "ejabberd": ("ejabberd", "erlang-p1-pgsql")}
PROGRAM = {"prosody": "prosody", "ejabberd": "ejabberdctl"}
SYNAPSE = ("matrix-synapse", "psycopg2-binary")


def install(name: str) -> None:
    """Does nothing where it is there. Raises Lacking with what went wrong."""
    try:
        if name == "synapse":
            _from_pypi()
        elif shutil.which(PROGRAM[name]) is None:
            _from_debian(DEBIAN[name])
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", b"") or str(error).encode()
        raise Lacking(f"could not be installed here: {said.decode(errors='replace').strip()[-200:]}") from error


def _from_debian(packages: tuple[str, ...]) -> None:
    quiet = {**os.environ, "RUNLEVEL": "0", "DEBIAN_FRONTEND": "noninteractive"}
    _run("apt-get", "update", "-qq", env=quiet)
    _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages, env=quiet)


def _from_pypi() -> None:
    if not PYTHON.exists():
        _run(sys.executable, "-m", "venv", str(PYTHON.parent.parent))
    if subprocess.run([PYTHON, "-c", "import synapse, psycopg2"], capture_output=True, check=False).returncode:
        _run(str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *SYNAPSE)


def _run(*command: str, env: dict[str, str] | None = None) -> None:
    subprocess.run(command, check=True, capture_output=True, env=env)
