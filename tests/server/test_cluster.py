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


def pods() -> dict[str, Any]:
    """By what makes them."""
    return {
        f"{one['kind']} {one['metadata']['name']}": one["spec"]["template"]["spec"]
        for one in cluster()
        if one["kind"] in ("Deployment", "Job")
    }


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
    pushing = {"INSCOPE_PUSH_SERVICES": "push.example", "INSCOPE_PUSH_CONTACT": "mailto:it@hospital.example"}
    assert all(name in TOLD for name in (*pushing, "new/push_key"))
    environment |= pushing
    assert environment["INSCOPE_DATA_DIR"] == "/new" and '-v "$PWD/new:/new"' in TOLD
    for command in re.findall(r"&& keys ([a-z ]+[a-z])", TOLD):
        words = [sys.executable, "-m", "inscope_server", *command.split()]
        here = {**environment, "INSCOPE_DATA_DIR": str(tmp_path / "new")}
        subprocess.run(words, cwd=ROOT, env=here, check=True, capture_output=True, timeout=60)
    for path in re.findall(r"--from-file=(\S+)", TOLD):
        assert set(json.loads((tmp_path / path).read_bytes())) == {"id", "seed"}
    assert (tmp_path / "new" / "push_key").exists()
    config = Config(data_dir=str(tmp_path / "cluster"), log_key_file=str(tmp_path / "new" / "log_key"))
    upgrade(config)  # A database of its own takes the key.


def test_who_is_not_signed_in_is_limited_by_address_at_the_ingress() -> None:
    doors = [one for one in cluster() if one["kind"] == "Ingress" and one["metadata"]["name"] == "inscope-doors"]
    paths = {path["path"] for rule in doors[0]["spec"]["rules"] for path in rule["http"]["paths"]}
    told = (ROOT / "config" / "production.toml").read_text("utf-8")
    assert paths == set(re.findall(r"/api/(?:invitations|enrolments|sign-in)[\w/-]*", told))
    assert "nginx.ingress.kubernetes.io/limit-rpm" in doors[0]["metadata"]["annotations"]


def test_no_service_of_the_cluster_sets_a_setting() -> None:
    """Kubernetes puts NAME_PORT and more into the environment of pods for each Service: for `inscope`, INSCOPE_PORT."""
    settings = {f"INSCOPE_{key.upper()}" for key in Config.__struct_fields__}
    links = {
        f"{one['metadata']['name'].upper().replace('-', '_')}_PORT" for one in cluster() if one["kind"] == "Service"
    }
    assert links & settings
    assert {name: pod.get("enableServiceLinks") for name, pod in pods().items()} == dict.fromkeys(pods(), False)


def test_a_pod_is_a_user_and_a_group_of_its_own_and_knows_nothing_of_the_cluster() -> None:
    """Of a user whom the image does not know the group is root's, unless it is said."""
    for name, pod in pods().items():
        security = pod["securityContext"]
        assert security["runAsNonRoot"] and security["runAsUser"] == security["runAsGroup"] == security["fsGroup"], name
        assert security["fsGroupChangePolicy"] == "OnRootMismatch", "else each start opens its files to the group"
        assert pod["automountServiceAccountToken"] is False, name
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"] and container["securityContext"][
                "capabilities"
            ] == {"drop": ["ALL"]}
    users = {name: pod["securityContext"]["runAsUser"] for name, pod in pods().items()}
    assert users == {"Job migrate": 10001, "Deployment inscope": 10001, "Deployment authority": 10002}


def test_the_migration_goes_first_with_all_that_it_needs() -> None:
    """`kubectl apply -l order=first` takes these; the Secrets are there before."""
    first = {
        (one["kind"], one["metadata"]["name"])
        for one in cluster()
        if one["metadata"].get("labels", {}).get("order") == "first"
    }
    (container,) = pods()["Job migrate"]["containers"]
    needed = {("ConfigMap", one["configMapRef"]["name"]) for one in container["envFrom"] if "configMapRef" in one}
    assert first == {("Job", "migrate"), *needed}
    assert all("secret" in volume for volume in pods()["Job migrate"]["volumes"])
    assert TOLD.index("-l order=first") < TOLD.index("job/migrate") < TOLD.index("apply -k OVERLAY &&")
