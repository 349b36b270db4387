"""Docker's files: what must outlive a container lies on a volume, an image is built of what belongs in it, and whoever
waits for a container waits until it is ready.
"""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from world.running import ROOT

FOLDER = ROOT / "config" / "deployment"
CONTAINERFILE = (FOLDER / "Containerfile").read_text("utf-8")


def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))["services"]
    return found


def ours() -> dict[str, Any]:
    return {name: service for name, service in services().items() if service["image"] == "inscope"}


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
    (made,) = re.findall(r"install -d -o inscope -g inscope -m 700 (.+)$", CONTAINERFILE, re.MULTILINE)
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


@pytest.mark.parametrize(("status", "ends"), [(200, 0), (503, 1)])
def test_a_process_is_healthy_once_it_is_ready(status: int, ends: int) -> None:
    """By /ready at its operators' port: so one process is replaced when the other serves."""
    serving = {name: service for name, service in ours().items() if "command" not in service}
    assert len(serving) == 2
    asked: list[str] = []

    class Ready(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()

    server = HTTPServer(("127.0.0.1", 0), Ready)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for service in serving.values():
        command, python, *words = service["healthcheck"]["test"]
        port = service["environment"]["INSCOPE_OPERATIONS_PORT"]
        assert (command, python) == ("CMD", "python") and f":{port}/" in words[-1]
        here = [word.replace(port, str(server.server_port)) for word in words]
        assert subprocess.run([sys.executable, *here], capture_output=True, timeout=30).returncode == ends
    server.shutdown()
    server.server_close()
    assert asked == ["/ready", "/ready"]


def test_what_ends_by_itself_is_not_asked_whether_it_is_healthy() -> None:
    """`up --wait` would wait for it, or fail."""
    assert [name for name, service in services().items() if "restart" in service and service["restart"] == "no"] == [
        "migrate"
    ]
    assert "healthcheck" not in services()["migrate"]


def test_the_database_is_healthy_once_others_reach_it() -> None:
    """While its image sets it up for the first time it answers at its socket alone."""
    test = services()["database"]["healthcheck"]["test"]
    assert test[test.index("-h") + 1] == "127.0.0.1"


def test_no_secret_is_empty_because_nobody_set_it() -> None:
    text = (FOLDER / "compose.yaml").read_text("utf-8")
    used = re.findall(r"\$\{(\w+)(:\?[^}]+)?\}", text)
    needed = set(re.findall(r"^(\w+)=", (FOLDER / "env.example").read_text("utf-8"), re.MULTILINE))
    assert {name for name, _ in used} == needed
    assert [name for name, refused in used if not refused] == []


def test_what_caddy_offers_can_be_reached() -> None:
    """It tells browsers of HTTP/3, which goes by UDP."""
    assert {"443:443", "443:443/udp"} < set(services()["proxy"]["ports"])


def test_the_store_sets_nothing_aside_before_there_is_a_picture() -> None:
    """Its image says otherwise; of an option that is given twice the last one holds."""
    assert services()["images"]["command"][-1] == "-master.volumePreallocate=false"


def test_what_is_typed_of_compose_names_services_and_starts_no_other() -> None:
    """`run` begins with what a service depends on: once a release is built, with its migration."""
    told = "".join((ROOT / page).read_text("utf-8") for page in ("config/deployment/README.md", "docs/operators.md"))
    typed = re.findall(r"compose(?: -f \S+)? (run|up|exec|stop|start)((?: \S+)+)", told)
    assert {verb for verb, _ in typed} >= {"run", "up", "exec"}
    for verb, words in typed:
        named = [word.strip("`,.;") for word in words.split()]
        assert set(named) & {*services(), "--wait"}, words
        assert verb != "run" or "--no-deps" in named, words
