"""Other messengers, given the same work beside InScope: Synapse (Matrix), Prosody and ejabberd (XMPP).

Nothing of them is in InScope's locks: install.py gets them from Debian and PyPI. Each runs on the loopback address
alone, in a temporary folder, on the server's core, with its archive on, and is ended by its process id.
"""

from __future__ import annotations

from .prosody import Prosody

PEERS = {peer.name.lower(): peer for peer in (Prosody,)}


async def ready(names: list[str]) -> list[object]:
    return [PEERS[name] for name in names]
