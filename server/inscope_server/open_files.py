"""How many files a process may have open: each connection of a device is one."""

from __future__ import annotations

import contextlib
import resource


def raise_limit() -> int:
    """To what the system lets this process have at most, which it need only ask for; how many that is.

    Often it begins with 1,024, for the sake of programs that use select(2): this one does not.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # Where "no limit" is more than the system gives.
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
