/** Which attestations stand, and when a device is attested (SPEC S3.6). */
import type { Attestation, DeviceCertificate } from './types'

/** The verified attestations about a person that no later one (higher serial, same organisation) makes void. */
export function standing(attestations: Attestation[], person: string): Attestation[] {
  const own = attestations.filter((attestation) => attestation.person === person)
  return own.filter((one) => !own.some((other) => other.organisation === one.organisation && other.serial > one.serial))
}

/** Whether `now` (ms) lies in the half-open time of an attestation or a device certificate (S1.1). */
export function isValid(statement: Attestation | DeviceCertificate, now: number): boolean {
  const starts = 'valid_from' in statement ? statement.valid_from : statement.created_at
  return starts <= now && now < statement.valid_until
}

/** S3.6, for a certificate and attestations whose signatures were verified: the same identity key, all within their time. */
export function isAttested(device: DeviceCertificate, attestations: Attestation[], now: number): boolean {
  const vouching = standing(attestations, device.person).filter(({ identity_key }) => identity_key === device.identity_key)
  return isValid(device, now) && vouching.some((attestation) => isValid(attestation, now))
}
