"""The manifest of a built client: every file that is served, in one spelling; and from one source the same client."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from inscope_server.cli import main
from inscope_server.client_files import manifest
from inscope_server.config import ConfigError
from world.running import CLIENT

SOURCE = CLIENT.parent
BUILT = ("dist", "dist-node")
PAGE = "3f" * 32


def test_it_names_every_file_that_is_served_and_no_other(tmp_path: Path) -> None:
    for name in ("index.html", "assets/a-1.js", "assets/b.wasm", ".vite/manifest.json", ".stamp", "assets/a.js.map"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    made = manifest.of_folder(tmp_path)
    assert list(made) == ["assets/a-1.js", "assets/b.wasm", "index.html"]


def test_sha256sum_reads_it(tmp_path: Path) -> None:
    (tmp_path / "manifest").write_text(manifest.written(manifest.of_folder(CLIENT)))
    check = ["sha256sum", "--check", "--strict", "--quiet", str(tmp_path / "manifest")]
    assert subprocess.run(check, cwd=CLIENT, timeout=60).returncode == 0


def test_a_published_one_is_read_as_it_was_written(tmp_path: Path) -> None:
    made, path = manifest.of_folder(CLIENT), tmp_path / "manifest"
    path.write_text(manifest.written(made))
    assert manifest.read(path) == made
    assert len(made) > 20 and "patient.js" in made


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "index.html"),
        (f"{PAGE}  patient.js\n", "index.html"),
        (f"{PAGE}  index.html\nsomething else\n", "line 2"),
        (f"{PAGE}  ../etc/passwd\x00\n", "line 1"),
        (f"{PAGE} index.html\n", "line 1"),
        (f"{PAGE.upper()}  index.html\n", "line 1"),
    ],
)
def test_what_is_no_manifest_is_refused_with_the_line(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / "manifest").write_text(text)
    with pytest.raises(ConfigError, match=named):
        manifest.read(tmp_path / "manifest")


def test_one_changed_byte_changes_the_digest(tmp_path: Path) -> None:
    shutil.copytree(CLIENT, tmp_path / "dist")
    before = manifest.digest_of(manifest.of_folder(tmp_path / "dist"))
    with (tmp_path / "dist/patient.js").open("ab") as file:
        file.write(b" ")
    assert manifest.digest_of(manifest.of_folder(tmp_path / "dist")) != before


def test_the_command_prints_both(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSCOPE_CLIENT_DIR", str(CLIENT))
    made = manifest.of_folder(CLIENT)
    main(["client", "manifest"])
    assert capsys.readouterr().out == manifest.written(made)
    main(["client", "manifest", "--digest"])
    assert capsys.readouterr().out == manifest.digest_of(made) + "\n"


def test_where_nothing_was_built_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSCOPE_CLIENT_DIR", str(tmp_path))
    with pytest.raises(SystemExit, match="no built client"):
        main(["client", "manifest"])


def test_the_same_source_makes_the_same_client_elsewhere(tmp_path: Path) -> None:
    """In another folder, at another time and place, for another user's umask."""
    place = tmp_path / "somewhere else" / "client_web"
    shutil.copytree(SOURCE, place, symlinks=True, ignore=lambda folder, names: BUILT if Path(folder) == SOURCE else ())
    shutil.copytree(SOURCE.parent / "config", place.parent / "config")
    environment = {**os.environ, "TZ": "Pacific/Auckland", "LC_ALL": "C", "HOME": str(tmp_path)}
    build = ["npm", "run", "--silent", "build", "--", "--logLevel", "error"]
    subprocess.run(build, cwd=place, env=environment, umask=0o077, check=True, timeout=300)
    assert manifest.of_folder(place / "dist") == manifest.of_folder(CLIENT)
