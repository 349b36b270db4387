"""`inscope organisation`, as an operator types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.identifiers import make_identifier
from inscope_server import cli

KEY = encode_base64url(bytes(SigningKey(bytes(32)).verify_key))


def test_what_is_registered_is_listed(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("INSCOPE_DATABASE_URL", database_url)
    monkeypatch.setenv("INSCOPE_DATA_DIR", str(tmp_path))
    cli.main(["organisation", "list"])
    assert capsys.readouterr().out == "No organisation is registered yet.\n"
    for number, name in enumerate(("Riverbend", "海岸整形外科")):
        identifier = make_identifier("org", bytes([number]) * 16)
        cli.main(["organisation", "register", "--id", identifier, "--name", name, "--key", KEY])
    capsys.readouterr()
    cli.main(["organisation", "list", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert [(one["name"], one["people"]) for one in told] == [("Riverbend", 0), ("海岸整形外科", 0)]
    cli.main(["organisation", "list"])
    lines = capsys.readouterr().out.splitlines()
    assert all(str(one[key]) in line for one, line in zip(told, lines[1:], strict=True) for key in one)
