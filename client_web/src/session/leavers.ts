/** Members who said that they leave, and are in the thread still (SPEC S6.10). */
import type { DeviceContext } from './device_context'
import { peopleOf } from './gate'
import type { Thread } from './records'

/** So long each further member waits, lest all of them commit at once. */
const TURN_MS = 500
const LATEST_MS = 10_000

/** In the order of the roster. Who was added again after saying so stays; of what was said before this device came it cannot know that. */
export function leaversOf(context: Pick<DeviceContext, 'people' | 'records'>, thread: Thread): string[] {
  const left = new Map<string, number>()
  const since = thread.joined?.seq ?? 0
  for (const { seq, person, state, body } of context.records.messagesOf(thread.thread)) {
    if (seq !== null && seq > since && state === 'sent' && body.kind === 'leaving') left.set(person, Math.max(seq, left.get(person) ?? 0))
  }
  for (const { seq, body } of left.size === 0 ? [] : context.records.messagesOf(thread.thread)) {
    if (body.kind === 'joined') for (const person of body.people) if ((seq ?? 0) > (left.get(person) ?? Infinity)) left.delete(person)
  }
  return peopleOf(context, thread).filter((person) => left.has(person))
}

/** Who takes the leavers out: whoever stays, and where nobody does, the first of them. */
export function takersOf(people: string[], leavers: string[]): string[] {
  const staying = people.filter((one) => !leavers.includes(one))
  return staying.length > 0 ? staying : people.slice(0, 1)
}

/** When this device takes them out, in milliseconds from now; null where that is not for it to do. `random`: from 0 to 1. */
export function turnOf(person: string, people: string[], leavers: string[], random: number): number | null {
  const place = takersOf(people, leavers).indexOf(person)
  return place < 0 || leavers.length === 0 ? null : Math.min(place * TURN_MS, LATEST_MS) + Math.round(random * TURN_MS)
}
