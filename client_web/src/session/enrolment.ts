/** Becoming a device of an invited person (SPEC S4.1 to S4.4), on this side. */
import { fromBase64url, toBase64url } from '../protocol/encoding'
import { invitationProof, invitationToken, isPinnedKey, parseFragment } from '../protocol/enrolment'
import { toIdentifier } from '../protocol/identifiers'
import { sign } from '../protocol/statements'
import { sodium } from '../protocol/sodium'
import type { Account } from './device_context'
import { seedOf } from './device_context'
import { SessionFailure } from './failure'
import type { Secrets } from './keystore'
import type { Platform } from './platform'
import type { Transport } from './transport'

export const CERTIFICATE_MS = 730 * 86_400_000
/** By how much a certificate begins before the device's clock. */
export const CLOCK_MARGIN_MS = 7 * 86_400_000

export interface LookedAt { person: string; display_name: string; organisation: string; organisation_name: string; organisation_key: string }

/** Who is invited. Throws `invitation_invalid`, also when the server shows another organisation's key than the link pins. */
export async function lookAtInvitation(transport: Transport, fragment: string): Promise<LookedAt & { secret: Uint8Array }> {
  const { secret, fingerprint } = parsed(fragment)
  const looked = await transport.post<LookedAt>('/api/invitations/look', { token: toBase64url(invitationToken(secret)) })
  if (!isPinnedKey(fromBase64url(looked.organisation_key), fingerprint)) throw invalid('This server does not hold the key of the organisation that invited you.')
  return { ...looked, secret }
}

function invalid(message: string): SessionFailure {
  return new SessionFailure('invitation_invalid', message, 'ask_administrator')
}

/** Takes the fragment alone, or with the path before it as the link has it. */
function parsed(fragment: string): ReturnType<typeof parseFragment> {
  try {
    return parseFragment(fragment.slice(fragment.lastIndexOf('/') + 1))
  } catch {
    throw invalid('This is not an invitation.')
  }
}

export function newSecrets({ random }: Pick<Platform, 'random'>): Secrets {
  const pair = () => sodium().crypto_sign_seed_keypair(random(32)).privateKey
  return { storageKey: random(32), identityKey: pair(), deviceKey: pair() }
}

/** The account with its device certificate. `now` is this device's clock, which may be off: the certificate begins a week before. */
export function newAccount(looked: LookedAt & { secret: Uint8Array }, secrets: Secrets, label: string, now: number, random: Platform['random']): Account {
  const device = toIdentifier('device', random(16))
  const { person, organisation, organisation_key: organisationKey, display_name: displayName, organisation_name: organisationName } = looked
  const certificate = sign('device', {
    device, person, device_key: toBase64url(secrets.deviceKey.subarray(32)), identity_key: toBase64url(secrets.identityKey.subarray(32)),
    created_at: now - CLOCK_MARGIN_MS, valid_until: now + CERTIFICATE_MS, label,
  }, person, seedOf(secrets.identityKey))
  return { person, device, organisation, organisationKey, displayName, organisationName, certificate, invitationSecret: toBase64url(looked.secret) }
}

/** What redeems the invitation (S4.2). */
export function redemption({ person, device, certificate, invitationSecret }: Account, secrets: Secrets) {
  const secret = fromBase64url(invitationSecret ?? '')
  const proof = invitationProof(secret, { identityKey: secrets.identityKey.subarray(32), deviceKey: secrets.deviceKey.subarray(32), person, device })
  return { token: toBase64url(invitationToken(secret)), device: certificate, proof: toBase64url(proof) }
}
