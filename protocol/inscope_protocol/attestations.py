"""Which attestations stand, and when a device is attested (SPEC S3.6)."""

from collections.abc import Iterable

from .types import Attestation, Device


def standing(attestations: Iterable[Attestation], person: str) -> tuple[Attestation, ...]:
    """Those of verified attestations about `person` not void by a higher `serial`."""
    own = [attestation for attestation in attestations if attestation.person == person]
    newest: dict[str, int] = {}
    for attestation in own:
        newest[attestation.organisation] = max(attestation.serial, newest.get(attestation.organisation, 0))
    return tuple(attestation for attestation in own if attestation.serial == newest[attestation.organisation])


def is_valid(statement: Attestation | Device, now: int) -> bool:
    """Whether `now` (ms) lies in the half-open time of an attestation or a device certificate (S1.1)."""
    starts = statement.valid_from if isinstance(statement, Attestation) else statement.created_at
    return starts <= now < statement.valid_until


def is_attested(device: Device, attestations: Iterable[Attestation], now: int) -> bool:
    """S3.6, for a certificate and attestations whose signatures were verified before."""
    return is_valid(device, now) and any(
        attestation.identity_key == device.identity_key and is_valid(attestation, now)
        for attestation in standing(attestations, device.person)
    )
