/** This device's own decision (SPEC S5.4): over the people in the thread's own tree, at the server's time. */
import { decide } from '../protocol/decision'
import type { ImageDescriptor, Scope } from '../protocol/types'
import type { DeviceContext } from './device_context'
import { SessionFailure } from './failure'
import { roster } from './group_crypto'
import { policyNamed } from './policies'
import type { Thread } from './records'
import type { Verdict } from './session'

export type Decide = typeof decide

/** People with a device in the thread, each once; a device that nobody owns stands for itself and is covered by nothing. */
export function peopleOf({ people }: Pick<DeviceContext, 'people'>, { group }: Thread): string[] {
  return group === null ? [] : [...new Set(roster(group).map(({ device }) => people.ownerOf(device) ?? device))]
}

export class Gate {
  /** `decideBy` is the protocol's decision; a test that plays a modified client gives another. */
  constructor(private readonly context: DeviceContext, private readonly decideBy: Decide = decide) {}

  /** `joining`: people who are not in the thread yet. */
  verdict(scope: Scope | null, thread: Thread, image: ImageDescriptor, joining: string[] = []): Verdict {
    const recipients = [...new Set([...peopleOf(this.context, thread), ...joining])].map((person) => this.context.people.asRecipient(person))
    const { permit, reasons } = this.decideBy(scope, policyNamed(scope?.policy), thread, recipients, image, this.context.clock.now())
    return { thread: thread.thread, permit, reasons }
  }

  /** Throws `denied` with the reasons. */
  require(scope: Scope | null, thread: Thread, image: ImageDescriptor): void {
    const { permit, reasons } = this.verdict(scope, thread, image)
    if (!permit) throw new SessionFailure('denied', 'The consent does not cover this.', 'see_reasons', reasons)
  }
}
