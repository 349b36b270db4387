"""Files and folders: there, readable, whole, and nobody else's. None is made here."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from ..config import Config, ConfigError
from ..consent.policies import Policies
from ..images.retention import Retention
from ..patients.fonts import fonts_of
from ..sheets.service import Sheets
from .finding import Finding, good, notice, told, wrong

MADE_ANEW = ("authority_key_file", "push_key_file")
HOLDS = {"push_key_file": {"crv", "d", "x", "y"}}
WRITABLE = "a file that the service's user may write, on another disk or machine"


def of_files(config: Config) -> Iterator[Finding]:
    for about, looks in _looks(config):
        try:
            yield from looks
        except OSError as error:  # Python asks whether a file is there, and fails in a folder that is not ours.
            yield wrong(about, f"{error.filename}: {error.strerror}", "run as the service's user")


def _looks(config: Config) -> Iterator[tuple[str, Iterator[Finding]]]:
    yield "data_dir", _folder(config)
    for about, path in _keys(config):
        yield about, _key(about, path)
    yield "policy", _read("policy", lambda: Policies(config.policies_dir, config.policy), config.policy)
    yield "sheets_dir", _read("sheets_dir", lambda: Sheets(config.sheets_dir), config.sheets_dir)
    retention, font = config.retention_file, config.pdf_font_file
    yield "retention_file", _read("retention_file", lambda: Retention.read(retention), retention or "none")
    yield "pdf_font_file", _read("pdf_font_file", lambda: fonts_of(font), font or "none")
    yield "client_dir", _client(Path(config.client_dir))
    yield "log_copy_file", _log_copy(config.log_copy_file)


def _keys(config: Config) -> list[tuple[str, Path]]:
    """Those that a process of this server opens: the authority's own key only where there is no other process."""
    keys = [("log_key_file", config.log_key)]
    keys += [("push_key_file", config.push_key)] if config.push_services else []
    if config.authority_url:
        return [*keys, ("authority_secret_file", config.authority_secret)]
    return [*keys, ("authority_key_file", config.authority_key)]


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
    """Of a log key or a secret that is not there, it is told elsewhere what that means: made is neither always."""
    try:
        held, mode = json.loads(path.read_bytes()), path.stat().st_mode
    except FileNotFoundError:
        if about in MADE_ANEW:
            yield made_anew(about, path)
        return
    except PermissionError:
        yield wrong(about, f"{path} is not readable for this user", "run as the service's user")
        return
    except (OSError, ValueError):
        held, mode = None, 0
    if not isinstance(held, dict) or not HOLDS.get(about, {"id", "seed"}) <= set(held):
        yield wrong(about, f"{path} does not hold the key that belongs there", "restore it from the backup")
    elif mode & (stat.S_IRWXO | stat.S_IWGRP):
        yield wrong(about, f"{path} is open to other users", f"chmod 600 {path}")
    elif mode & stat.S_IRWXG:
        yield notice(about, f"{path} is open to its group", f"chmod 600 {path}, unless the group is this service's own")
    else:
        yield good(about, str(path))


def made_anew(about: str, path: Path) -> Finding:
    return notice(about, f"{path} is not there, and would be made anew", "copy it from the other processes, if any")


def _log_copy(file: str) -> Iterator[Finding]:
    """Whether it can be written, without writing: what is in it is compared with the database (services.py)."""
    if not file:
        return
    path = Path(file).resolve()
    there = next(one for one in (path, *path.parents) if one.exists())
    needed = os.W_OK | os.R_OK if there == path else os.W_OK | os.X_OK
    if there == path and not path.is_file():
        yield wrong("log_copy_file", f"{path} is no file", WRITABLE)
    elif (there != path and not there.is_dir()) or not os.access(there, needed):
        yield wrong("log_copy_file", f"{path} cannot be written by this user", WRITABLE)


def _read(about: str, read: Callable[[], object], said: str) -> Iterator[Finding]:
    try:
        read()
    except ConfigError as error:
        found = told(about, error)
        yield replace(found, remedy=found.remedy or "the file or folder that it names")
    else:
        yield good(about, said)


def _client(folder: Path) -> Iterator[Finding]:
    if (folder / "index.html").is_file():
        yield good("client_dir", str(folder.resolve()))
    else:
        yield wrong(
            "client_dir", f"there is no client in {folder.resolve()}", "make build, or a copy of client_web/dist"
        )
