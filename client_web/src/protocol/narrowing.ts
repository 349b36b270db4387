/** Whether a version only takes away from the one before it (SPEC S5.9): what a patient may do without a clinician. */
import { sameValue } from './same_value'
import type { Conditions, Scope } from './types'

const KEPT = ['consent', 'subject', 'basis', 'taken', 'valid_from', 'policy', 'record_commitment'] as const

/** A withdrawal, or a consent still given with no more of anything than before. Nothing follows an end. */
export function narrows(before: Scope, after: Scope): boolean {
  if (before.decision !== 'given' || after.decision === 'refused') return false
  if (KEPT.some((name) => !sameValue(before[name], after[name]))) return false
  return within(before.purposes, after.purposes) && within(before.recipients, after.recipients)
    && after.valid_until <= before.valid_until && narrower(before.conditions, after.conditions)
}

/** Lists lose entries, and what was demanded stays demanded. */
function narrower(before: Conditions, after: Conditions): boolean {
  return (after.deidentified_only || !before.deidentified_only) && (after.no_onward_sharing || !before.no_onward_sharing)
    && within(before.image_kinds, after.image_kinds) && within(before.sensitive, after.sensitive)
}

function within(had: readonly unknown[], has: readonly unknown[]): boolean {
  return has.every((one) => had.some((other) => sameValue(one, other)))
}
