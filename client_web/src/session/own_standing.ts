/** Why this device is not confirmed at present, by what its own organisation signed of its person (SPEC S4.8). */
import { isValid } from '../protocol/attestations'
import type { Attestation } from '../protocol/types'
import { identityKeyOf, type DeviceContext } from './device_context'
import { SessionFailure } from './failure'
import type { Unconfirmed } from './session'

/** `identityKey`: this device's, base64url; `standing`: the attestations that stand of its person, verified. */
export function whyUnconfirmed(organisation: string, identityKey: string, standing: Attestation[], now: number): Unconfirmed {
  const own = standing.find((one) => one.organisation === organisation && isValid(one, now))
  return own === undefined || own.identity_key === identityKey ? { code: 'not_attested' } : { code: 'device_replaced', since: own.valid_from }
}

function byWhatIsKnown(context: DeviceContext): Unconfirmed {
  const { account, people, clock } = context
  return whyUnconfirmed(account.organisation, identityKeyOf(context), people.attestations(account.person), clock.now())
}

/** That this device was replaced, where it has heard of it before; null where it has not. */
export function knownReplaced(context: DeviceContext): Unconfirmed | null {
  const why = byWhatIsKnown(context)
  return why.code === 'device_replaced' ? why : null
}

/** Asks what stands; to be asked by a device that the server has said is not attested. */
export async function askWhyUnconfirmed(context: DeviceContext): Promise<Unconfirmed> {
  const { attestations } = await context.transport.get<{ attestations: unknown[] }>('/api/attestations')
  await context.people.hear(context.account.person, attestations)
  return byWhatIsKnown(context)
}

export function replaced(): SessionFailure {
  return new SessionFailure('device_replaced', 'Another device of this person has taken this one’s place.', 'use_other_device')
}
