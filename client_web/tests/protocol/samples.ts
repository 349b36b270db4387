/** Well-made values for the tests of this folder, from small numbers. */
import { toBase64url } from '../../src/protocol/encoding'
import { toIdentifier, type IdentifierKind } from '../../src/protocol/identifiers'
import type { Policy } from '../../src/protocol/policy'
import type { Attestation, Content, DeviceCertificate, DisclosureStatement, ImageDescriptor, Scope, ThreadDescriptor } from '../../src/protocol/types'

export const NOW = 1_800_000_000_000
const DAY = 86_400_000

export function id(kind: IdentifierKind, number = 1): string {
  return toIdentifier(kind, new Uint8Array(16).fill(number))
}

export function bytes32(number: number): string {
  return toBase64url(new Uint8Array(32).fill(number))
}

/** Ed25519 public keys, of the seeds that `bytes32` of the same number spells. */
export const SIGNING_KEYS = { 1: 'iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w', 2: 'gTl3Dqh9F19Wo1Rmw0x-zMuNipG07jeiXfYPW4_Js5Q' } as const

export function anAttestation(changes: Partial<Attestation> = {}): Attestation {
  return {
    organisation: id('organisation'), person: id('person'), display_name: 'Dr Ana Pohl', identity_key: SIGNING_KEYS[1], roles: ['radiologist'],
    teams: [id('team')], registration: null, serial: 1, valid_from: NOW - DAY, valid_until: NOW + DAY, ...changes,
  }
}

export function aDevice(changes: Partial<DeviceCertificate> = {}): DeviceCertificate {
  return {
    device: id('device'), person: id('person'), device_key: SIGNING_KEYS[2], identity_key: SIGNING_KEYS[1], created_at: NOW - DAY,
    valid_until: NOW + DAY, label: 'Ward tablet', ...changes,
  }
}

export function aScope(changes: Partial<Scope> = {}): Scope {
  return {
    consent: id('consent'), version: 1, previous: null, subject: id('subject'), decision: 'given', basis: 'patient',
    taken: {
      how: 'verbal', witness: null, interpreter: null, sheet: { sheet: 'sharing-images', version: 3, language: 'en-AU', text: bytes32(8) },
      representative: null, assent: null, reason: null, answer: null,
    },
    purposes: ['direct-care-advice'], recipients: [{ kind: 'person', person: id('person') }],
    conditions: { deidentified_only: false, no_onward_sharing: false, image_kinds: ['radiograph'], sensitive: [] },
    valid_from: NOW - DAY, valid_until: NOW + DAY, policy: { profile: 'base', version: 1 }, recorded_by: { kind: 'clinician', person: id('person', 2), device: id('device', 2) },
    recorded_at: NOW - DAY, record_commitment: bytes32(3), ...changes,
  }
}

/** Demands nothing beyond S5.4's own rows. */
export function aPolicy(changes: Partial<Policy> = {}): Policy {
  const purposes = ['direct-care-advice', 'teaching', 'research'] as const
  return {
    profile: 'base', version: 1, name: 'Base', emergency_hours: 24, demands: [], sources: [],
    bases: purposes.map((purpose) => ({ purpose, bases: ['patient', 'young-person', 'guardian', 'substitute-decision-maker', 'expected-in-direct-care', 'emergency'] })),
    longest_days: purposes.map((purpose) => ({ purpose, days: 3650 })), ...changes,
  }
}

export function aThread(changes: Partial<ThreadDescriptor> = {}): ThreadDescriptor {
  return { thread: id('thread'), kind: 'case', purpose: 'direct-care-advice', ...changes }
}

export function anImage(changes: Partial<ImageDescriptor> = {}): ImageDescriptor {
  return { image: id('image'), subject: id('subject'), kind: 'radiograph', deidentified: true, sensitive: [], onward: false, ...changes }
}

export function aText(text: string): Content {
  return {
    message: id('message'), thread: id('thread'), epoch: 3, device: id('device'), person: id('person'), at: NOW, log_head: { size: 7, root: bytes32(7) }, body: { kind: 'text', text },
  }
}

export function aDisclosure(changes: Partial<DisclosureStatement> = {}): DisclosureStatement {
  return {
    disclosure: id('disclosure'), message: id('message'), thread: id('thread'), epoch: 3, purpose: 'direct-care-advice',
    image: { image: id('image'), subject: id('subject'), kind: 'radiograph', deidentified: true, sensitive: [] }, blob: id('blob'), blob_hash: bytes32(4),
    sealed_size: 65_577, key_commitment: bytes32(5), plaintext_commitment: bytes32(6), consent: id('consent'), version: 1, origin: null, preview_of: null,
    person: id('person'), device: id('device'), at: NOW, ...changes,
  }
}
