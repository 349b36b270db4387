import type { Purpose, Reason, Recipient, Scope } from '../../protocol/types'
import type { ConsentView, PersonView, ThreadView } from '../../session/session'
import type { LiveSession } from '../live_session.svelte'

/** What one consent means for one thread: what stands against the place itself, and against each person. */
export interface Coverage { consent: ConsentView | null; place: Reason[]; uncovered: Map<string, Reason>; permit: boolean }

/** Asks the session's own decision (S5.4), for an image that fits the consent in every other respect. */
export function coverageOf(session: LiveSession, consent: ConsentView | null, thread: ThreadView): Coverage {
  if (consent === null) return { consent, place: [{ code: 'consent_missing', who: null, remedy: 'record_consent' }], uncovered: new Map(), permit: false }
  const { scope } = consent
  const image = { subject: scope.subject, kind: scope.conditions.image_kinds[0] ?? 'photograph', deidentified: true, sensitive: [], onward: false }
  const reasons = session.verdicts(consent.consent, image, [thread.thread])[0]?.reasons ?? []
  const place = reasons.filter((reason) => reason.who === null || reason.who === undefined)
  const uncovered = new Map(reasons.flatMap((reason) => (reason.who ? [[reason.who, reason] as const] : [])))
  return { consent, place, uncovered, permit: reasons.length === 0 }
}

/** The thread's consents, in the order in which they are proposed for it. */
export function consentsOf(session: LiveSession, thread: ThreadView): ConsentView[] {
  const known = thread.consents.flatMap((id) => session.consent(id) ?? [])
  return inProposedOrder(known, thread.purpose, (one) => coverageOf(session, one, thread).permit)
}

/** Whether an answer speaks of this purpose: a no to teaching says nothing of advice. One that names no purpose speaks of all. */
export const concerns = ({ purposes }: Pick<Scope, 'purposes'>, purpose: Purpose | 'none') => purposes.length === 0 || purposes.some((one) => one === purpose)

/**
 * First what permits, then what was agreed to for this purpose, then a no to it, then what is about something else; the newest of each first.
 * A yes is behind the same patient's later no to the same: it still counts by its letter, and is not to be proposed.
 */
export function inProposedOrder(consents: readonly ConsentView[], purpose: Purpose | 'none', permits: (consent: ConsentView) => boolean): ConsentView[] {
  const overtaken = ({ scope }: ConsentView) => consents.some(({ scope: no }) => no.decision === 'refused' && no.subject === scope.subject && no.recorded_at > scope.recorded_at && concerns(no, purpose))
  function rank(one: ConsentView): number {
    const given = one.scope.decision === 'given' && !overtaken(one)
    if (given && permits(one)) return 0
    if (!concerns(one.scope, purpose)) return one.scope.decision === 'given' ? 3 : 4
    return given ? 1 : 2
  }
  return [...consents].sort((a, b) => rank(a) - rank(b) || b.scope.recorded_at - a.scope.recorded_at)
}

export type ConsentState = 'valid' | 'refused' | 'withdrawn' | 'expired' | 'not yet'
export function consentState({ scope }: ConsentView, now: number): ConsentState {
  if (scope.decision !== 'given') return scope.decision
  if (now < scope.valid_from) return 'not yet'
  return now < scope.valid_until ? 'valid' : 'expired'
}

/** A preview while a consent is being written; what counts is decided by the session once it is recorded. S5.5. */
export function wouldCover(recipients: readonly Recipient[], person: PersonView, thread: string): boolean {
  return recipients.some((entry) => {
    switch (entry.kind) {
      case 'person': return entry.person === person.person
      case 'team': return entry.organisation === person.organisation && person.teams.includes(entry.team)
      case 'organisation': return entry.organisation === person.organisation
      case 'role': return entry.organisation === person.organisation && person.roles.includes(entry.role)
      case 'group': return entry.thread === thread
      case 'record': return false
    }
  })
}
