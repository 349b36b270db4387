"""A cluster's files: what pods read is mounted, what they take from secrets is said, and how it is made is tried."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from inscope_server.config import Config
from inscope_server.migrate import upgrade
from server.test_containers import files_of
from world.running import ROOT

FOLDER = ROOT / "config" / "deployment" / "kubernetes"
TOLD = (FOLDER / "kustomization.yaml").read_text("utf-8")


def cluster() -> list[Any]:
    files = [FOLDER / name for name in ("inscope.yaml", "authority.yaml")]
    return [one for path in files for one in yaml.safe_load_all(path.read_text("utf-8"))]


def named_secrets(value: Any) -> Iterator[str]:
    """Of what pods take from secrets; the Ingress's certificate is the cluster's own."""
    if isinstance(value, dict):
        if "secretRef" in value:
            yield value["secretRef"]["name"]
        if isinstance(value.get("secret"), dict):
            yield value["secret"]["secretName"]
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from named_secrets(one)


def test_every_file_in_a_cluster_lies_where_something_is_mounted() -> None:
    documents = cluster()
    (settings,) = (one["data"] for one in documents if one["kind"] == "ConfigMap")
    (pod,) = (
        one["spec"]["template"]["spec"]
        for one in documents
        if one["kind"] == "Deployment" and one["metadata"]["name"] == "inscope"
    )
    mounts = pod["containers"][0]["volumeMounts"]
    for key, path in files_of(settings):
        (mount,) = (one for one in mounts if Path(path).is_relative_to(one["mountPath"]))
        assert bool(mount.get("readOnly")) == (key != "INSCOPE_LOG_COPY_FILE"), key
    assert dict(files_of(settings)).keys() >= {"INSCOPE_LOG_COPY_FILE", "INSCOPE_LOG_KEY_FILE"}


def test_every_secret_of_the_cluster_is_named_with_how_it_is_made() -> None:
    needed = set(named_secrets(cluster()))
    assert needed == {"inscope", "inscope-authority", "inscope-log-key", "inscope-authority-secret"}
    assert [name for name in needed if f"`{name}`" not in TOLD] == []
    keys = ("INSCOPE_DATABASE_URL", "INSCOPE_REDIS_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ALLOW_HTTP")
    assert [key for key in keys if key not in TOLD] == []


def test_the_keys_of_a_cluster_are_made_as_it_says(tmp_path: Path) -> None:
    """Before there is anything that they could be of: the migration already needs the log key."""
    environment = dict(os.environ, **dict(pair.split("=", 1) for pair in re.findall(r" -e (\S+)", TOLD)))
    assert environment["INSCOPE_DATA_DIR"] == "/new" and '-v "$PWD/new:/new"' in TOLD
    for command in re.findall(r"&& keys ([a-z ]+[a-z])", TOLD):
        words = [sys.executable, "-m", "inscope_server", *command.split()]
        here = {**environment, "INSCOPE_DATA_DIR": str(tmp_path / "new")}
        subprocess.run(words, cwd=ROOT, env=here, check=True, capture_output=True, timeout=60)
    for path in re.findall(r"--from-file=(\S+)", TOLD):
        assert set(json.loads((tmp_path / path).read_bytes())) == {"id", "seed"}
    config = Config(data_dir=str(tmp_path / "cluster"), log_key_file=str(tmp_path / "new" / "log_key"))
    upgrade(config)  # A database of its own takes the key.


def test_who_is_not_signed_in_is_limited_by_address_at_the_ingress() -> None:
    doors = [one for one in cluster() if one["kind"] == "Ingress" and one["metadata"]["name"] == "inscope-doors"]
    paths = {path["path"] for rule in doors[0]["spec"]["rules"] for path in rule["http"]["paths"]}
    told = (ROOT / "config" / "production.toml").read_text("utf-8")
    assert paths == set(re.findall(r"/api/(?:invitations|enrolments|sign-in)[\w/-]*", told))
    assert "nginx.ingress.kubernetes.io/limit-rpm" in doors[0]["metadata"]["annotations"]
