"""A hospital's PACS, small, as a process of its own: pynetdicom's storage and query services over files in a folder."""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydicom import Dataset, dcmread
from pydicom.uid import (
    EncapsulatedPDFStorage,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
    SecondaryCaptureImageStorage,
    VLPhotographicImageStorage,
)
from pynetdicom import AE, evt
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelFind as FindStudy

from servers.process import answers, end, free_port, wait_until

from .running import ROOT

CERTIFICATE = Path(__file__).with_name("pacs.pem")
"""A key and its own certificate for 127.0.0.1, good for nothing but this."""
STORED, REFUSED = 0x0000, 0xA700
IMAGES = (VLPhotographicImageStorage, SecondaryCaptureImageStorage)
PLAIN = [ExplicitVRLittleEndian, ImplicitVRLittleEndian]


class Pacs:
    """`answer`: what happens to the next instances: a status, `lost` (kept, never answered) or `abort` (not kept)."""

    def __init__(self, folder: Path, certificate: Path | None = None, **takes: bool) -> None:
        self.folder, self.port, self.certificate = folder, free_port(), certificate
        self.kept = folder / "kept"
        self.kept.mkdir(parents=True)
        self.takes = {"jpeg": True, "document": True, "query": True, **takes}
        self.process: subprocess.Popen[bytes] | None = None
        self.loses = False
        self.answer()

    def answer(self, *outcomes: int | str) -> None:
        self.loses = self.loses or "lost" in outcomes
        (self.folder / "outcomes.json").write_text(json.dumps(outcomes))

    def start(self) -> None:
        said = json.dumps({**self.takes, "certificate": str(self.certificate or "")})
        command = [sys.executable, "-m", "world.pacs", str(self.folder), str(self.port), said]
        environment = {**os.environ, "PYTHONPATH": f"{ROOT}/tests:{ROOT}/protocol:{ROOT}/server"}
        log = self.folder / "log"
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command, env=environment, stdout=output, stderr=output, start_new_session=True
            )
        wait_until(lambda: answers(self.port), self.process, log)

    def close(self) -> None:
        if self.process is not None:
            end(self.process, kill=True)

    def empty(self) -> bool:
        """As a new one, unless it is still not answering somebody."""
        shutil.rmtree(self.kept)
        self.kept.mkdir()
        (self.folder / "received").unlink(missing_ok=True)
        self.answer()
        return not self.loses

    def instances(self) -> dict[str, Dataset]:
        """What it keeps, by modality: each read back from its file."""
        found = [dcmread(path) for path in self.kept.glob("*.dcm")]
        by_modality = {one.Modality: one for one in found}
        assert len(by_modality) == len(found)
        return by_modality

    def received(self) -> int:
        """How often an instance came, kept or not."""
        log = self.folder / "received"
        return len(log.read_text().splitlines()) if log.exists() else 0


class _Service:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _outcome(self) -> Any:
        path = self.folder / "outcomes.json"
        outcomes = json.loads(path.read_text())
        path.write_text(json.dumps(outcomes[1:]))
        return outcomes[0] if outcomes else STORED

    def store(self, event: evt.Event) -> int:
        outcome, uid = self._outcome(), event.request.AffectedSOPInstanceUID
        with (self.folder / "received").open("a") as log:
            log.write(f"{uid}\n")
        if outcome == "abort":
            event.assoc.abort()
            return REFUSED
        if outcome == "lost" or outcome == STORED or outcome & 0xF000 == 0xB000:
            (self.folder / "kept" / f"{uid}.dcm").write_bytes(event.encoded_dataset())
        if outcome == "lost":
            time.sleep(60)
        return int(outcome)

    def find(self, event: evt.Event) -> Iterator[tuple[int, Dataset | None]]:
        asked = event.identifier
        path = self.folder / "kept" / f"{asked.SOPInstanceUID}.dcm"
        if path.exists():
            held = dcmread(path, stop_before_pixels=True)
            told = Dataset()
            for name in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
                if getattr(held, name) != getattr(asked, name):
                    return
                setattr(told, name, getattr(held, name))
            told.QueryRetrieveLevel = "IMAGE"
            yield 0xFF00, told


def main(folder: Path, port: int, takes: dict[str, Any]) -> None:
    entity, service = AE("PACS"), _Service(folder)
    entity.require_called_aet = True
    for image in IMAGES:
        entity.add_supported_context(image, [*PLAIN, *([JPEGBaseline8Bit] if takes["jpeg"] else [])])
    if takes["document"]:
        entity.add_supported_context(EncapsulatedPDFStorage, PLAIN)
    if takes["query"]:
        entity.add_supported_context(FindStudy, PLAIN)
    context = None
    if takes["certificate"]:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=takes["certificate"])
        context.load_cert_chain(takes["certificate"])
        context.verify_mode = ssl.CERT_REQUIRED
    handlers = [(evt.EVT_C_STORE, service.store), (evt.EVT_C_FIND, service.find)]
    entity.start_server(("127.0.0.1", port), ssl_context=context, evt_handlers=handlers)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3]))
