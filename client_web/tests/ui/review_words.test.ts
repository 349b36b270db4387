/** What a privacy officer reads of what settled an emergency: no more than the server can know (S5.13). */
import { describe, expect, it } from 'vitest'
import type { EmergencyView } from '../../src/session/session'
import { settledShort, sinceWords } from '../../src/ui/reviews/review_words'

const NOW = 1_764_072_300_000

function settledBy(decision: 'given' | 'refused' | 'withdrawn', onPage: boolean): EmergencyView {
  return { settled: { decision, basis: 'patient', onPage, at: NOW - 60_000 }, ended: false, endsAt: NOW + 60_000 } as EmergencyView
}

describe('what settled an emergency', () => {
  it.each(['given', 'refused', 'withdrawn'] as const)('%s on the page is said to be of who had the link', (decision) => {
    const said = sinceWords(settledBy(decision, true), NOW)
    expect(said).toContain('by somebody who had its link')
    expect(said).not.toContain('The patient')
  })

  it('is the clinician’s where no page was used', () => {
    expect(sinceWords(settledBy('withdrawn', false), NOW)).toContain('Withdrawn by a clinician')
    expect(sinceWords(settledBy('given', false), NOW)).toContain('The patient agreed')
  })

  it('is told apart in the list too', () => {
    expect(settledShort(settledBy('withdrawn', true))).toBe('ended on the patient’s page')
    expect(settledShort(settledBy('withdrawn', false))).toBe('withdrawn since')
  })
})
