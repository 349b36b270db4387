"""The direction of imports, kept: a newcomer may rely on it when reading any one file."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROTOCOL = ROOT / "protocol" / "inscope_protocol"
SERVER = ROOT / "server" / "inscope_server"
CLIENT = ROOT / "client_web" / "src"
ORDER = [
    "audit", "sheets", "accounts", "directory", "threads", "consent", "authority", "images", "filing", "patients",
    "reviews", "administration", "fhir", "notifications",
]  # fmt: skip


def imports(path: Path) -> Iterator[str]:
    """Absolute names of all modules that a file imports, relative ones resolved."""
    package = (*path.relative_to(path_root(path)).parts[:-1],)
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def path_root(path: Path) -> Path:
    return PROTOCOL.parent if PROTOCOL in path.parents else SERVER.parent


def python_files(folder: Path) -> list[Path]:
    found = sorted(folder.rglob("*.py"))
    assert found, folder
    return found


@pytest.mark.parametrize("path", python_files(PROTOCOL), ids=lambda path: path.name)
def test_the_protocol_imports_only_the_standard_library_pynacl_and_msgspec(path: Path) -> None:
    allowed = {*sys.stdlib_module_names, "nacl", "msgspec", "inscope_protocol"}
    forbidden = {
        "time",
        "random",
        "secrets",
        "os",
        "socket",
        "asyncio",
        "threading",
        "subprocess",
        "pathlib",
        "datetime",
    }
    for name in imports(path):
        top = name.split(".")[0]
        assert top in allowed and top not in forbidden, f"{path.name} imports {name}: no I/O, no clock, no randomness"


@pytest.mark.parametrize("path", sorted(SERVER.rglob("rules.py")), ids=lambda path: path.parent.name)
def test_rules_are_pure(path: Path) -> None:
    for name in imports(path):
        assert name.split(".")[0] not in {"sqlalchemy", "aiohttp", "asyncio", "socketio"}, f"{path} imports {name}"
    tree = ast.walk(ast.parse(path.read_text("utf-8")))
    assert not [node for node in tree if isinstance(node, ast.AsyncFunctionDef | ast.Await)], f"{path} is not pure"


@pytest.mark.parametrize(
    "path", [p for f in ORDER for p in python_files(SERVER / f)], ids=lambda p: f"{p.parent.name}/{p.name}"
)
def test_features_meet_only_downwards(path: Path) -> None:
    """Through service.py and responses.py, except an edge (api.py), which may share shapes with the edge below."""
    feature = path.parent.name
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "inscope_server" or len(parts) < 3 or parts[1] not in ORDER or parts[1] == feature:
            continue
        other, module = parts[1], parts[2]
        assert ORDER.index(other) < ORDER.index(feature), f"{path} reaches up to {name}"
        contracts = {"service", "gate", "delivery", "records", "contract", "responses"} | (
            {"api"} if path.name == "api.py" else set()
        )
        assert module in contracts, f"{path} reaches past service.py to {name}"


GATEWAY = SERVER / "records_gateway"
"""A hospital's own process, which opens what is sealed to it."""


@pytest.mark.parametrize(
    "path", [p for p in python_files(SERVER) if p.parent != GATEWAY], ids=lambda p: str(p.relative_to(SERVER))
)
def test_the_server_cannot_open_a_message_or_an_image_or_what_is_filed(path: Path) -> None:
    opens = tuple(f"inscope_protocol.{module}" for module in ("opening", "sealing", "package"))
    for name in imports(path):
        assert not name.startswith(opens), f"{path} imports {name}"
        if path.parent.name not in ("administrator", "demo") and path.name != "cli.py":
            assert not name.startswith("inscope_server.records_gateway"), f"{path} imports {name}"
        assert "nacl.secret" not in name and "aead" not in name and "secretstream" not in name
        assert not name.startswith("inscope_protocol.patient_link.") or "greeting" not in name, f"{path} imports {name}"


GATEWAY_STANDS_ON = {
    "clock", "config", "toml_file", "wrong_setting", "errors", "key_file", "observing.spans", "observing.traces",
    "consent.policies", "fhir", "time_zone", "trust_in_certificates",
}  # fmt: skip
"""All that it shares with the server: of the features only how policy files are read, and the words of FHIR."""


