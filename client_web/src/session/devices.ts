/** This person's devices, as the server lists them, and revoking one that was lost. */
import type { DeviceContext } from './device_context'
import { CLOCK_MARGIN_MS } from './enrolment'
import type { DeviceView } from './session'

interface Listed { device: string; label: string; created_at: number; confirmed: boolean; invited: boolean; signed_in_on?: string; revoked_at?: number }

/** This one first, then those that may sign in, the newest first. Where this one is not confirmed the server lists no other (S4.8). */
export async function devicesOf({ transport, account }: DeviceContext): Promise<DeviceView[]> {
  const { devices } = await transport.get<{ devices: Listed[] }>('/api/devices')
  const views = devices.map(({ device, label, created_at: from, confirmed, invited, signed_in_on: signedInOn = null, revoked_at: revokedAt = null }): DeviceView =>
    ({ device, label, setUpAt: from + CLOCK_MARGIN_MS, confirmed, invited, signedInOn, revokedAt, current: device === account.device }))
  return views.sort((a, b) => Number(b.current) - Number(a.current) || Number(a.revokedAt !== null) - Number(b.revokedAt !== null) || b.setUpAt - a.setUpAt)
}

/** For good: it is told so at its next sign-in, and erases itself (S4.6). */
export async function revokeDevice({ transport }: DeviceContext, device: string): Promise<void> {
  await transport.post(`/api/devices/${device}/revoke`, {})
}
