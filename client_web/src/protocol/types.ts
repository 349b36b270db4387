/** What is signed and decided upon (SPEC S3.5, S5, S6.5, S7): each shape is the reader of its type. Bytes stay base64url, as on the wire. */
import { fromJson, toJson } from './encoding'
import { malformed } from './failures'
import { isSealingKey, isSigningKey } from './public_keys'
import { boolean, bytes, identifier, integer, list, matching, nullable, object, oneOf, role, text, variants, where, type Of, type Shape } from './shape'

export const MOST_PAYLOAD_BYTES = 64 * 1024
const MOST_IMAGES = 16
export const MOST_MARKS = 24
export const MOST_READERS = 16
const LONGEST_SIDE = 16_384
const LARGEST_BUCKET = 64 * 2 ** 20
const LARGEST_SEALED = 24 + LARGEST_BUCKET + 17 * (LARGEST_BUCKET / 65_536)
const LARGEST_PACKAGE = LARGEST_BUCKET + 48

const time = integer(0)
const count = integer(0)
const version = integer(1)
const hash = bytes(32)
const signingKey = where(bytes(32), isSigningKey, 'not an Ed25519 key')
const sealingKey = where(bytes(32), isSealingKey, 'not an X25519 key')
const half = bytes(32)
const commitment = bytes(32)
const nonce = bytes(16, 64)
const language = matching((tag) => tag.length <= 35 && /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/.test(tag))

export const purpose = oneOf('direct-care-advice', 'teaching', 'research')
const threadPurpose = oneOf('direct-care-advice', 'teaching', 'research', 'none')
const threadKind = oneOf('case', 'discussion', 'social')
const imageKind = oneOf('radiograph', 'scan', 'photograph', 'document')
const consentDecision = oneOf('given', 'refused', 'withdrawn')
export const sensitivity = oneOf('identifiable', 'intimate')
export const basis = oneOf('patient', 'young-person', 'guardian', 'substitute-decision-maker', 'expected-in-direct-care', 'emergency')
const laterality = oneOf('left', 'right', 'bilateral')
const mediaType = oneOf('image/jpeg', 'image/png', 'image/webp')

const attestation = object({
  organisation: identifier('organisation'), person: identifier('person'), display_name: text(), identity_key: signingKey,
  roles: list(role), teams: list(identifier('team')), registration: nullable(object({ authority: text(), number: text() })),
  serial: count, valid_from: time, valid_until: time,
})

const knownOrganisation = object({
  organisation: identifier('organisation'), name: text(), key: signingKey,
  teams: list(object({ team: identifier('team'), name: text() })), roles: list(object({ role, name: text() })),
})

const organisations = where(
  object({ organisation: identifier('organisation'), serial: count, issued_at: time, organisations: list(knownOrganisation) }),
  ({ organisation, organisations: known }) =>
    known[0]?.organisation === organisation && new Set(known.map((each) => each.organisation)).size === known.length,
  'organisations: its own first, none twice',
)

const invitation = object({
  organisation: identifier('organisation'), person: identifier('person'), display_name: text(), token_hash: hash, valid_until: time,
})

/** Of a device, from its creation: three years (S4.2). */
const LONGEST_CERTIFICATE = 1096 * 24 * 60 * 60 * 1000

const device = where(
  object({
    device: identifier('device'), person: identifier('person'), device_key: signingKey, identity_key: signingKey,
    created_at: time, valid_until: time, label: text(),
  }),
  ({ created_at, valid_until }) => valid_until - created_at <= LONGEST_CERTIFICATE,
  'a certificate for too long',
)

const recipient = variants({
  person: { person: identifier('person') },
  team: { organisation: identifier('organisation'), team: identifier('team') },
  organisation: { organisation: identifier('organisation') },
  role: { organisation: identifier('organisation'), role },
  group: { thread: identifier('thread') },
  record: { organisation: identifier('organisation') },
})

/** Who answers for a patient who cannot; the name is only in the encrypted record. */
const representative = object({
  relation: oneOf('parent', 'guardian', 'spouse-or-partner', 'child', 'sibling', 'other-relative', 'friend-or-carer', 'professional'),
  authority: oneOf('parental-responsibility', 'court-order', 'enduring-power', 'statutory', 'nominated'),
})

const sheet = object({ sheet: role, version, language, text: hash })

/** How the answer was taken. `sheet.text`: the hash of the exact bytes shown (S5.8); `answer`: of the patient's own signed answer (S5.10). */
const taken = object({
  how: oneOf('verbal', 'written', 'electronic'), witness: nullable(identifier('person')),
  interpreter: nullable(oneOf('professional', 'telephone', 'staff', 'family')),
  sheet: nullable(sheet),
  representative: nullable(representative), assent: nullable(oneOf('given', 'refused', 'unable')),
  reason: nullable(oneOf('unconscious', 'too-ill', 'confused', 'no-time')), answer: nullable(hash),
})