@pytest.mark.parametrize("path", python_files(GATEWAY), ids=lambda path: path.name)
def test_the_gateway_has_nothing_of_the_servers_features(path: Path) -> None:
    allowed = tuple(f"inscope_server.{module}" for module in (*GATEWAY_STANDS_ON, "records_gateway"))
    for name in imports(path):
        if name.startswith("inscope_server."):
            assert name.startswith(allowed) and ".service" not in name, f"{path.name} imports {name}"


LAYERS = {
    "protocol": {"protocol"},
    "session": {"protocol", "session"},
    "ui": {"protocol", "session", "ui"},
    "patient": {"protocol"},
    "notifier": {"notifier"},
}
"""`platform` is reached from ui for pictures, and for what is in front; `main.ts` joins session and platform. `patient`
and `notifier` stand alone.
"""


def test_no_text_leads_the_server_anywhere() -> None:
    """The server asks no address but those of its settings: the authority's, the collector's for traces, and at hosts
    that are named there the push services of devices.

    A link in a text is never followed.
    """
    asking = {
        "aiohttp.ClientSession", "aiohttp.request", "urllib.request", "http.client", "httpx", "requests",
        "opentelemetry.exporter.otlp.proto.http.trace_exporter.OTLPSpanExporter",
    }  # fmt: skip
    found = {
        path.relative_to(SERVER).parts[0]
        for path in python_files(SERVER)
        if asking & set(imports(path)) or re.search(r"\baiohttp\.(ClientSession|request)\(", path.read_text("utf-8"))
    }
    own_processes = {"records_gateway", "administrator", "demo", "client_files"}
    assert found == {"authority", "notifications", "observing"} | own_processes


@pytest.mark.parametrize(
    "path",
    sorted(p for p in CLIENT.rglob("*") if p.suffix in {".ts", ".svelte"}),
    ids=lambda p: str(p.relative_to(CLIENT)),
)
def test_the_client_imports_downwards(path: Path) -> None:
    layer = path.relative_to(CLIENT).parts[0]
    text = path.read_text("utf-8")
    for name in import_names(text):
        if name.startswith("."):
            target = (path.parent / name).resolve().relative_to(CLIENT).parts[0]
            if layer in LAYERS:
                allowed = LAYERS[layer] | ({"platform"} if layer == "ui" else set())
                assert target in allowed, f"{path.name} in {layer} imports {name}"
        elif layer == "protocol":
            assert name == "libsodium-wrappers-sumo", f"{path.name} imports {name}"
        elif layer == "patient":
            raise AssertionError(f"{path.name} imports {name}")
        elif layer == "session":
            assert not name.startswith(("svelte", "bits-ui", "idb")), f"{path.name} imports {name}"
            assert name != "ts-mls" or path.name == "group_crypto.ts" or "group_crypto" in path.name, path.name
    if layer in {"protocol", "session"}:
        for word in ("document.", "window.", "localStorage", "indexedDB"):
            assert word not in strip_comments(text), f"{path.name} in {layer} speaks of {word}"


def import_names(text: str) -> Iterator[str]:
    import re

    for match in re.finditer(r"""(?<!\w)(?:from|import)\s*\(?\s*['"]([^'"]+)['"]""", strip_comments(text)):
        yield match.group(1)


def strip_comments(text: str) -> str:
    import re

    return re.sub(r"/\*.*?\*/|(?<![:'\"])//[^\n]*", "", text, flags=re.S)


def test_the_unsafe_authentication_service_is_nowhere_in_the_product() -> None:
    for path in CLIENT.rglob("*.ts"):
        assert "unsafeTestingAuthenticationService" not in path.read_text("utf-8"), path


def test_twins_share_their_stems() -> None:
    ours = {path.stem for path in PROTOCOL.glob("*.py")} - {"__init__"}
    theirs = {path.stem for path in (CLIENT / "protocol").glob("*.ts")}
    assert ours <= theirs | {"tls_encoding", "key_packages"}, sorted(ours - theirs)


def test_labels_are_only_in_the_labels_files() -> None:
    """A domain-separation label written anywhere else could drift."""
    files = [*PROTOCOL.rglob("*.py"), *SERVER.rglob("*.py"), *CLIENT.rglob("*.ts")]
    for path in files:
        if path.stem != "labels":
            assert '"inscope/' not in path.read_text("utf-8") and "'inscope/" not in path.read_text("utf-8"), path
