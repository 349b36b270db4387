"""Docker's files: what must outlive a container lies on a volume, and an image is built of what belongs in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from world.running import ROOT

FOLDER = ROOT / "config" / "deployment"
CONTAINERFILE = (FOLDER / "Containerfile").read_text("utf-8")


def ours() -> dict[str, Any]:
    services = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))["services"]
    return {name: service for name, service in services.items() if service["image"] == "inscope"}


def files_of(settings: dict[str, str]) -> Iterator[tuple[str, str]]:
    return ((key, value) for key, value in settings.items() if re.fullmatch(r"INSCOPE_\w+_FILE", key))


def test_what_a_container_keeps_outlives_it() -> None:
    """The authority makes all that it keeps; a server's process the log's copy, and `migrate` the log key."""
    kept = set()
    for name, service in ours().items():
        writable = [volume.split(":")[1] for volume in service["volumes"] if not volume.endswith(":ro")]
        for key, path in files_of(service["environment"]):
            kept.add(key)
            if name == "authority" or key != "INSCOPE_AUTHORITY_SECRET_FILE":
                assert any(Path(path).is_relative_to(folder) for folder in writable), (name, key)
    assert {f"INSCOPE_{key}_FILE" for key in ("LOG_KEY", "LOG_COPY", "AUTHORITY_KEY", "AUTHORITY_MEMORY")} < kept


def test_a_volume_begins_as_the_user_s_who_writes_to_it() -> None:
    """As Docker makes it, of the folder in the image."""
    (made,) = re.findall(r"install -d -o inscope -m 700 (.+)$", CONTAINERFILE, re.MULTILINE)
    assert {volume.split(":")[1] for service in ours().values() for volume in service["volumes"]} == set(made.split())


def test_an_image_is_built_of_what_it_copies_and_of_nothing_that_lies_about() -> None:
    """Else a host's node_modules would replace the container's, and .git and .env go to whoever builds."""
    lines = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if not line.startswith("#")]
    assert lines[0] == "*", "what nobody thought of stays out"
    allowed = [line[1:] for line in lines if line.startswith("!")]
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", CONTAINERFILE, re.MULTILINE)
    for source in " ".join(copied).split():
        assert any(Path(source).is_relative_to(name) for name in allowed), source
    assert not {".git", ".venv", "data", "config", "config/deployment", "tests"} & set(allowed)
    assert {"client_web/node_modules", "client_web/dist", "client_web/dist-node", "**/.env"} <= set(lines)
