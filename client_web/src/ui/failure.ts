import type { Failure } from '../session/session'

/** What a rejected promise of the session says, as data. Anything else that was thrown becomes `unexpected`, without its text. */
export function failureOf(thrown: unknown): Failure {
  const { code, message, remedy, reasons } = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Partial<Failure>
  if (typeof code !== 'string') return { code: 'unexpected', message: '', remedy: '', reasons: [] }
  return { code, message: message ?? '', remedy: remedy ?? '', reasons: Array.isArray(reasons) ? reasons : [] }
}
