/** Whether an image's statement is the one with which it came into its thread (SPEC S7.8). Whoever shares history can sign another one of the same image. */
import { toBase64url } from '../protocol/encoding'
import { statementHash } from '../protocol/statements'
import type { DeviceContext } from './device_context'
import type { Disclosure, Edit } from './records'

/** `told`: the hash that the server answers with; one of an earlier release answers with none. */
export function isTaken({ envelope }: Pick<Disclosure, 'envelope'>, told: string | undefined): boolean {
  return told === undefined || told === toBase64url(statementHash(envelope))
}

/** Forgets what was made up, so that the true message can be shared in its place; that it was shared stays to be seen. What came by the log is not forgotten on the server's word. */
export function withoutMadeUp({ records }: Pick<DeviceContext, 'records'>, { message }: Pick<Disclosure, 'message'>): Edit[] {
  const stored = records.get('message', message)
  if (stored?.sharedBy === undefined || stored.body.kind !== 'images') return []
  const { signedImages: _, ...shared } = stored
  const declared = stored.body.disclosures.filter((id) => records.get('disclosure', id)?.message === message)
  return [
    ...declared.map((remove): Edit => ({ kind: 'disclosure', remove })),
    { kind: 'message', remove: message },
    { kind: 'message', put: { ...shared, message: `${message}:made-up`, state: 'unverifiable', body: { kind: 'unverifiable', code: 'not_as_declared' } } },
  ]
}
