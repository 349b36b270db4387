"""inscope_protocol stands on the standard library, PyNaCl and msgspec, without I/O, clock or randomness of its own."""

import ast
from pathlib import Path

import pytest

import inscope_protocol

FILES = sorted(Path(inscope_protocol.__file__).parent.glob("*.py"))
ALLOWED = {
    "base64", "binascii", "collections", "hashlib", "hmac", "json", "math", "msgspec", "nacl", "re", "typing",
}  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_imports(path: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            imported.add((node.module or "").split(".")[0])
    assert imported <= ALLOWED


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_else_opens_images(path: Path) -> None:
    """The server may import any of these files but `opening`."""
    assert path.name == "opening.py" or "opening import" not in path.read_text()
    assert path.name == "opening.py" or "_pull(state, sealed" not in path.read_text()
