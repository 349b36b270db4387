/** The consent authority as this device knows it: its pinned key, and whether a consent is current (SPEC S5.9, S5.12). */
import { fromBase64url, toBase64url } from '../protocol/encoding'
import { narrows } from '../protocol/narrowing'
import { bytes, identifier, object, type Of } from '../protocol/shape'
import { parseEnvelope, verify, type Envelope } from '../protocol/statements'
import type { Answer, Scope } from '../protocol/types'
import type { DeviceContext } from './device_context'
import { SessionFailure } from './failure'

/** How long a status counts, from when it was asked for. */
export const MOST_AGE_MS = 5 * 60_000

const identity = object({ authority: identifier('authority'), key: bytes(32) })
/** An authority and its public key (base64url), as a session tells them. */
export type AuthorityIdentity = Of<typeof identity>
/** What a status was asked for with: the nonce, and when by this device's own running clock. */
export interface Asked { nonce: string; at: number }

export function notCurrent(): SessionFailure {
  return new SessionFailure('consent_not_current', 'It could not be made sure that this consent still stands.', 'try_again')
}

/** The one of this device, or null before it was told. Another key than the pinned one is never used: what it signs does not count. */
export class ConsentAuthority {
  /** `savePin` stores the account once its authority is pinned. */
  constructor(private readonly context: DeviceContext, private readonly savePin: () => Promise<void>) {}

  get pinned(): AuthorityIdentity | null {
    return this.context.account.authority ?? null
  }

  async meet(told: unknown): Promise<void> {
    if (this.pinned !== null || told === undefined || told === null) return
    this.context.account.authority = identity(told)
    await this.savePin()
  }

  private key(): Uint8Array {
    if (this.pinned === null) throw notCurrent()
    return fromBase64url(this.pinned.key)
  }

  /** For a request whose answer is to carry a status. */
  ask(): Asked {
    const { random, now } = this.context.platform
    return { nonce: toBase64url(random(32)), at: now() }
  }

  /** Throws `consent_not_current` unless `told` says that just this version stands, to this asking, no more than five minutes ago. */
  check(told: unknown, asked: Asked, consent: string, version: number, hash: string): void {
    const age = this.context.platform.now() - asked.at
    if (told === undefined || age < 0 || age >= MOST_AGE_MS) throw notCurrent()
    const status = verify(parseEnvelope(told), 'consent-status', this.pinned?.authority ?? '', this.key())
    const standing = status.consents.find((one) => one.consent === consent)
    if (status.nonce !== asked.nonce || standing === undefined || standing.version !== version || standing.hash !== hash) throw notCurrent()
  }

  answer(envelope: Envelope): Answer {
    return verify(envelope, 'answer', this.pinned?.authority ?? '', this.key())
  }
}

/** A version by the patient: signed by the pinned authority, and only taking away from the one before (S5.9). */
export function readPatientVersion(envelope: Envelope, before: Scope | undefined, pinned: AuthorityIdentity | null): Scope {
  const refused = () => new SessionFailure('consent_conflict', 'A version in the patient’s name is not the consent authority’s, or takes nothing away.', 'reload')
  if (pinned === null || before === undefined) throw refused()
  const scope = verify(envelope, 'consent', pinned.authority, fromBase64url(pinned.key))
  if (scope.recorded_by.kind !== 'patient' || scope.recorded_by.authority !== pinned.authority || !narrows(before, scope)) throw refused()
  return scope
}
