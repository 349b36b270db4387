"""Other messengers, given the same work beside InScope: Synapse (Matrix), Prosody and ejabberd (XMPP).

Nothing of them is in InScope's locks: install.py gets them from Debian and PyPI. Each runs on the loopback address
alone, in a temporary folder, on the server's core, with its archive on, and is ended by its process id.
"""

from __future__ import annotations

from ..system import Lacking, System
from .ejabberd import Ejabberd
from .install import install
from .prosody import Prosody
from .synapse import Synapse

PEERS: dict[str, type[System]] = {peer.name.lower(): peer for peer in (Prosody, Ejabberd, Synapse)}


def ready(names: list[str]) -> tuple[list[type[System]], dict[str, str]]:
    """Those that are installed now, and why the others could not be."""
    there, missing = [], {}
    for name in names:
        try:
            install(name)
            there.append(PEERS[name])
        except Lacking as why:
            missing[PEERS[name].name] = str(why)
    return there, missing
