import type { EmergencyView } from '../../session/session'
import { momentWords, untilWords } from '../time_words'
import { basisWords, counted, joined } from '../words'
import { leftWords } from '../consent/emergency'
import { placeWords } from '../threads/place_words'

/** What was shared under an emergency, in one sentence or two. */
export function sharedWords({ images, openings, threads }: EmergencyView): string {
  if (images === 0) return 'No image was shared.'
  const places = [...new Set(threads.map(placeWords))]
  return `${counted(images, 'image')} in ${counted(threads.length, 'thread')} (${joined(places)}). Opened ${counted(openings, 'time')}.`
}

/** Who it was the server cannot know: the clinician who gave the patient the link has it too (S5.13). */
const onPageWords = { given: 'A yes was given', refused: 'A no was given', withdrawn: 'It was ended' }

/** What has become of it since: an answer, an end, or nothing yet. */
export function sinceWords({ settled, ended, endsAt }: EmergencyView, now: number): string {
  if (settled === null) return ended || endsAt <= now ? `Nobody has answered. It ended by itself on ${untilWords(endsAt)}.` : `Nobody has answered yet; ${leftWords(endsAt, now)}.`
  const when = momentWords(settled.at)
  if (settled.onPage) return `${onPageWords[settled.decision]} on the patient’s page, by somebody who had its link, ${when}.`
  if (settled.decision === 'withdrawn') return `Withdrawn by a clinician, ${when}.`
  const who = settled.basis === 'patient' || settled.basis === 'young-person' ? 'The patient' : basisWords[settled.basis]
  if (settled.decision === 'refused') return `${who} said no, ${when}.`
  if (settled.basis === 'expected-in-direct-care') return `Changed to what is expected in direct care, ${when}.`
  return `${who} agreed, ${when}.`
}

/** The same in a few words, for a list. */
export function settledShort({ settled, ended }: Pick<EmergencyView, 'settled' | 'ended'>): string {
  if (settled === null) return ended ? 'never answered, over' : 'not answered yet'
  if (settled.decision === 'given') return settled.basis === 'expected-in-direct-care' ? 'changed since' : 'answered since: yes'
  if (settled.decision === 'withdrawn') return settled.onPage ? 'ended on the patient’s page' : 'withdrawn since'
  return 'answered since: no'
}
