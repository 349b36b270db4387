/** What is signed and decided upon (SPEC S3.5, S5, S6.5, S7): each shape is the reader of its type. Bytes stay base64url, as on the wire. */
import { fromJson, toJson } from './encoding'
import { malformed } from './failures'
import { boolean, bytes, identifier, integer, list, matching, nullable, object, oneOf, role, text, variants, where, type Of, type Shape } from './shape'

export const MOST_PAYLOAD_BYTES = 64 * 1024
const MOST_IMAGES = 16
const LARGEST_BUCKET = 64 * 2 ** 20
const LARGEST_SEALED = 24 + LARGEST_BUCKET + 17 * (LARGEST_BUCKET / 65_536)

const time = integer(0)
const count = integer(0)
const version = integer(1)
const hash = bytes(32)
const publicKey = bytes(32)
const half = bytes(32)
const commitment = bytes(32)
const nonce = bytes(16, 64)
const language = matching((tag) => tag.length <= 35 && /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/.test(tag))

const purpose = oneOf('direct-care-advice', 'teaching', 'research')
const threadPurpose = oneOf('direct-care-advice', 'teaching', 'research', 'none')
const threadKind = oneOf('case', 'discussion', 'social')
const imageKind = oneOf('radiograph', 'scan', 'photograph', 'document')
const consentDecision = oneOf('given', 'refused', 'withdrawn')
const basis = oneOf('patient', 'guardian', 'substitute-decision-maker', 'expected-in-direct-care', 'emergency')
const laterality = oneOf('left', 'right', 'bilateral')
const mediaType = oneOf('image/jpeg', 'image/png', 'image/webp')

const attestation = object({
  organisation: identifier('organisation'), person: identifier('person'), display_name: text(), identity_key: publicKey,
  roles: list(role), teams: list(identifier('team')), registration: nullable(object({ authority: text(), number: text() })),
  serial: count, valid_from: time, valid_until: time,
})

const knownOrganisation = object({
  organisation: identifier('organisation'), name: text(), key: publicKey,
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

const device = object({
  device: identifier('device'), person: identifier('person'), device_key: publicKey, identity_key: publicKey,
  created_at: time, valid_until: time, label: text(),
})

const recipient = variants({
  person: { person: identifier('person') },
  team: { team: identifier('team') },
  organisation: { organisation: identifier('organisation') },
  role: { organisation: identifier('organisation'), role },
  group: { thread: identifier('thread') },
})

const taken = object({
  how: oneOf('verbal', 'written', 'electronic'), witness: nullable(identifier('person')),
  sheet: nullable(object({ sheet: role, version, language })),
})

const conditions = object({ deidentified_only: boolean, no_onward_sharing: boolean, image_kinds: list(imageKind) })

export const scope = where(
  object({
    consent: identifier('consent'), version, previous: nullable(hash), subject: identifier('subject'),
    decision: consentDecision, basis, taken, purposes: list(purpose), recipients: list(recipient), conditions,
    valid_from: time, valid_until: time, recorded_by: object({ person: identifier('person'), device: identifier('device') }),
    recorded_at: time, record_commitment: commitment,
  }),
  (value) => value.valid_from < value.valid_until && (value.version === 1) === (value.previous === null),
  'a consent that ends before it begins, or follows nothing',
)

const disclosedImage = object({ image: identifier('image'), subject: identifier('subject'), kind: imageKind, deidentified: boolean })

const disclosure = object({
  disclosure: identifier('disclosure'), message: identifier('message'), thread: identifier('thread'), epoch: count,
  purpose, image: disclosedImage, blob: identifier('blob'), blob_hash: hash, sealed_size: integer(1, LARGEST_SEALED),
  key_commitment: commitment, plaintext_commitment: commitment, consent: identifier('consent'), version,
  origin: nullable(identifier('disclosure')), person: identifier('person'), device: identifier('device'), at: time,
})

const imageManifest = object({
  disclosure: identifier('disclosure'), blob: identifier('blob'), client_half: half, size: integer(1, LARGEST_BUCKET - 1),
  media_type: mediaType, width: integer(1, 16_384), height: integer(1, 16_384), statement_hash: hash,
  taken_at: nullable(time), body_site: nullable(text(80)), laterality: nullable(laterality),
})

const contentBody = variants({
  text: { text: text() },
  title: { title: text(120) },
  images: { caption: text(), images: list(imageManifest, MOST_IMAGES) },
  'consent-record': { consent: identifier('consent'), version, record: text() },
})

/** The newest head of the log that a device has verified (S10.5). */
const logHead = object({ size: count, root: hash })

const content = object({
  message: identifier('message'), thread: identifier('thread'), epoch: count, device: identifier('device'),
  person: identifier('person'), at: time, log_head: nullable(logHead), body: contentBody,
})

const request = object({ organisation: identifier('organisation'), ask: oneOf('pending-enrolments'), at: time, nonce })
const signIn = object({ device: identifier('device'), origin: text(), nonce, at: time })
const treeHead = object({ log: identifier('log'), size: count, root: hash, at: time })

/** What `decide` is asked about (S5.4). */
export const threadDescriptor = object({ thread: identifier('thread'), kind: threadKind, purpose: threadPurpose })
export const imageDescriptor = object({
  image: identifier('image'), subject: identifier('subject'), kind: imageKind, deidentified: boolean, onward: boolean,
})
export const recipientPerson = object({ person: identifier('person'), attestations: list(attestation) })

const payloads = {
  attestation, organisations, invitation, device, consent: scope, disclosure, content, request, 'sign-in': signIn, 'tree-head': treeHead,
}

export type Purpose = Of<typeof purpose>
export type ThreadPurpose = Of<typeof threadPurpose>
export type ThreadKind = Of<typeof threadKind>
export type ImageKind = Of<typeof imageKind>
export type ConsentDecision = Of<typeof consentDecision>
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
export type Conditions = Of<typeof conditions>
export type Scope = Of<typeof scope>
export type DisclosedImage = Of<typeof disclosedImage>
export type DisclosureStatement = Of<typeof disclosure>
export type ImageManifest = Of<typeof imageManifest>
export type ContentBody = Of<typeof contentBody>
export type Content = Of<typeof content>
export type AdministratorRequest = Of<typeof request>
export type SignIn = Of<typeof signIn>
export type TreeHead = Of<typeof treeHead>
export type LogHead = Of<typeof logHead>
export type ThreadDescriptor = Of<typeof threadDescriptor>
export type ImageDescriptor = Of<typeof imageDescriptor>
export type RecipientPerson = Of<typeof recipientPerson>

export type StatementName = keyof typeof payloads
export type Payload<N extends StatementName> = Of<(typeof payloads)[N]>

export type ReasonCode =
  | 'consent_missing' | 'consent_refused' | 'consent_withdrawn' | 'consent_not_yet_valid' | 'consent_expired' | 'subject_mismatch'
  | 'purpose_not_covered' | 'basis_insufficient' | 'social_thread' | 'image_kind_not_covered' | 'not_deidentified'
  | 'onward_sharing_forbidden' | 'nobody' | 'not_attested' | 'attestation_lapsed' | 'person_not_covered' | 'consent_superseded'
export type Remedy =
  | 'record_consent' | 'respect_refusal' | 'wait' | 'ask_patient' | 'use_right_consent' | 'choose_other_thread' | 'deidentify'
  | 'renew_attestation' | 'ask_patient_or_remove' | 'use_current_version'
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