const conditions = object({ deidentified_only: boolean, no_onward_sharing: boolean, image_kinds: list(imageKind), sensitive: list(sensitivity) })

/** The profile that was in force where the consent was recorded (policy.ts). */
const policyName = object({ profile: role, version })

/** A clinician's device, or the patient on their own page by the consent authority (S5.9). */
const recordedBy = variants({
  clinician: { person: identifier('person'), device: identifier('device') },
  patient: { authority: identifier('authority') },
})

export const scope = where(where(
  object({
    consent: identifier('consent'), version, previous: nullable(hash), subject: identifier('subject'),
    decision: consentDecision, basis, taken, purposes: list(purpose), recipients: list(recipient), conditions,
    valid_from: time, valid_until: time, policy: policyName, recorded_by: recordedBy,
    recorded_at: time, record_commitment: commitment,
  }),
  (value) => value.valid_from < value.valid_until && (value.version === 1) === (value.previous === null),
  'a consent that ends before it begins, or follows nothing',
), hasWhatItsBasisNeeds, 'a basis without what it needs, or with what only another has')

export const LONGEST_EMERGENCY = 24 * 60 * 60 * 1000

/** S5.1: what a basis cannot do without, and what only it has. */
function hasWhatItsBasisNeeds(value: { basis: string; taken: Of<typeof taken>; valid_from: number; valid_until: number; version: number; recorded_by: { kind: string } }): boolean {
  const { basis: on, taken: { representative: answering, assent, reason }, valid_from, valid_until } = value
  const represented = on === 'guardian' || on === 'substitute-decision-maker'
  const emergency = on === 'emergency'
  return (answering !== null) === represented && (assent === null || answering !== null) && (reason !== null) === emergency
    && !(emergency && valid_until - valid_from > LONGEST_EMERGENCY) && !(value.version === 1 && value.recorded_by.kind === 'patient')
}

/** What the patient answered on their own page (S5.10). `previous`: the version that the question was to follow. */
const answer = object({
  authority: identifier('authority'), request: identifier('request'), consent: identifier('consent'), previous: nullable(hash),
  decision: oneOf('given', 'refused'), purposes: list(purpose), recipients: list(recipient), conditions, valid_until: time, sheet, at: time,
})

const LONGEST_STATUS = 5 * 60 * 1000

/** Which versions stand, said to who drew the nonce; for five minutes at most (S5.12). */
const consentStatus = where(
  object({
    authority: identifier('authority'), nonce, at: time, valid_until: time,
    consents: list(object({ consent: identifier('consent'), version, hash })),
  }),
  ({ at, valid_until }) => at < valid_until && valid_until <= at + LONGEST_STATUS,
  'a status that counts for more than five minutes',
)

const disclosedImage = object({ image: identifier('image'), subject: identifier('subject'), kind: imageKind, deidentified: boolean, sensitive: list(sensitivity) })

const disclosure = object({
  disclosure: identifier('disclosure'), message: identifier('message'), thread: identifier('thread'), epoch: count,
  purpose, image: disclosedImage, blob: identifier('blob'), blob_hash: hash, sealed_size: integer(1, LARGEST_SEALED),
  key_commitment: commitment, plaintext_commitment: commitment, consent: identifier('consent'), version,
  origin: nullable(identifier('disclosure')), preview_of: nullable(identifier('disclosure')), person: identifier('person'), device: identifier('device'), at: time,
})

/** Nanometres in the patient, between the middles of rows (down) and of columns (across): DICOM (0028,0030). */
const pixelSpacing = object({ row: integer(1, 100_000_000), column: integer(1, 100_000_000) })

const imageManifest = object({
  disclosure: identifier('disclosure'), blob: identifier('blob'), client_half: half, size: integer(1, LARGEST_BUCKET - 1),
  media_type: mediaType, width: integer(1, LONGEST_SIDE), height: integer(1, LONGEST_SIDE), statement_hash: hash,
  taken_at: nullable(time), body_site: nullable(text(80)), laterality: nullable(laterality), pixel_spacing: nullable(pixelSpacing),
})

/** Pixels of the image, across and down from its upper left corner. */
const point = object({ x: integer(0, LONGEST_SIDE), y: integer(0, LONGEST_SIDE) })

/** An arrow points at its `end`; what is measured along a line, each reader's device works out. */
const mark = where(
  variants({
    arrow: { start: point, end: point, text: text(80) },
    line: { start: point, end: point },
    words: { at: point, text: where(text(80), (words) => words !== '', 'no words') },
  }),
  (drawn) => drawn.kind === 'words' || drawn.start.x !== drawn.end.x || drawn.start.y !== drawn.end.y,
  'an arrow or a line without a length',
)

