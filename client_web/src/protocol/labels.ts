/** Domain-separation labels (SPEC S1.4). Append only: a label is never changed and never used for a second thing. */

export const STATEMENT = 'inscope/statement/v1'
export const INVITATION_TOKEN = 'inscope/invitation-token/v1'
export const INVITATION_TOKEN_HASH = 'inscope/invitation-token-hash/v1'
export const INVITATION_PROOF_KEY = 'inscope/invitation-proof-key/v1'
export const INVITATION_PROOF = 'inscope/invitation-proof/v1'
export const KEY_FINGERPRINT = 'inscope/key-fingerprint/v1'
export const CONSENT_RECORD = 'inscope/consent-record/v1'
export const AUTHENTICATED_DATA = 'inscope/aad/v1'
export const IMAGE_KEY = 'inscope/image-key/v1'
export const KEY_COMMITMENT = 'inscope/key-commitment/v1'
export const PLAINTEXT_COMMITMENT = 'inscope/plaintext-commitment/v1'
export const BLOB = 'inscope/blob/v1'
export const BLOB_PART = 'inscope/blob-part/v1'
export const PATIENT_TOKEN = 'inscope/patient-token/v1'
export const PATIENT_TOKEN_HASH = 'inscope/patient-token-hash/v1'
export const PATIENT_SEAL = 'inscope/patient-seal/v1'
export const AUDIT_ENTRY = 'inscope/audit-entry/v1'
export const INFORMATION_SHEET = 'inscope/information-sheet/v1'
export const RECORD_LOCATION = 'inscope/record-location/v1'
export const PATIENT_LOOK_BACK = 'inscope/patient-look-back/v1'
export const PASSKEY_KEYSTORE_KEY = 'inscope/passkey-keystore-key/v1'
export const DEVICE_LINK_TOKEN = 'inscope/device-link-token/v1'
export const DEVICE_LINK_TOKEN_HASH = 'inscope/device-link-token-hash/v1'
export const DEVICE_LINK_COMMITMENT = 'inscope/device-link-commitment/v1'
export const DEVICE_LINK_PIN = 'inscope/device-link-pin/v1'
export const DEVICE_LINK_PROOF_KEY = 'inscope/device-link-proof-key/v1'
export const DEVICE_LINK_PROOF = 'inscope/device-link-proof/v1'
export const DEVICE_LINK_NUMBER = 'inscope/device-link-number/v1'

/** The DSSE payload type of a statement's name (SPEC S3.2). */
export function payloadType(name: string): string {
  return `application/vnd.inscope.${name}.v1+json`
}
