/** Becoming a device beside another of the same person (SPEC S4.9), on this side. The identity key never comes here. */
import { deviceLinkCommitment, deviceLinkNumber, deviceLinkPin, deviceLinkProof, deviceLinkToken } from '../protocol/device_link'
import { equalBytes, fromBase64url, toBase64url } from '../protocol/encoding'
import { parseFragment } from '../protocol/enrolment'
import { toIdentifier } from '../protocol/identifiers'
import { sodium } from '../protocol/sodium'
import type { Account, DeviceContext } from './device_context'
import type { LookedAt } from './enrolment'
import { SessionFailure } from './failure'
import type { Secrets } from './keystore'
import type { Platform } from './platform'
import type { Transport } from './transport'

/** `secret`: of the link; `commitment`: to what the first device opens (base64url). */
export type LookedAtLink = LookedAt & { identity_key: string; commitment: string; secret: Uint8Array }
/** Kept until this device is confirmed. base64url. */
export interface AskedByLink { secret: string; commitment: string; label: string; expiresAt: number }
interface State { state: 'asked' | 'met' | 'added' | 'ended'; expires_at: number; opened?: string }

/** Whose link it is. Throws `link_invalid`, also when the server tells anything else than what the link pins. */
export async function lookAtDeviceLink(transport: Transport, fragment: string): Promise<LookedAtLink> {
  const { secret, fingerprint: pin } = parsed(fragment)
  const looked = await transport.post<Omit<LookedAtLink, 'secret'>>('/api/device-links/look', { token: toBase64url(deviceLinkToken(secret)) })
  const told = {
    organisationKey: fromBase64url(looked.organisation_key), identityKey: fromBase64url(looked.identity_key), organisation: looked.organisation,
    person: looked.person, commitment: fromBase64url(looked.commitment),
  }
  if (!equalBytes(deviceLinkPin(told), pin)) throw invalid('This server says otherwise than your other device.')
  return { ...looked, secret }
}

function invalid(message: string): SessionFailure {
  return new SessionFailure('link_invalid', message, 'show_new_code')
}

function parsed(fragment: string): ReturnType<typeof parseFragment> {
  try {
    return parseFragment(fragment.slice(fragment.lastIndexOf('/') + 1))
  } catch {
    throw invalid('This is not a link to another device.')
  }
}

export function joiningSecrets({ random }: Pick<Platform, 'random'>): Secrets {
  return { storageKey: random(32), identityKey: new Uint8Array(0), deviceKey: sodium().crypto_sign_seed_keypair(random(32)).privateKey }
}

export function joiningAccount(looked: LookedAtLink, label: string, random: Platform['random']): Account {
  const { person, organisation, organisation_key: organisationKey, display_name: displayName, organisation_name: organisationName, identity_key: identityKey } = looked
  return {
    person, device: toIdentifier('device', random(16)), organisation, organisationKey, displayName, organisationName, identityKey, certificate: null, invitationSecret: null,
    link: { secret: toBase64url(looked.secret), commitment: looked.commitment, label, expiresAt: 0 },
  }
}

function proofOf({ account: { link, identityKey, person, device }, secrets }: Pick<DeviceContext, 'account' | 'secrets'>): Uint8Array {
  return deviceLinkProof(fromBase64url(link!.secret), fromBase64url(identityKey!), person, { device, deviceKey: secrets.deviceKey.subarray(32), label: link!.label })
}

/** Uses the link up. */
export async function ask({ account, secrets, transport }: Pick<DeviceContext, 'account' | 'secrets' | 'transport'>): Promise<void> {
  const { device, link } = account
  const { expires_at: expiresAt } = await transport.post<{ expires_at: number }>('/api/device-links/ask', {
    token: tokenOf(account), device, device_key: toBase64url(secrets.deviceKey.subarray(32)), label: link!.label, proof: toBase64url(proofOf({ account, secrets })),
  })
  account.link = { ...link!, expiresAt }
}

function tokenOf({ link }: Account): string {
  return toBase64url(deviceLinkToken(fromBase64url(link!.secret)))
}

/** How the link stands; `over` where the server knows of none that this device asked by. `number`: once the first device has met it. */
export async function lookHowItStands(context: DeviceContext): Promise<{ state: State['state'] | 'over'; number: string | null }> {
  const { account, transport } = context
  try {
    const { state, opened } = await transport.post<State>('/api/device-links/state', { token: tokenOf(account), device: account.device })
    return { state, number: opened === undefined ? null : numberOf(context, fromBase64url(opened)) }
  } catch (error) {
    if (error instanceof SessionFailure && error.code === 'link_invalid') return { state: 'over', number: null }
    throw error
  }
}

/** Null where it is not what the link committed to: then the number would prove nothing. */
function numberOf(context: DeviceContext, opened: Uint8Array): string | null {
  const isCommitted = equalBytes(deviceLinkCommitment(opened), fromBase64url(context.account.link!.commitment))
  return isCommitted ? deviceLinkNumber(opened, proofOf(context)) : null
}
