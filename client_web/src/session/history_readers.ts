/** Whom a shared history is for: people on whichever device of theirs, or single devices (SPEC S6.8). */
import type { Reader } from '../protocol/types'
import type { DeviceContext } from './device_context'
import { roster, type GroupState } from './group_crypto'
import type { StoredMessage } from './records'

export function isReader({ person, device }: { person: string; device: string }, to: readonly Reader[]): boolean {
  return to.some((one) => (one.kind === 'person' ? one.person === person : one.device === device))
}

export function peopleNamed({ people }: Pick<DeviceContext, 'people'>, to: readonly Reader[]): string[] {
  return [...new Set(to.map((one) => (one.kind === 'person' ? one.person : people.ownerOf(one.device) ?? '')))]
}

/** Whoever shares can name anybody as a reader. Kept, and named on screens, are those who are in the thread as the message comes: nobody else can read it. */
export function amongMembers<M extends Pick<StoredMessage, 'body'>>({ people }: Pick<DeviceContext, 'people'>, group: GroupState, message: M): M {
  const { body } = message
  if (body.kind !== 'history') return message
  const members = roster(group).map(({ device }) => ({ device, person: people.ownerOf(device) ?? '' }))
  return { ...message, body: { ...body, to: body.to.filter((reader) => members.some((one) => isReader(one, [reader]))) } }
}
