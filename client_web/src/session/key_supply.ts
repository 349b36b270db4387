/** Keeps the directory supplied with this device's key packages, each for one use. */
import { toBase64url } from '../protocol/encoding'
import type { DeviceContext } from './device_context'
import type { Edit } from './records'

/** How many key packages are published at once, and how few may be left. */
export interface Supply { wanted: number; least: number }
export const usualSupply: Supply = { wanted: 30, least: 10 }
/** A key package that nobody used in this time is forgotten with its secret: two lifetimes of RFC 9420's kind. */
const KEPT_MS = 90 * 86_400_000

/** Stores fresh secrets first and publishes then; tops up when too few are left. */
export async function supplyKeyPackages(context: DeviceContext, suite: number, { wanted, least }: Supply): Promise<void> {
  const { available } = await context.transport.get<{ available: number }>('/api/key-packages/count')
  if (available >= least) return
  const now = context.clock.now()
  const made = await (await context.group(suite)).newKeyPackages(wanted - available, now)
  const kept = made.map(({ ref, published, secret }): Edit =>
    ({ kind: 'key-package', put: { ref, published: toBase64url(published), secret: toBase64url(secret), suite, madeAt: now } }))
  const old = context.records.all('key-package').filter(({ madeAt }) => madeAt < now - KEPT_MS)
  await context.records.write([...kept, ...old.map(({ ref }): Edit => ({ kind: 'key-package', remove: ref }))])
  await context.transport.post('/api/key-packages', { key_packages: made.map(({ published }) => toBase64url(published)) })
}