/** What may be shared with who joins later. */
const said = {
  text: { text: text() },
  images: { caption: text(), images: list(imageManifest, MOST_IMAGES) },
  annotation: { disclosure: identifier('disclosure'), marks: list(mark, MOST_MARKS) },
}

/** The newest head of the log that a device has verified (S10.5). */
const logHead = object({ size: count, root: hash })

const written = {
  message: identifier('message'), thread: identifier('thread'), epoch: count, device: identifier('device'),
  person: identifier('person'), at: time, log_head: nullable(logHead),
}

const reader = variants({ person: { person: identifier('person') }, device: { device: identifier('device') } })
const signature = bytes(64)

/** S6.8. `seq`, `at`: of the message in the thread's log, by the sharer's word; `sig`: its author's, over `content` as it stands here. */
const historyItem = variants({
  message: {
    seq: integer(1), at: time, content: object({ ...written, body: variants(said) }), sig: signature,
    statements: list(object({ statement: disclosure, sig: signature }), MOST_IMAGES),
  },
  withheld: {
    seq: integer(1), at: time, message: identifier('message'), person: identifier('person'), images: integer(0, MOST_IMAGES),
    code: matching((code) => /^[a-z][a-z_]{0,39}$/.test(code)),
  },
})

const some = <T>(entries: Shape<T[]>): Shape<T[]> => where(entries, ({ length }) => length > 0, 'a list of nothing')

const contentBody = variants({
  ...said,
  title: { title: text(120) },
  'consent-record': { consent: identifier('consent'), version, record: text() },
  leaving: {},
  history: { to: some(list(reader, MOST_READERS)), items: some(list(historyItem)) },
})

const content = object({ ...written, body: contentBody })

const request = object({ organisation: identifier('organisation'), ask: oneOf('pending-enrolments'), at: time, nonce })
const signIn = object({ device: identifier('device'), origin: text(), nonce, at: time })
const treeHead = object({ log: identifier('log'), size: count, root: hash, at: time })

/** An organisation's records gateway: what it signs with, and what packages to it are sealed to (S12.1). */
const gateway = object({
  organisation: identifier('organisation'), gateway: identifier('gateway'), name: text(), signing_key: signingKey, sealing_key: sealingKey,
  serial: count, valid_from: time, valid_until: time,
})

const gatewayRequest = where(
  object({ gateway: identifier('gateway'), origin: text(), ask: oneOf('filings', 'package'), filing: nullable(identifier('filing')), nonce, at: time }),
  ({ ask, filing: asked }) => (asked !== null) === (ask === 'package'),
  'a package without its filing, or a filing where none is asked for',
)

/** A clinician files one disclosed image. `disclosed`: the hash of its disclosure statement (S12.4). */
const filing = object({
  filing: identifier('filing'), organisation: identifier('organisation'), gateway: identifier('gateway'), thread: identifier('thread'),
  disclosure: identifier('disclosure'), disclosed: hash, consent: identifier('consent'), version, package_hash: hash,
  package_size: integer(1, LARGEST_PACKAGE), person: identifier('person'), device: identifier('device'), at: time,
})

/** What became of it. `statement`: the hash of the filing statement; `location`: of where it lies (S12.8). */
const filingReceipt = where(
  object({
    filing: identifier('filing'), statement: hash, organisation: identifier('organisation'), gateway: identifier('gateway'),
    disclosure: identifier('disclosure'), outcome: oneOf('filed', 'refused'), target: oneOf('folder', 'fhir', 'dicom'), location: nullable(hash),
    code: nullable(matching((code) => /^[a-z][a-z_]{0,39}$/.test(code))), at: time,
  }),
  ({ outcome, location, code }) => (location !== null) === (outcome === 'filed') && (code === null) === (outcome === 'filed'),
  'filed without a place, or refused without a reason',
)

/** What `decide` is asked about (S5.4). */
export const threadDescriptor = object({ thread: identifier('thread'), kind: threadKind, purpose: threadPurpose })
export const imageDescriptor = object({
  image: identifier('image'), subject: identifier('subject'), kind: imageKind, deidentified: boolean, sensitive: list(sensitivity), onward: boolean,
})
export const recipientPerson = object({ person: identifier('person'), attestations: list(attestation) })

/** The person who recorded a version, or null where the patient did. */
export function recorderOf({ recorded_by }: Scope): string | null {
  return recorded_by.kind === 'clinician' ? recorded_by.person : null
}

const payloads = {
  attestation, organisations, invitation, device, consent: scope, disclosure, content, request, 'sign-in': signIn, 'consent-status': consentStatus, answer, 'tree-head': treeHead,
  gateway, 'gateway-request': gatewayRequest, filing, 'filing-receipt': filingReceipt,
}

