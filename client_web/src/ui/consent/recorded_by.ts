import { recorderOf, type Scope } from '../../protocol/types'
import { momentWords } from '../time_words'
import type { Names } from './recipient_names'

export function recorderName(scope: Scope, names: Names): string {
  const recorder = recorderOf(scope)
  return recorder === null ? 'The patient, on their own page' : (names.person(recorder)?.name ?? 'A person this device does not know')
}

/** Who recorded the newest version of a consent, and when. */
export const recordedWords = (scope: Scope, names: Names) => `${recorderName(scope, names)}, ${momentWords(scope.recorded_at)}`
