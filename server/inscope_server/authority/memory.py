"""What the authority has said to stand, kept by itself: a database set back does not bring an old consent back."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Collection
from pathlib import Path

from inscope_protocol.types import StandingVersion

from ..config import ConfigError
from ..observing.spans import part

log = logging.getLogger("inscope")


class Memory:
    """A file of lines `consent version hash`, only ever added to. One process writes it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            self._newest = dict(map(_read, _whole_lines(path)))
        except (OSError, ValueError) as error:
            raise ConfigError(f"authority_memory_file: {path} cannot be read as what it should be") from error
        self._alone = asyncio.Lock()

    async def none_older(self, standing: Collection[StandingVersion]) -> list[StandingVersion]:
        """Those that follow what was said before, now remembered; what lies behind it is left out, and logged."""
        async with self._alone:
            kept = [one for one in standing if self._follows(one)]
            fresh = [one for one in kept if self._newest.get(one.consent) != (one.version, one.hash)]
            if fresh:
                with part("memory write", here=True):
                    await asyncio.to_thread(self._write, fresh)
                self._newest.update({one.consent: (one.version, one.hash) for one in fresh})
        if len(kept) < len(standing):
            log.error("the database holds an older version of a consent than it did: no status is signed for it")
        return kept

    def _follows(self, one: StandingVersion) -> bool:
        version, hashed = self._newest.get(one.consent, (0, ""))
        return one.version > version or (one.version, one.hash) == (version, hashed)

    def _write(self, fresh: list[StandingVersion]) -> None:
        with self.path.open("ab") as file:
            file.write("".join(f"{one.consent} {one.version} {one.hash}\n" for one in fresh).encode())
            file.flush()
            os.fsync(file.fileno())


def _whole_lines(path: Path) -> list[str]:
    """A last line that a crash cut short was never spoken of: it goes."""
    text = path.read_bytes()
    whole = text[: text.rfind(b"\n") + 1]
    if len(whole) < len(text):
        os.truncate(path, len(whole))
    return whole.decode("ascii").splitlines()


def _read(line: str) -> tuple[str, tuple[int, str]]:
    consent, version, hashed = line.split(" ")
    return consent, (int(version), hashed)
