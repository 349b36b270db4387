/** The privacy officer's review of emergencies, and what the recorder reads of it (SPEC S5.13). Ids, codes and numbers: nothing is kept on the device. */
import type { Purpose, Recipient, Scope, Taken, ThreadKind } from '../protocol/types'
import type { DeviceContext } from './device_context'
import type { EmergencyView, ReviewOutcome, ReviewPage, ReviewView } from './session'

const ROLE = 'privacy-officer'

interface Told { person: string; at: number; outcome: ReviewOutcome }
interface Listed {
  consent: string; organisation: string; version: number; person: string; recorded_at: number; reason: NonNullable<Taken['reason']>; witness: string | null
  purposes: Purpose[]; recipients: Recipient[]; conditions: Scope['conditions']; ends_at: number; ended: boolean
  images: number; openings: number; threads: { kind: ThreadKind; purpose: Purpose | 'none' }[]
  settled: { decision: Scope['decision']; basis: Scope['basis']; on_page: boolean; at: number } | null; review: Told | null
}

export class Reviews {
  constructor(private readonly context: DeviceContext) {}

  /** Whether an attestation that holds now makes this person a privacy officer. The server asks for itself. */
  get isOfficer(): boolean {
    const { people, account, clock } = this.context
    const now = clock.now()
    return people.attestations(account.person).some(({ roles, valid_from, valid_until }) => roles.includes(ROLE) && valid_from <= now && now < valid_until)
  }

  /** Those that wait first. `after`: the `next` of the page before. */
  async page(after: string | null): Promise<ReviewPage> {
    const { transport, people } = this.context
    const { reviews, next } = await transport.get<{ reviews: Listed[]; next: string | null }>(`/api/reviews${after === null ? '' : `?after=${after}`}`)
    await people.ensure([...new Set(reviews.flatMap(({ person, witness, recipients, review }) => [
      person, ...(witness === null ? [] : [witness]), ...recipients.flatMap((one) => (one.kind === 'person' ? [one.person] : [])), ...(review === null ? [] : [review.person]),
    ]))])
    return { emergencies: reviews.map((one) => this.view(one)), next }
  }

  private view({ person, recorded_at: recordedAt, ends_at: endsAt, settled, review, conditions, ...told }: Listed): EmergencyView {
    return {
      ...told, conditions, recorder: this.context.people.view(person), mine: person === this.context.account.person, recordedAt, endsAt,
      settled: settled === null ? null : { decision: settled.decision, basis: settled.basis, onPage: settled.on_page, at: settled.at },
      review: review === null ? null : this.reviewed(review),
    }
  }

  private reviewed({ person, at, outcome }: Told): ReviewView {
    return { person: this.context.people.view(person), at, outcome }
  }

  /** Once, of the version that was looked at. */
  async put({ consent, organisation, version }: EmergencyView, outcome: ReviewOutcome): Promise<ReviewView> {
    const { review } = await this.context.transport.post<{ review: Told }>(`/api/reviews/${consent}`, { organisation, version, outcome })
    return this.reviewed(review)
  }

  /** Of every version of a consent that this person may read; the newest last. */
  async of(consent: string): Promise<ReviewView[]> {
    const { reviews } = await this.context.transport.get<{ reviews: Told[] }>(`/api/consents/${consent}/reviews`)
    await this.context.people.ensure(reviews.map(({ person }) => person))
    return reviews.map((told) => this.reviewed(told))
  }
}
