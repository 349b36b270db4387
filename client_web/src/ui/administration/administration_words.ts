import type { Attempt, DenialDayView, StaffView } from '../../session/session'
import { dateWords } from '../time_words'
import { counted } from '../words'

const dayMs = 86_400_000

/** What a person tried, as part of a sentence. */
export const attemptWords: Record<Attempt, string> = {
  ask: 'to share an image', attach: 'to send an image', open: 'to open an image', add: 'to add somebody to a thread', file: 'to file an image in the record',
}

/** A day as the server names it, `YYYY-MM-DD`, whatever the reader's time zone. */
export function calendarDay(day: string): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  return dateWords(new Date(year, month - 1, date).getTime())
}

function leftWords(until: number, now: number): string {
  const days = Math.floor((until - now) / dayMs)
  return days < 1 ? 'in less than a day' : `in ${counted(days, 'day')}`
}

/** How somebody's confirmation stands, and whether that needs doing something about: a word each, never colour alone. */
export function standingWords({ standing, attestation, waiting }: StaffView, now: number): { words: string; urgent: boolean } {
  const stands = standingOf(standing, attestation, now)
  return waiting ? { words: `Waits to be confirmed${attestation === null ? '' : `, for a new device. ${stands}`}`, urgent: true } : { words: stands, urgent: standing === 'soon' || standing === 'over' }
}

function standingOf(standing: StaffView['standing'], attestation: StaffView['attestation'], now: number): string {
  if (attestation === null) return 'Invited, not confirmed yet'
  const { validFrom, validUntil } = attestation
  switch (standing) {
    case 'soon': return `Runs out ${leftWords(validUntil, now)}, on ${dateWords(validUntil)}`
    case 'over': return `Ended on ${dateWords(validUntil)}`
    case 'coming': return `Confirmed from ${dateWords(validFrom)} until ${dateWords(validUntil)}`
    default: return `Confirmed until ${dateWords(validUntil)}`
  }
}

/** The reasons of several days together, the most frequent first. */
export function reasonsOf(days: readonly DenialDayView[]): [string, number][] {
  const sums = new Map<string, number>()
  for (const { codes } of days) for (const [code, count] of Object.entries(codes)) sums.set(code, (sums.get(code) ?? 0) + count)
  return [...sums].sort(([, a], [, b]) => b - a)
}
