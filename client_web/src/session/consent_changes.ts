/** What each version of a consent was, and by whom: for whoever reads its story. Pure. */
import { wasAsked } from '../protocol/policy'
import { recorderOf, type Scope } from '../protocol/types'

/**
 * By a clinician: `recorded emergency changed no_recorded withdrawn`. By the patient on their own page: `agreed refused`, which a clinician asked for and signed;
 * `less taken_back`, and `ended` of what was shared without asking, which they did alone (S5.9, S5.10).
 */
export type VersionChange = 'recorded' | 'emergency' | 'changed' | 'no_recorded' | 'withdrawn' | 'agreed' | 'refused' | 'less' | 'taken_back' | 'ended'

export function changeOf(scope: Scope): VersionChange {
  if (recorderOf(scope) === null) return scope.decision === 'given' ? 'less' : wasAsked(scope) ? 'taken_back' : 'ended'
  if (scope.decision === 'withdrawn') return 'withdrawn'
  if (scope.taken.answer !== null) return scope.decision === 'given' ? 'agreed' : 'refused'
  if (scope.decision === 'refused') return 'no_recorded'
  if (scope.version > 1) return 'changed'
  return scope.basis === 'emergency' ? 'emergency' : 'recorded'
}

/** Whether no message tells of a version: the patient's own, and a withdrawal, which needs no thread. */
export const isUntold = (scope: Scope) => recorderOf(scope) === null || scope.decision === 'withdrawn'
