/** Members of a thread who have other devices by now than those that are in it (SPEC S6.7). */
import type { DeviceContext } from './device_context'
import { roster } from './group_crypto'
import type { Thread } from './records'

/** `ended`: devices in the thread that are over for good; `fresh`: active ones that are not in it; `reads`: some device in it has not ended. */
export interface OutdatedMember { person: string; ended: string[]; fresh: string[]; reads: boolean }
type Context = Pick<DeviceContext, 'people' | 'clock'>

/** In the order of the roster; who has just the devices that are in the thread is not among them. */
export function outdatedMembers({ people, clock }: Context, { group }: Pick<Thread, 'group'>): OutdatedMember[] {
  const now = clock.now()
  const here = new Set(group === null ? [] : roster(group).map(({ device }) => device))
  const members = new Map<string, string[]>()
  for (const device of here) {
    const person = people.ownerOf(device)
    if (person !== null) members.set(person, [...(members.get(person) ?? []), device])
  }
  return [...members].map(([person, theirs]) => {
    const ended = theirs.filter((device) => people.hasEnded(device, now))
    const fresh = people.activeDevices(person, now).filter((device) => !here.has(device))
    return { person, ended, fresh, reads: ended.length < theirs.length }
  }).filter(({ ended, fresh }) => ended.length + fresh.length > 0)
}
