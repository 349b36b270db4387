/** Emergencies as a privacy officer sees them: one that runs, one that the patient has settled, one's own, and reviewed ones. */
import type { EmergencyView } from '@client/session/session'
import { base, con, per, people } from './made_up_people'

const hour = 3_600_000

function emergency(n: number, more: Partial<EmergencyView>): EmergencyView {
  const recordedAt = Date.now() - 30 * hour + n * hour
  return {
    consent: con(200 + n), organisation: base, version: 1, recorder: people.sam, mine: false, recordedAt, reason: 'unconscious', witness: null, purposes: ['direct-care-advice'],
    recipients: [{ kind: 'person', person: per(4) }, { kind: 'person', person: per(2) }], conditions: { deidentified_only: false, no_onward_sharing: true, image_kinds: ['radiograph', 'photograph'], sensitive: [] },
    endsAt: recordedAt + 24 * hour, ended: recordedAt + 24 * hour <= Date.now(), images: 2, openings: 3, threads: [{ kind: 'case', purpose: 'direct-care-advice' }], settled: null, review: null, ...more,
  }
}

const all = [
  emergency(1, {}),
  emergency(2, { reason: 'no-time', images: 1, openings: 1, settled: { decision: 'given', basis: 'patient', onPage: true, at: Date.now() - 20 * hour } }),
  emergency(3, { recorder: people.me, mine: true, reason: 'too-ill', images: 0, openings: 0, threads: [] }),
  emergency(24, { recorder: people.lin, reason: 'confused', settled: { decision: 'withdrawn', basis: 'emergency', onPage: true, at: Date.now() - hour } }),
  emergency(-40, { review: { person: people.me, at: Date.now() - 48 * hour, outcome: 'in_order' } }),
  emergency(-60, { review: { person: people.me, at: Date.now() - 72 * hour, outcome: 'follow_up' }, reason: 'no-time' }),
]
export const madeUpEmergencies = (count: number) => all.slice(0, count)
