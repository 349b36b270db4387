/** Being told that something is new while InScope is locked, closed or behind something else (SPEC S14). */
import type { ThreadKind } from '../protocol/types'
import type { DeviceContext } from './device_context'
import { SessionFailure } from './failure'
import type { NotificationsView } from './session'

const HERE = '/api/notifications'

/** `key`: of a server that calls push services; `kinds`: of threads, null where this device is not told. */
interface Told { key: string | null; kinds: ThreadKind[] | null }

export class Notifications {
  constructor(private readonly context: DeviceContext) {}

  async view(): Promise<NotificationsView> {
    const { key, kinds } = await this.told()
    const { push = null } = this.context.platform
    if (key === null) return { state: 'not_offered', kinds: [] }
    if (push === null) return { state: 'unsupported', kinds: [] }
    if (push.permission === 'denied') return { state: 'forbidden', kinds: [] }
    return kinds === null || push.permission === 'ask' ? { state: 'off', kinds: [] } : { state: 'on', kinds }
  }

  /** Its person is asked by the browser first; where they say no, it stays off. */
  async turnOn(kinds: ThreadKind[]): Promise<void> {
    const { key } = await this.told()
    if (key !== null) await this.subscribe(key, kinds)
  }

  async turnOff(): Promise<void> {
    await this.context.transport.delete(HERE)
    await this.context.platform.push?.unsubscribe()
  }

  /** A browser may have given its subscription up, or got another one. Nobody is asked anything. */
  async renew(): Promise<void> {
    if (this.context.platform.push?.permission !== 'granted') return
    const { key, kinds } = await this.told()
    if (key !== null && kinds !== null) await this.subscribe(key, kinds)
  }

  private async subscribe(key: string, kinds: ThreadKind[]): Promise<void> {
    const endpoint = await this.context.platform.push?.subscribe(key).catch(() => {
      throw new SessionFailure('push_unavailable', 'This browser’s push service does not answer.', 'try_again')
    })
    if (endpoint) await this.context.transport.put(HERE, { endpoint, kinds })
  }

  private told(): Promise<Told> {
    return this.context.transport.get<Told>(HERE)
  }
}
