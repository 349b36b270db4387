"""Every domain-separation label (SPEC S1.4) and payload type (S3.2). Append only, never reused."""

STATEMENT = "inscope/statement/v1"
INVITATION_TOKEN = "inscope/invitation-token/v1"  # noqa: S105 a label, not a secret
INVITATION_TOKEN_HASH = "inscope/invitation-token-hash/v1"  # noqa: S105
INVITATION_PROOF_KEY = "inscope/invitation-proof-key/v1"
INVITATION_PROOF = "inscope/invitation-proof/v1"
KEY_FINGERPRINT = "inscope/key-fingerprint/v1"
CONSENT_RECORD = "inscope/consent-record/v1"
AUTHENTICATED_DATA = "inscope/aad/v1"
IMAGE_KEY = "inscope/image-key/v1"
KEY_COMMITMENT = "inscope/key-commitment/v1"
PLAINTEXT_COMMITMENT = "inscope/plaintext-commitment/v1"
BLOB = "inscope/blob/v1"
BLOB_PART = "inscope/blob-part/v1"
PATIENT_TOKEN = "inscope/patient-token/v1"  # noqa: S105
PATIENT_TOKEN_HASH = "inscope/patient-token-hash/v1"  # noqa: S105
PATIENT_SEAL = "inscope/patient-seal/v1"
AUDIT_ENTRY = "inscope/audit-entry/v1"
INFORMATION_SHEET = "inscope/information-sheet/v1"
RECORD_LOCATION = "inscope/record-location/v1"
PATIENT_LOOK_BACK = "inscope/patient-look-back/v1"
PASSKEY_KEYSTORE_KEY = "inscope/passkey-keystore-key/v1"
DEVICE_LINK_TOKEN = "inscope/device-link-token/v1"  # noqa: S105
DEVICE_LINK_TOKEN_HASH = "inscope/device-link-token-hash/v1"  # noqa: S105
DEVICE_LINK_COMMITMENT = "inscope/device-link-commitment/v1"
DEVICE_LINK_PIN = "inscope/device-link-pin/v1"
DEVICE_LINK_PROOF_KEY = "inscope/device-link-proof-key/v1"
DEVICE_LINK_PROOF = "inscope/device-link-proof/v1"
DEVICE_LINK_NUMBER = "inscope/device-link-number/v1"

PAYLOAD_NAMES = (
    "attestation",
    "organisations",
    "invitation",
    "device",
    "consent",
    "disclosure",
    "content",
    "request",
    "sign-in",
    "consent-status",
    "answer",
    "tree-head",
    "gateway",
    "gateway-request",
    "filing",
    "filing-receipt",
)


def payload_type(name: str) -> str:
    """The DSSE payload type of the statement `name` (S3.2). KeyError for any other name."""
    if name not in PAYLOAD_NAMES:
        raise KeyError(name)
    return f"application/vnd.inscope.{name}.v1+json"
