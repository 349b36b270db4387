"""Files and folders: there, readable, whole, and nobody else's. None is made here."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from ..config import Config, ConfigError
from ..consent.policies import Policies
from ..images.retention import Retention
from ..patients.fonts import fonts_of
from ..sheets.service import Sheets
from .finding import Finding, good, notice, wrong


def of_files(config: Config) -> Iterator[Finding]:
    yield from _folder(config)
    for about, path in _keys(config).items():
        yield from _key(about, path)
    yield _read("policy", lambda: Policies(config.policies_dir, config.policy), config.policy)
    yield _read("sheets_dir", lambda: Sheets(config.sheets_dir), config.sheets_dir)
    yield _read("retention_file", lambda: Retention.read(config.retention_file), config.retention_file or "none")
    yield _read("pdf_font_file", lambda: fonts_of(config.pdf_font_file), config.pdf_font_file or "none")
    yield _client(Path(config.client_dir))


def _keys(config: Config) -> dict[str, Path]:
    """Those that a process of this server opens: the authority's own key only where there is no other process."""
    if not config.authority_url:
        return {"log_key_file": config.log_key, "authority_key_file": config.authority_key}
    shared = {"authority_secret_file": config.authority_secret} if config.authority_secret.exists() else {}
    return {"log_key_file": config.log_key, **shared}


def _folder(config: Config) -> Iterator[Finding]:
    folder = Path(config.data_dir)
    if config.database_url and config.blob_url:
        return
    if not folder.is_dir():
        yield wrong("data_dir", f"{folder.resolve()} is not there", "inscope migrate makes it")
    elif not os.access(folder, os.W_OK | os.X_OK):
        yield wrong("data_dir", f"{folder.resolve()} is not writable for this user", "run as the service's user")
    else:
        yield good("data_dir", str(folder.resolve()))


def _key(about: str, path: Path) -> Iterator[Finding]:
    try:
        held, mode = json.loads(path.read_bytes()), path.stat().st_mode
    except FileNotFoundError:
        yield notice(about, f"{path} is not there, and would be made anew", "copy it from the other processes, if any")
        return
    except PermissionError:
        yield wrong(about, f"{path} is not readable for this user", "run as the service's user")
        return
    except (OSError, ValueError):
        held, mode = None, 0
    if not isinstance(held, dict) or not {"id", "seed"} <= set(held):
        yield wrong(about, f"{path} does not hold the key that belongs there", "restore it from the backup")
    elif mode & (stat.S_IRWXO | stat.S_IWGRP):
        yield wrong(about, f"{path} is open to other users", f"chmod 600 {path}")
    elif mode & stat.S_IRWXG:
        yield notice(about, f"{path} is open to its group", f"chmod 600 {path}, unless the group is this service's own")
    else:
        yield good(about, str(path))


def _read(about: str, read: Callable[[], object], said: str) -> Finding:
    try:
        read()
    except ConfigError as error:
        return wrong(about, str(error).removeprefix(f"{about}: "), "the file or folder that it names")
    return good(about, said)


def _client(folder: Path) -> Finding:
    if (folder / "index.html").is_file():
        return good("client_dir", str(folder.resolve()))
    return wrong("client_dir", f"there is no client in {folder.resolve()}", "make build, or a copy of client_web/dist")
