"""`inscope backup` and `inscope restore`, as an operator types them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from ..config import Config, ConfigError
from ..one_act import on_server
from ..terminal.bars import bars


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser], load: Callable[..., Config]) -> None:
    backup = commands.add_parser("backup", help="all tables and shared images into a new folder, while the server runs")
    backup.add_argument("folder", type=Path, metavar="FOLDER")
    backup.add_argument("--without-images", action="store_true", help="their store is backed up in its own way")
    backup.set_defaults(run=lambda arguments: _backup(load(arguments), arguments))
    back = commands.add_parser("restore", help="a backup into an empty database; what ended since ends again")
    back.add_argument("folder", type=Path, metavar="FOLDER")
    which = back.add_mutually_exclusive_group(required=True)
    which.add_argument("--log-copy", type=Path, metavar="FILE", help="what log_copy_file wrote, to be replayed")
    which.add_argument("--end-all-images", action="store_true", help="without one: every image ends")
    without = "what it signed since is not verified: consents that patients changed by themselves are forgotten"
    back.add_argument("--without-authority", action="store_true", help=without)
    back.set_defaults(run=lambda arguments: _restore(load(arguments), arguments))


def _backup(config: Config, arguments: argparse.Namespace) -> None:
    from .backup import back_up

    config.require_database()
    images = not arguments.without_images
    with bars():
        made = on_server(config, lambda server: back_up(server, arguments.folder, with_images=images))
    rows, blobs = sum(stored.rows for stored in made.tables.values()), {name.split("/")[0] for name in made.images}
    print(f"{arguments.folder}: {rows} rows, {len(blobs)} sealed images and packages.")
    authority = "the consent authority's key and memory" if config.authority_url else config.authority_key
    print(f"Keep it as closely as the database. It needs {config.log_key} and {authority} beside it: it holds neither.")
    if not config.log_copy_file:
        print("log_copy_file is not set: nobody would know of withdrawals since, so a restore would end every image.")


def _restore(config: Config, arguments: argparse.Namespace) -> None:
    from .restoring import restore

    if not config.log_key.exists():
        raise ConfigError(f"log_key_file: {config.log_key} is not there; restore it first, from where keys are kept")
    if arguments.end_all_images and config.log_copy_file and Path(config.log_copy_file).exists():
        raise ConfigError(
            f"log_copy_file: {config.log_copy_file} is there, and no image need end: --log-copy {config.log_copy_file}",
            "if it is not to be replayed, move it away first",
        )
    if not config.database_url:
        Path(config.data_dir).mkdir(parents=True, exist_ok=True, mode=0o700)
    with bars():
        done = on_server(config, lambda server: restore(
            server, arguments.folder, arguments.log_copy, without_authority=arguments.without_authority
        ))  # fmt: skip
    print(f"Restored. {done.entries} entries of the log were replayed, {done.images} images ended.")
    if done.forgotten:
        print(f"{done.forgotten} consents are forgotten, and their images ended: {_why(arguments.without_authority)}")
    print(f"{done.threads} threads are told that the server was set back. Next: `inscope log verify`, `inscope serve`.")


def _why(without_authority: bool) -> str:
    """Consents are forgotten."""
    asked = "which was not asked" if without_authority else "with another key than it has now"
    who = f"a device that was enrolled since the backup, or by the consent authority, {asked}"
    return f"a newer version was signed by {who}. Record them anew with the patients."
