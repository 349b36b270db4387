/** The session with the server: signing in with the device key (SPEC S4.5), and what the server says of it. */
import { sign } from '../protocol/statements'
import type { PolicyName } from '../protocol/types'
import { seedOf, type DeviceContext } from './device_context'
import { redemption } from './enrolment'
import { SessionFailure } from './failure'
import type { Transport } from './transport'

export interface ServerSession {
  person: string; device: string; display_name: string; organisation: string; csrf: string; attested: boolean; expires_at: number; server_time: number
  suite: number; policy: PolicyName; demo?: boolean; log?: unknown; authority?: unknown
}
const LONGEST_MS = 5_000
type Context = Pick<DeviceContext, 'account' | 'secrets' | 'transport' | 'clock' | 'platform' | 'revoked'>

function hear({ transport, clock }: Context, { session }: { session: ServerSession }): ServerSession {
  transport.csrf = session.csrf
  clock.hear(session.server_time)
  return session
}

/** The session that there is, or a new one. */
export async function currentSession(context: Context): Promise<ServerSession> {
  try {
    return hear(context, await context.transport.get<{ session: ServerSession }>('/api/session'))
  } catch (error) {
    if (!(error instanceof SessionFailure) || error.code !== 'not_signed_in') throw error
    return signIn(context)
  }
}

/** A claim that this device is revoked counts when it answers what this device has just signed, and again: then it erases itself (S4.6). */
export async function signIn(context: Context): Promise<ServerSession> {
  const isRevoked = (error: unknown) => error instanceof SessionFailure && error.code === 'device_revoked'
  return signInOnce(context).catch((first: unknown) => {
    if (!isRevoked(first)) throw first
    return signInOnce(context)
  }).catch((error: unknown) => {
    if (isRevoked(error)) context.revoked()
    throw error
  })
}

async function signInOnce(context: Context): Promise<ServerSession> {
  const { account, secrets, transport, clock, platform } = context
  const { nonce } = await transport.post<{ nonce: string }>('/api/sign-in/nonce', { device: account.device })
  const statement = { device: account.device, origin: platform.origin, nonce, at: clock.now() }
  const envelope = sign('sign-in', statement, account.device, seedOf(secrets.deviceKey))
  return hear(context, await transport.post<{ session: ServerSession }>('/api/sign-in', { sign_in: envelope }))
}

/** Ends every session of this device, so that who takes its files has none. Without a line they end by their age. */
export async function signOut(transport: Transport): Promise<void> {
  if (transport.csrf === '') return
  await transport.exchange({ method: 'DELETE', path: '/api/session', signal: AbortSignal.timeout(LONGEST_MS) }).catch(() => undefined)
}

/** Redeems the invitation of a fresh account; the answer is a session. */
export async function redeem(context: Context): Promise<ServerSession> {
  return hear(context, await context.transport.post<{ session: ServerSession }>('/api/enrolments', redemption(context.account, context.secrets)))
}
