/**
 * What a person decides about their other devices is carried out in every thread of the device on which they decided it (SPEC S6.7): one that was
 * added comes into each, one that was revoked is taken out of each. Thread by thread, as fast as the server gives out key packages; it goes on after a break.
 */
import type { DeviceContext } from './device_context'
import { SessionFailure } from './failure'
import { roster } from './group_crypto'
import type { OwnDeviceAct, Thread } from './records'
import type { DeviceThreads } from './session'
import type { Threads } from './threads'
import { isPassing } from './transport'

const RETRY = { first: 2_000, most: 30_000 }

export class OwnDevices {
  private timer: ReturnType<typeof setTimeout> | null = null
  private wait = RETRY.first
  private running = false
  /** Something was decided while a round was under way. */
  private again = false
  private closed = false
  /** Threads in which it was refused for another reason than time; tried again when the line opens next. */
  private readonly refused = new Set<string>()

  constructor(private readonly context: DeviceContext, private readonly threads: Threads) {}

  private usable(): Thread[] {
    return this.context.records.all('thread').filter(({ group, trouble }) => group !== null && trouble === null)
  }

  private holds(thread: Thread, device: string): boolean {
    return roster(thread.group!).some((member) => member.device === device)
  }

  /** In how many of this device's threads another is. */
  threadsOf(device: string): DeviceThreads {
    const usable = this.usable()
    return { here: usable.filter((thread) => this.holds(thread, device)).length, all: usable.length, underWay: this.context.records.get('own-device-act', device)?.act === 'add' }
  }

  async decide(device: string, act: OwnDeviceAct['act']): Promise<void> {
    await this.context.records.write([{ kind: 'own-device-act', put: { device, act } }])
    this.resume()
  }

  resume(): void {
    this.refused.clear()
    this.wait = RETRY.first
    void this.run()
  }

  close(): void {
    this.closed = true
    if (this.timer !== null) clearTimeout(this.timer)
  }

  private lacking({ device, act }: OwnDeviceAct): Thread[] {
    return this.usable().filter((thread) => !this.refused.has(thread.thread) && this.holds(thread, device) === (act === 'remove'))
  }

  private async run(): Promise<void> {
    const acts = this.context.records.all('own-device-act')
    this.again = this.running
    if (this.running || this.closed || acts.length === 0) return
    this.running = true
    try {
      await this.context.people.refresh([this.context.account.person])
      for (const act of acts) await this.carryOut(act)
      this.wait = RETRY.first
    } catch {
      this.later()
    } finally {
      this.running = false
      if (this.again) void this.run()
    }
  }

  private async carryOut(act: OwnDeviceAct): Promise<void> {
    const { people, clock, records } = this.context
    const ended = people.hasEnded(act.device, clock.now())
    const stands = act.act === 'remove' ? ended : people.isAttested(act.device, clock.now())
    for (const { thread } of stands ? this.lacking(act) : []) {
      if (this.closed) return
      await this.threads.settleOwn(thread).catch((error: unknown) => this.note(thread, error))
      this.context.changed('devices', act.device)
    }
    const isDone = stands && this.refused.size === 0
    if (isDone || (act.act === 'add' && ended)) await records.write([{ kind: 'own-device-act', remove: act.device }])
    this.context.changed('devices', act.device)
  }

  /** What time alone can put right ends this round. */
  private note(thread: string, error: unknown): void {
    const waits = isPassing(error) || (error instanceof SessionFailure && ['no_key_packages', 'stale_epoch'].includes(error.code))
    if (waits) throw error
    this.refused.add(thread)
  }

  private later(): void {
    if (this.closed) return
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.run(), this.wait)
    this.wait = Math.min(this.wait * 2, RETRY.most)
  }
}
