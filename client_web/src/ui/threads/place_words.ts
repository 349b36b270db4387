import type { ThreadView } from '../../session/session'
import { kindWords, purposeWords } from '../words'

/** "Case · direct care advice": what a thread is for, wherever it is named. */
export function placeWords({ kind, purpose }: Pick<ThreadView, 'kind' | 'purpose'>): string {
  return purpose === 'none' ? `${kindWords[kind]} · no patient images` : `${kindWords[kind]} · ${purposeWords[purpose].toLowerCase()}`
}

/** The id of the open thread's heading: where reading begins in a thread that was just started. */
export const titleOfThread = 'title-of-thread'