export type Purpose = Of<typeof purpose>
export type ThreadPurpose = Of<typeof threadPurpose>
export type ThreadKind = Of<typeof threadKind>
export type ImageKind = Of<typeof imageKind>
export type ConsentDecision = Of<typeof consentDecision>
export type Sensitivity = Of<typeof sensitivity>
export type Basis = Of<typeof basis>
export type Laterality = Of<typeof laterality>
export type MediaType = Of<typeof mediaType>
export type Attestation = Of<typeof attestation>
export type KnownOrganisation = Of<typeof knownOrganisation>
export type Organisations = Of<typeof organisations>
export type Invitation = Of<typeof invitation>
export type DeviceCertificate = Of<typeof device>
export type Recipient = Of<typeof recipient>
export type Taken = Of<typeof taken>
export type Representative = Of<typeof representative>
export type Conditions = Of<typeof conditions>
export type PolicyName = Of<typeof policyName>
export type Scope = Of<typeof scope>
export type DisclosedImage = Of<typeof disclosedImage>
export type DisclosureStatement = Of<typeof disclosure>
export type ImageManifest = Of<typeof imageManifest>
export type PixelSpacing = Of<typeof pixelSpacing>
export type Point = Of<typeof point>
export type Mark = Of<typeof mark>
export type Line = Extract<Mark, { kind: 'line' }>
export type ContentBody = Of<typeof contentBody>
export type Content = Of<typeof content>
export type Reader = Of<typeof reader>
export type HistoryItem = Of<typeof historyItem>
export type SharedMessage = Extract<HistoryItem, { kind: 'message' }>
export type WithheldMessage = Extract<HistoryItem, { kind: 'withheld' }>
export type SharedContent = SharedMessage['content']
export type AdministratorRequest = Of<typeof request>
export type Sheet = Of<typeof sheet>
export type Answer = Of<typeof answer>
export type ConsentStatus = Of<typeof consentStatus>
export type SignIn = Of<typeof signIn>
export type TreeHead = Of<typeof treeHead>
export type LogHead = Of<typeof logHead>
export type Gateway = Of<typeof gateway>
export type Filing = Of<typeof filing>
export type FilingReceipt = Of<typeof filingReceipt>
export type ThreadDescriptor = Of<typeof threadDescriptor>
export type ImageDescriptor = Of<typeof imageDescriptor>
export type RecipientPerson = Of<typeof recipientPerson>

export type StatementName = keyof typeof payloads
export type Payload<N extends StatementName> = Of<(typeof payloads)[N]>

export type ReasonCode =
  | 'consent_missing' | 'consent_refused' | 'consent_withdrawn' | 'assent_refused' | 'consent_not_yet_valid' | 'consent_expired'
  | 'policy_unknown' | 'policy_period_over' | 'subject_mismatch' | 'purpose_not_covered' | 'basis_insufficient'
  | 'sheet_required' | 'witness_required' | 'writing_required' | 'professional_interpreter_required' | 'assent_required'
  | 'social_thread' | 'image_kind_not_covered' | 'sensitivity_not_covered' | 'not_deidentified'
  | 'onward_sharing_forbidden' | 'nobody' | 'not_attested' | 'attestation_lapsed' | 'person_not_covered' | 'consent_superseded'
  | 'not_for_care' | 'filer_not_of_organisation' | 'record_not_covered' | 'device_key_doubled'
export type Remedy =
  | 'record_consent' | 'respect_refusal' | 'wait' | 'ask_patient' | 'record_again' | 'complete_consent' | 'use_right_consent' | 'choose_other_thread' | 'deidentify'
  | 'renew_attestation' | 'renew_device' | 'ask_patient_or_remove' | 'use_current_version' | 'ask_who_works_there' | 'revoke_device'
/** Why an image may not go somewhere: `who` is the person concerned, or null when it concerns no one in particular. */
export interface Reason { code: ReasonCode; who: string | null; remedy: Remedy }

/** A payload of this name checked against its shape (S1.6), or `malformed`. */
export function checkPayload<N extends StatementName>(name: N, value: unknown): Payload<N> {
  return (payloads[name] as Shape<Payload<N>>)(value)
}

/** Reads a signed payload: `malformed` over 64 KiB, then `not_canonical` (S1.5), then `malformed` (S1.6). */
export function decodePayload<N extends StatementName>(name: N, payload: Uint8Array): Payload<N> {
  if (payload.length > MOST_PAYLOAD_BYTES) throw malformed('a payload over 64 KiB')
  return checkPayload(name, fromJson(payload))
}

/** The bytes to sign, with the keys in the order they stand in `value`. */
export function encodePayload<N extends StatementName>(name: N, value: Payload<N>): Uint8Array {
  const payload = toJson(checkPayload(name, value))
  if (payload.length > MOST_PAYLOAD_BYTES) throw malformed('a payload over 64 KiB')
  return payload
}
