"""Who is who, from signed statements alone: the gateway believes its own organisation's key and what follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inscope_protocol.encoding import decode_base64url
from inscope_protocol.failures import ProtocolError
from inscope_protocol.package import Described
from inscope_protocol.statements import Envelope, envelope_object, parse_envelope, verify
from inscope_protocol.types import Attestation, Device, KnownOrganisation, Organisations, Recipient


@dataclass(frozen=True)
class Certified:
    """A device whose certificate verifies under an identity key that an organisation attested."""

    certificate: Device
    revoked_at: int | None

    @property
    def key(self) -> bytes:
        return decode_base64url(self.certificate.device_key)


def known_organisations(own: KnownOrganisation, told: Sequence[Any]) -> dict[str, KnownOrganisation]:
    """By identifier: its own, and those that it says it knows. `told` is the server's, and believed only if signed."""
    found = {own.organisation: own}
    for envelope in told:
        said = verify(envelope, "organisations", own.organisation, decode_base64url(own.key))
        if isinstance(said, Organisations) and said.organisations[0].key == own.key:
            found = {entry.organisation: entry for entry in said.organisations}
    return found


class Trust:
    """What a document says of people, as far as known organisations have signed it."""

    def __init__(self, organisations: dict[str, KnownOrganisation], people: Sequence[Described]) -> None:
        self.organisations = organisations
        self.attestations = {one.person: self._attestations(one) for one in people}
        self.devices = {one.certificate.device: one for person in people for one in self._devices(person)}

    def _attestations(self, described: Described) -> tuple[Attestation, ...]:
        read = (self._attestation(envelope) for envelope in described.attestations)
        return tuple(one for one in read if one is not None and one.person == described.person)

    def _attestation(self, envelope: Envelope) -> Attestation | None:
        signer = envelope.signatures[0].keyid
        known = self.organisations.get(signer)
        try:
            said = None if known is None else verify(envelope, "attestation", signer, decode_base64url(known.key))
        except ProtocolError:
            return None
        return said if isinstance(said, Attestation) and said.organisation == signer else None

    def _devices(self, described: Described) -> list[Certified]:
        keys = {one.identity_key for one in self.attestations[described.person]}
        found = []
        for one in described.devices:
            for key in keys:
                try:
                    said = verify(one.device, "device", described.person, decode_base64url(key))
                except ProtocolError:
                    continue
                if isinstance(said, Device) and (said.person, said.identity_key) == (described.person, key):
                    found.append(Certified(said, one.revoked_at))
        return found

    def signed_by_device(self, envelope: Envelope, name: str, at: int | None = None) -> tuple[Any, Certified]:
        """The payload and the device that signed it; with `at` one revoked by then signed nothing.

        Raises ProtocolError.
        """
        parsed = parse_envelope(envelope_object(envelope))
        device = self.devices.get(parsed.signatures[0].keyid)
        if device is None or (at is not None and device.revoked_at is not None and device.revoked_at <= at):
            raise ProtocolError("wrong_signer")
        return verify(parsed, name, device.certificate.device, device.key), device

    def recipient(self, person: str) -> Recipient:
        return Recipient(person, self.attestations.get(person, ()))

    def name(self, person: str) -> str:
        """With the organisation that says so: "Dr Ines Moreau, Riverbend Hospital"."""
        for one in self.attestations.get(person, ()):
            return f"{one.display_name}, {self.organisation_name(one.organisation)}"
        return "somebody whom no known organisation names"

    def organisation_name(self, organisation: str) -> str:
        known = self.organisations.get(organisation)
        return "an unknown organisation" if known is None else known.name
