import { periodEnd } from '../../protocol/policy'
import type { Scope } from '../../protocol/types'
import { policyNamed } from '../../session/policies'
import type { ConsentView } from '../../session/session'
import { counted } from '../words'

const minute = 60_000
const hour = 60 * minute

/** Nobody has answered yet, and nobody has ended it: the patient is to be asked when they can answer. */
export const isUnsettled = ({ scope }: Pick<ConsentView, 'scope'>) => scope.basis === 'emergency' && scope.decision === 'given'

/** Until when an emergency counts: its own end, or the hours that its profile gives (S5.7). */
export function emergencyEnd(scope: Scope): number {
  const policy = policyNamed(scope.policy)
  return Math.min(scope.valid_until, policy === null ? scope.valid_until : periodEnd(policy, scope, 'direct-care-advice'))
}

/** "about 3 hours left"; below two hours to the minute, never more than there is; empty once there is none. */
export function leftWords(end: number, now: number): string {
  const left = end - now
  if (left <= 0) return ''
  if (left < minute) return 'less than a minute left'
  if (left < 2 * hour) return `${counted(Math.floor(left / minute), 'minute')} left`
  return `about ${counted(Math.round(left / hour), 'hour')} left`
}
