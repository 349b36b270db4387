/** Whom a shared history is for: people on whichever device of theirs, or single devices (SPEC S6.8). */
import type { Reader } from '../protocol/types'
import type { DeviceContext } from './device_context'

export function isReader({ person, device }: { person: string; device: string }, to: readonly Reader[]): boolean {
  return to.some((one) => (one.kind === 'person' ? one.person === person : one.device === device))
}

export function peopleNamed({ people }: Pick<DeviceContext, 'people'>, to: readonly Reader[]): string[] {
  return [...new Set(to.map((one) => (one.kind === 'person' ? one.person : people.ownerOf(one.device) ?? '')))]
}
