"""A PACS as the record: two instances of one study by C-STORE, found again by C-FIND (PS3.4, annexes B and C)."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    EncapsulatedPDFStorage,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
)
from pynetdicom import AE, build_context
from pynetdicom.association import Association
from pynetdicom.presentation import PresentationContext
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelFind as FindStudy  # type: ignore[attr-defined]

from .connection import Unreachable
from .dicom_instances import IMAGE_CLASSES, document_instance, image_class, image_instance, uid
from .dicom_pixels import read_pixels
from .document import write_document
from .settings import Settings
from .target import TargetRefused
from .verification import Verified

log = logging.getLogger("inscope")
PLAIN: list[str | UID] = [ExplicitVRLittleEndian, ImplicitVRLittleEndian]
CONNECT_SECONDS, ANSWER_SECONDS = 10, 120
STORED, DUPLICATE, PENDING = 0x0000, 0x0111, (0xFF00, 0xFF01)
WARNINGS = range(0xB000, 0xC000)
"""Stored, with something changed or left out. DUPLICATE: it had this very instance before."""
FINAL = ((0xF000, 0xC000), (0xFF00, 0xA900), (0xFFFF, 0x0117), (0xFFFF, 0x0122))
"""(mask, value): the PACS read the instance and does not take it (PS3.4, B.2.3; PS3.7, annex C)."""


class DicomTarget:
    """Implements target.Target. `seconds`: to connect, and for each answer."""

    kind: Literal["dicom"] = "dicom"

    def __init__(self, settings: Settings, seconds: tuple[float, float] = (CONNECT_SECONDS, ANSWER_SECONDS)) -> None:
        self.settings, self.tls = settings, settings.dicom_tls_context()
        self.entity = AE(settings.dicom_calling_ae)
        self.entity.connection_timeout = self.entity.acse_timeout = seconds[0]
        self.entity.dimse_timeout = self.entity.network_timeout = seconds[1]
        for library in ("pydicom", "pynetdicom"):
            # They log what they send, and whom it is about.
            logging.getLogger(library).propagate = False

    async def find(self, filing: str, statement: str) -> str | None:
        return await asyncio.to_thread(self._find, statement)

    async def write(self, filed: Verified) -> str:
        return await asyncio.to_thread(self._write, filed)

    def _find(self, statement: str) -> str | None:
        """A PACS that does not say what it has is sent the same instances again."""
        study = uid(statement, "study")
        with self._associated() as pacs:
            if FindStudy not in _accepted(pacs):
                return None
            there = all(_has(pacs, study, statement, part) for part in ("document", "image"))
        return study if there else None

    def _write(self, filed: Verified) -> str:
        """The document first: what a PACS is likelier to refuse. The receipt follows only when it has both."""
        pdf = write_document(filed, self.settings)
        document = document_instance(filed, pdf, self.settings)
        with self._associated() as pacs:
            accepted = _accepted(pacs)
            for needed in (EncapsulatedPDFStorage, image_class(filed)):
                if needed not in accepted:
                    raise Unreachable(f"the record does not take {needed.name}")
            as_jpeg = JPEGBaseline8Bit in accepted[image_class(filed)]
            image = image_instance(filed, read_pixels(filed.image, as_jpeg), self.settings)
            for instance in (document, image):
                _store(pacs, instance, filed.filing.filing)
        return uid(filed.statement, "study")

    @contextmanager
    def _associated(self) -> Iterator[Association]:
        """Raises Unreachable: who is let in may change at the PACS, so that a rejection is no refusal of the filing."""
        peer = self.settings
        tls = None if self.tls is None else (self.tls, peer.dicom_host)
        pacs = self.entity.associate(
            peer.dicom_host, peer.dicom_port, contexts=_proposed(), ae_title=peer.dicom_called_ae, tls_args=tls
        )
        if not pacs.is_established:
            raise Unreachable(f"the record {'rejects this gateway' if pacs.is_rejected else 'does not answer'}")
        try:
            yield pacs
        except (RuntimeError, OSError, ssl.SSLError) as error:
            raise Unreachable(f"the record broke off: {type(error).__name__}") from error
        finally:
            if pacs.is_established:
                pacs.release()


def _proposed() -> list[PresentationContext]:
    """Each coding in a context of its own: the PACS chooses one in each."""
    images = [build_context(one, coding) for one in IMAGE_CLASSES for coding in (JPEGBaseline8Bit, PLAIN)]
    return [build_context(EncapsulatedPDFStorage, PLAIN), *images, build_context(FindStudy, PLAIN)]


def _accepted(pacs: Association) -> dict[UID, set[UID]]:
    accepted: dict[UID, set[UID]] = {}
    for context in pacs.accepted_contexts:
        if context.abstract_syntax is not None:
            accepted.setdefault(context.abstract_syntax, set()).update(context.transfer_syntax)
    return accepted


def _has(pacs: Association, study: UID, statement: str, part: str) -> bool:
    asked = Dataset()
    asked.QueryRetrieveLevel, asked.StudyInstanceUID = "IMAGE", study
    asked.SeriesInstanceUID, asked.SOPInstanceUID = uid(statement, f"{part} series"), uid(statement, part)
    found = False
    for status, told in pacs.send_c_find(asked, FindStudy):
        if "Status" not in status:
            raise Unreachable("the record does not say what it has")
        if status.Status in PENDING and told is not None:
            found = found or told.get("SOPInstanceUID") == asked.SOPInstanceUID
    return found


def _store(pacs: Association, instance: Dataset, filing: str) -> None:
    """Raises Unreachable for what may pass, TargetRefused with the status for what does not."""
    told = pacs.send_c_store(instance)
    if "Status" not in told:
        raise Unreachable("the record does not answer")
    status, name = int(told.Status), instance.SOPClassUID.name
    if status in WARNINGS:
        log.warning("%s: the record stored the %s with warning 0x%04X", filing, name, status)
    elif any(status & mask == value for mask, value in FINAL):
        raise TargetRefused(f"the record answers 0x{status:04X} to the {name}")
    elif status not in (STORED, DUPLICATE):
        raise Unreachable(f"the record answers 0x{status:04X} to the {name}")
