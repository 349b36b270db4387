"""A release is replaced by turning a link to the next one: what still runs goes on with its own client."""

from __future__ import annotations

from pathlib import Path

from inscope_server.web.client import PAGE, Client
from inscope_server.web.pages import Pages


def release(folder: Path, version: str) -> Path:
    (folder / version / "assets").mkdir(parents=True)
    (folder / version / PAGE).write_text(f'<script src="assets/{version}.js"></script>', "utf-8")
    (folder / version / "assets" / f"{version}.js").write_text(version, "utf-8")
    return folder / version


def test_a_process_goes_on_with_the_client_that_it_started_with(tmp_path: Path) -> None:
    link, (old, new) = tmp_path / "current", [release(tmp_path, version) for version in ("old", "new")]
    link.symlink_to(old)
    client = Client(str(link), Pages())
    link.unlink()
    link.symlink_to(new)
    assert client.files[PAGE].read_text("utf-8") == '<script src="assets/old.js"></script>'
    assert client.files["assets/old.js"].read_text("utf-8") == "old"
