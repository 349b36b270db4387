"""A filing as two DICOM instances of one study: the image, and the document (PS3.3, A.8.1, A.32.4 and A.45.1).

All that an instance says follows from the filing: the same filing again is the same two instances, under the same UIDs.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.sr.codedict import codes
from pydicom.uid import (
    UID,
    EncapsulatedPDFStorage,
    ExplicitVRLittleEndian,
    JPEGBaseline8Bit,
    SecondaryCaptureImageStorage,
    VLPhotographicImageStorage,
)

from .dicom_pixels import Pixels
from .settings import Settings
from .target import TargetRefused, part_id
from .verification import Verified

SIDES = {"left": "L", "right": "R", "bilateral": "B"}
LONGEST = 64
"""Characters of a name or a long string (PS3.5, table 6.2-1)."""
SEPARATORS = re.compile(r"[\\^=\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
"""What DICOM takes for one, controls, and what turns the direction of what follows."""
BODY_PART = re.compile(r"\A[A-Z][A-Z ]{0,15}\Z")
REGIONS = {code.meaning.casefold(): code for code in (getattr(codes.cid4031, name) for name in codes.cid4031.dir())}
"""PS3.16, CID 4031 Common Anatomic Region, by its words in English."""


IMAGE_CLASSES = (VLPhotographicImageStorage, SecondaryCaptureImageStorage)


def uid(statement: str, part: str) -> UID:
    """For the filing statement with this hash. PS3.5, B.2: a UUID as a number."""
    return UID(f"2.25.{part_id(statement, part).int}")


def image_class(filed: Verified) -> UID:
    """A photograph of the patient is one; anything else is a picture of a picture, or of paper."""
    photograph = filed.disclosure.image.kind == "photograph"
    return VLPhotographicImageStorage if photograph else SecondaryCaptureImageStorage


def image_instance(filed: Verified, pixels: Pixels, settings: Settings) -> Dataset:
    """Raises TargetRefused for a record number that DICOM has no room for."""
    times, image = _Times(filed, settings), filed.disclosure.image
    made = _instance(filed, settings, times, image_class(filed), "image")
    photograph = made.SOPClassUID == VLPhotographicImageStorage
    made.Modality, made.SeriesNumber = "XC" if photograph else "OT", 1
    made.SeriesDescription = _words(" ".join(filter(None, (image.kind, *_of(filed)))))
    made.ImageType = ["DERIVED", "PRIMARY" if photograph else "SECONDARY"]
    made.ContentDate, made.ContentTime = times.date(times.taken), times.time(times.taken)
    _anatomy(made, filed)
    made.PatientOrientation = None
    made.OperatorsName = _words(filed.trust.name(filed.disclosure.person))
    if image.deidentified:
        made.BurnedInAnnotation = made.RecognizableVisualFeatures = "NO"
    if photograph:
        made.AcquisitionContextSequence = Sequence()
        made.LossyImageCompression = None
    else:
        made.ConversionType = "DI"
    _put_pixels(made, pixels)
    return made


def document_instance(filed: Verified, pdf: bytes, settings: Settings) -> Dataset:
    """Encapsulated PDF. Raises as image_instance does."""
    times = _Times(filed, settings)
    made = _instance(filed, settings, times, EncapsulatedPDFStorage, "document")
    made.Modality, made.SeriesNumber, made.ConversionType = "DOC", 2, "WSD"
    made.ContentDate, made.ContentTime = times.date(times.filed), times.time(times.filed)
    made.BurnedInAnnotation = "YES"
    made.DocumentTitle, made.ConceptNameCodeSequence = "Image, advice and consent", Sequence()
    source = Dataset()
    source.ReferencedSOPClassUID, source.ReferencedSOPInstanceUID = image_class(filed), uid(filed.statement, "image")
    made.SourceInstanceSequence = Sequence([source])
    made.MIMETypeOfEncapsulatedDocument = "application/pdf"
    made.EncapsulatedDocumentLength = len(pdf)
    made.EncapsulatedDocument = _even(pdf)
    return made


class _Times:
    """Local times as the settings' clock shows them, with the one offset that it has when the image is filed."""

    def __init__(self, filed: Verified, settings: Settings) -> None:
        zone = ZoneInfo(settings.time_zone)
        offset = datetime.fromtimestamp(filed.filing.at / 1000, zone).utcoffset() or timedelta()
        self.zone = timezone(offset)
        taken = filed.document.picture.taken_at
        self.acquired = None if taken is None else self._local(taken)
        self.taken = self._local(filed.disclosure.at if taken is None else taken)
        self.filed = self._local(filed.filing.at)

    def _local(self, at: int) -> datetime:
        return datetime.fromtimestamp(at / 1000, self.zone)

    @staticmethod
    def date(at: datetime) -> str:
        return f"{at:%Y%m%d}"

    @staticmethod
    def time(at: datetime) -> str:
        return f"{at:%H%M%S}"


