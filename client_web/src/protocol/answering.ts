/** Whether a version says what the patient answered on their own page (SPEC S5.10). */
import { sameValue } from './same_value'
import type { Answer, Scope } from './types'

/** `answerHash`: the answer's statement hash, base64url. A refusal needs no more than being one. */
export function saysAsAnswered(scope: Scope, answer: Answer, answerHash: string): boolean {
  const { taken } = scope
  if (taken.answer !== answerHash || taken.how !== 'electronic') return false
  if (scope.consent !== answer.consent || scope.previous !== answer.previous || scope.decision !== answer.decision) return false
  if (answer.decision === 'refused') return true
  const names = ['purposes', 'recipients', 'conditions', 'valid_until'] as const
  return names.every((name) => sameValue(scope[name], answer[name])) && sameValue(taken.sheet, answer.sheet)
}
