/** Questions that a patient answers on their own page, and links to look back (SPEC S5.10). A question outlives a reload: its answer is recorded when it is heard of. */
import { saysAsAnswered } from '../protocol/answering'
import { fromBase64url, toBase64url } from '../protocol/encoding'
import { patientToken, patientTokenHash, sealGreeting } from '../protocol/patient_link'
import { wasAsked } from '../protocol/policy'
import { parseEnvelope, statementHash } from '../protocol/statements'
import type { Answer, Scope } from '../protocol/types'
import type { ConsentAuthority } from './authority'
import type { Consents } from './consents'
import { newIdentifier, type DeviceContext } from './device_context'
import { SessionFailure, toFailure } from './failure'
import type { AskedPatient } from './records'
import type { ConsentDraft, QuestionView } from './session'

const CODE_DIGITS = 6
const MOST_GREETING = 200

export class PatientQuestions {
  constructor(private readonly context: DeviceContext, private readonly consents: Consents, private readonly authority: ConsentAuthority) {}

  /** Puts the question; its link opens once, within the half hour. `base`: the consent that would become wider. */
  async put(thread: string, draft: ConsentDraft, base: string | null): Promise<QuestionView> {
    const { platform, transport, records } = this.context
    const previous = base === null ? null : (await this.consents.refresh(base), this.consents.newestHash(base))
    const secret = platform.random(32)
    const token = patientToken(secret)
    const question: AskedPatient = {
      request: newIdentifier('request', this.context), consent: base ?? newIdentifier('consent', this.context), previous, thread, draft,
      link: `${platform.origin}/patient/${toBase64url(token)}#${toBase64url(secret)}`, code: this.newCode(), expiresAt: 0, state: 'put', failure: null,
    }
    const { expires_at: expiresAt } = await transport.post<{ expires_at: number }>('/api/patient-questions', {
      request: question.request, consent: question.consent, previous, question: asked(draft), token_hash: toBase64url(patientTokenHash(token)),
      sealed: toBase64url(sealGreeting(greeted(draft), secret, platform.random(24))), code: question.code,
    })
    await records.write([{ kind: 'question', put: { ...question, expiresAt } }])
    return view({ ...question, expiresAt })
  }

  private newCode(): string {
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = this.context.platform.random(6)
    return String((a * 2 ** 40 + b * 2 ** 32 + c * 2 ** 24 + d * 2 ** 16 + e * 2 ** 8 + f) % 10 ** CODE_DIGITS).padStart(CODE_DIGITS, '0')
  }

  view(request: string): QuestionView | null {
    const question = this.context.records.get('question', request)
    return question === null ? null : view(question)
  }

  /** After the line was down: hears of all that are still open, and forgets those that were settled and are over. */
  async catchUp(): Promise<void> {
    const { records, clock } = this.context
    const questions = records.all('question')
    await Promise.allSettled(questions.filter(isOpen).map(({ request }) => this.hear(request)))
    const over = questions.filter((each) => !isOpen(each) && each.expiresAt <= clock.now())
    await records.write(over.map(({ request }) => ({ kind: 'question', remove: request })))
  }

  async hear(request: string): Promise<void> {
    await this.context.mutex.run(`question ${request}`, async () => {
      const question = this.context.records.get('question', request)
      if (question === null || !isOpen(question)) return
      const told = await this.context.transport.get<{ state: string; answer?: unknown }>(`/api/patient-questions/${request}`)
      if (told.state === 'answered') return this.settle(question, told.answer)
      if (told.state === 'opened' || told.state === 'over') await this.keep({ ...question, state: told.state })
    })
  }

  private async settle(question: AskedPatient, told: unknown): Promise<void> {
    try {
      await this.keep({ ...question, state: await this.recordAnswer(question, told) })
    } catch (error) {
      const { code, message, remedy, reasons } = toFailure(error)
      if (code === 'unreachable') throw error
      await this.keep({ ...question, state: 'failed', failure: { code, message, remedy, reasons } })
    }
  }

  /** A refusal of something wider leaves what was, and what nobody had agreed to the server has ended by itself (S5.10); every other answer becomes a version. */
  private async recordAnswer(question: AskedPatient, told: unknown): Promise<'agreed' | 'refused'> {
    const envelope = parseEnvelope(told)
    const answer = this.authority.answer(envelope)
    if (answer.request !== question.request || answer.consent !== question.consent || answer.previous !== question.previous) {
      throw new SessionFailure('answer_mismatch', 'The answer is to another question.', 'report')
    }
    const refused = answer.decision === 'refused'
    if (!(refused && question.previous !== null)) await this.publish(question, answer, toBase64url(statementHash(envelope)))
    return refused ? 'refused' : 'agreed'
  }

  private async publish({ thread, consent, previous, draft }: AskedPatient, answer: Answer, hash: string): Promise<void> {
    const scope = await this.consents.recordAnswered(thread, consent, previous, answered(draft, answer), hash)
    if (!saysAsAnswered(scope, answer, hash)) throw new SessionFailure('answer_mismatch', 'This does not say what the patient answered.', 'report')
  }

  private async keep(question: AskedPatient): Promise<void> {
    await this.context.records.write([{ kind: 'question', put: question }])
    this.context.changed('consents', question.consent)
  }

  /** For a patient who answered by word of mouth or on paper. An earlier link ends. */
  async lookBack(consent: string): Promise<{ link: string; code: string }> {
    const code = this.newCode()
    const { token } = await this.context.transport.post<{ token: string }>(`/api/consents/${consent}/look-back`, { code })
    fromBase64url(token)
    return { link: `${this.context.platform.origin}/patient/look/${token}`, code }
  }
}

/** How the page calls the patient: the name, or else the record's number. */
function greeted({ record: { patientName, recordNumber } }: ConsentDraft): string {
  return [...(patientName.trim() || recordNumber.trim() || '—')].slice(0, MOST_GREETING).join('')
}

function conditionsOf({ deidentifiedOnly, noOnwardSharing, imageKinds, sensitive }: ConsentDraft): Scope['conditions'] {
  return { deidentified_only: deidentifiedOnly, no_onward_sharing: noOnwardSharing, image_kinds: imageKinds, sensitive }
}

/** What the server shows the patient: nothing of the record. */
function asked(draft: ConsentDraft) {
  return { purposes: draft.purposes, recipients: draft.recipients, conditions: conditionsOf(draft), valid_until: draft.validUntil }
}

function isOpen({ state }: AskedPatient): boolean {
  return state === 'put' || state === 'opened'
}

/** The draft as it was answered. Where nobody had been asked before, the patient now was. */
function answered(draft: ConsentDraft, { decision, purposes, recipients, conditions, valid_until: validUntil, sheet }: Answer): ConsentDraft {
  const common = { ...draft, how: 'electronic' as const, sheet, decision, ...(!wasAsked(draft) ? { basis: 'patient' as const, reason: null } : {}) }
  if (decision === 'refused') return { ...common, recipients: [], imageKinds: [], sensitive: [] }
  return {
    ...common, purposes, recipients, validUntil, deidentifiedOnly: conditions.deidentified_only, noOnwardSharing: conditions.no_onward_sharing,
    imageKinds: conditions.image_kinds, sensitive: conditions.sensitive,
  }
}

function view({ request, consent, thread, link, code, expiresAt, state, failure, draft: { purposes, recipients, imageKinds, sensitive } }: AskedPatient): QuestionView {
  return { request, consent, thread, link, code, expiresAt, state, failure, asked: { purposes, recipients, imageKinds, sensitive } }
}