def _instance(filed: Verified, settings: Settings, times: _Times, sop_class: UID, part: str) -> Dataset:
    """Patient, study, series, equipment and SOP common: what both have."""
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.SpecificCharacterSet = "ISO_IR 192"
    made.SOPClassUID, made.SOPInstanceUID = sop_class, uid(filed.statement, part)
    made.file_meta.MediaStorageSOPClassUID, made.file_meta.MediaStorageSOPInstanceUID = sop_class, made.SOPInstanceUID
    made.StudyInstanceUID, made.SeriesInstanceUID = (
        uid(filed.statement, "study"),
        uid(filed.statement, f"{part} series"),
    )
    made.TimezoneOffsetFromUTC = f"{times.filed:%z}"
    made.InstanceCreationDate, made.InstanceCreationTime = times.date(times.filed), times.time(times.filed)
    made.StudyDate, made.StudyTime = times.date(times.taken), times.time(times.taken)
    made.AcquisitionDateTime = None if times.acquired is None else f"{times.acquired:%Y%m%d%H%M%S.%f%z}"
    made.StudyDescription = "Image shared for advice, and the advice"
    made.StudyID = made.AccessionNumber = made.ReferringPhysicianName = None
    made.InstanceNumber = 1
    made.Manufacturer = made.ManufacturerModelName = "InScope"
    made.InstitutionName = _words(filed.trust.organisation_name(filed.filing.organisation))
    _patient(made, filed, settings)
    return made


def _patient(made: Dataset, filed: Verified, settings: Settings) -> None:
    """As the consent's record has it, in its own words: which part is the family name nobody has said."""
    number, born = filed.record["recordNumber"], filed.record["dateOfBirth"]
    if len(number) > LONGEST or "\\" in number or not number.isprintable():
        raise TargetRefused("the record number does not fit a DICOM Patient ID")
    name = _words(filed.record["patientName"])
    if not name and not number.strip():
        raise TargetRefused("the consent says neither a name nor a record number: nobody would find it in the PACS")
    made.PatientName, made.PatientID = name, number
    if number and settings.patient_system:
        made.IssuerOfPatientID = _words(settings.patient_system)
    made.PatientBirthDate = born.replace("-", "") if re.fullmatch(r"\d{4}-\d\d-\d\d", born) else None
    made.PatientSex = None
    made.PatientIdentityRemoved = "NO"


def _of(filed: Verified) -> tuple[str | None, str | None]:
    return filed.document.picture.laterality, filed.document.picture.body_site


def _anatomy(made: Dataset, filed: Verified) -> None:
    """A coded region only where the sender's words are one's very name."""
    side, site = _of(filed)
    if side is not None and side in SIDES:
        made.ImageLaterality = SIDES[side]
    words = (site or "").strip()
    if BODY_PART.match(words.upper()):
        made.BodyPartExamined = words.upper().strip()
    known = REGIONS.get(words.casefold())
    if known is not None:
        region = Dataset()
        region.CodeValue, region.CodingSchemeDesignator, region.CodeMeaning = known.value, "SCT", known.meaning
        made.AnatomicRegionSequence = Sequence([region])


def _put_pixels(made: Dataset, pixels: Pixels) -> None:
    made.Rows, made.Columns, made.SamplesPerPixel = pixels.rows, pixels.columns, pixels.samples
    made.PhotometricInterpretation = pixels.photometric
    made.BitsAllocated = made.BitsStored = 8
    made.HighBit, made.PixelRepresentation = 7, 0
    if pixels.samples == 3:
        made.PlanarConfiguration = 0
    if pixels.lossy:
        made.LossyImageCompression = "01"
    if pixels.jpeg:
        made.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
        made.LossyImageCompressionMethod, made.LossyImageCompressionRatio = "ISO_10918_1", round(pixels.ratio, 2)
    made.PixelData = encapsulate([pixels.data]) if pixels.jpeg else _even(pixels.data)
    made["PixelData"].VR = "OB"
    made["PixelData"].is_undefined_length = pixels.jpeg


def _even(data: bytes) -> bytes:
    return data + b"\0" * (len(data) % 2)


def _words(text: str) -> str:
    """Without what DICOM takes for a separator, and no longer than it allows."""
    return " ".join(SEPARATORS.sub(" ", text).split())[:LONGEST].strip()
