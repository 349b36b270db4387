"""What accounts tells other features of a device: plain values, their statements already verified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from inscope_protocol import attestations as protocol
from inscope_protocol.encoding import decode_base64url
from inscope_protocol.types import Attestation, Device

_attestation = msgspec.json.Decoder(Attestation)
_device = msgspec.json.Decoder(Device)


@dataclass(frozen=True)
class DeviceRecord:
    """`is_attested` as in S3.6 at the time of asking; `is_active`: and not revoked.

    `signed_in_on`: the last day on which it did (S4.7). `added_by`: the device that put it there (S4.9), or None.
    """

    device: str
    person: str
    certificate: Device
    envelope: str
    revoked_at: int | None
    is_attested: bool
    signed_in_on: str | None
    added_by: str | None

    @property
    def device_key(self) -> bytes:
        return decode_base64url(self.certificate.device_key)

    @property
    def valid_until(self) -> int:
        return self.certificate.valid_until

    @property
    def is_active(self) -> bool:
        return self.is_attested and self.revoked_at is None


def device_record(row: Any, attestations: Sequence[Attestation], now: int) -> DeviceRecord:
    """A row of `devices` with the standing attestations of its person."""
    certificate = _device.decode(row.payload)
    attested = protocol.is_attested(certificate, attestations, now)
    return DeviceRecord(
        row.device, row.person, certificate, row.envelope, row.revoked_at, attested, row.signed_in_on, row.added_by
    )


def attestation_record(row: Any) -> Attestation:
    """A row of `attestations`."""
    return read_attestation(row.payload)


def read_attestation(payload: bytes) -> Attestation:
    """As it is stored: its signature was verified when it was taken."""
    return _attestation.decode(payload)
