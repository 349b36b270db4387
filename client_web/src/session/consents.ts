/**
 * Consents: recording, changing and withdrawing them, and verifying their chains of versions (SPEC S5.1 to S5.3).
 * A chain that was seen never shortens and never changes: the server cannot bring a withdrawn consent back.
 */
import { decide } from '../protocol/decision'
import { equalBytes, fromBase64url, fromUtf8, hash, toBase64url, toUtf8 } from '../protocol/encoding'
import { CONSENT_RECORD } from '../protocol/labels'
import { parseEnvelope, sign, statementHash, verify, type Envelope } from '../protocol/statements'
import { LONGEST_EMERGENCY, recorderOf, type ImageDescriptor, type PolicyName, type Scope } from '../protocol/types'
import { readPatientVersion, type AuthorityIdentity, type ConsentAuthority } from './authority'
import { newIdentifier, seedOf, type DeviceContext } from './device_context'
import { SessionFailure } from './failure'
import type { Outbox } from './outbox'
import type { People } from './people'
import type { Consent } from './records'
import type { ConsentDraft, ConsentRecord, ConsentView } from './session'

const NONE: Omit<Consent, 'consent'> = { versions: [], scopes: [] }

function conflict(message: string): SessionFailure {
  return new SessionFailure('consent_conflict', message, 'reload')
}

const EMPTY: ConsentRecord = { patientName: '', recordNumber: '', dateOfBirth: '', note: '', representativeName: '', interpreterName: '', offerAgainOn: '' }

function recordBytes(record: ConsentRecord): string {
  return JSON.stringify(Object.fromEntries(Object.keys(EMPTY).map((name) => [name, record[name as keyof ConsentRecord]])))
}

/** The full record when these are the bytes that the version committed to (S5.2), else null. */
export function readRecord(text: string | undefined, scope: Scope): ConsentRecord | null {
  if (text === undefined || toBase64url(hash(CONSENT_RECORD, toUtf8(text))) !== scope.record_commitment) return null
  const said = JSON.parse(text) as Record<string, unknown>
  return Object.fromEntries(Object.keys(EMPTY).map((name) => [name, typeof said[name] === 'string' ? said[name] : ''])) as unknown as ConsentRecord
}

/** A first version counts at once, also where this device's own clock is ahead of the server's time, `now`; an emergency lasts no longer for it (S5.1). */
export function periodOf({ basis, validFrom, validUntil }: Pick<ConsentDraft, 'basis' | 'validFrom' | 'validUntil'>, version: number, now: number): Pick<Scope, 'valid_from' | 'valid_until'> {
  const valid_from = version === 1 ? Math.min(validFrom, now) : validFrom
  return { valid_from, valid_until: basis === 'emergency' ? Math.min(validUntil, valid_from + LONGEST_EMERGENCY) : validUntil }
}

/**
 * The record of the newest version of which this device has it. By the commitment, not by the number: a withdrawal carries the record of the
 * version that it ends. A later version may be recorded in another thread, and its record travels there only: the patient is the same (S5.3).
 */
export function newestRecord(scopes: readonly Scope[], texts: readonly string[]): ConsentRecord | null {
  for (const scope of [...scopes].reverse()) {
    const text = texts.find((each) => readRecord(each, scope) !== null)
    if (text !== undefined) return readRecord(text, scope)
  }
  return null
}

/** One version, verified under its recorder's device (S5.3) or, where it is the patient's own, under the authority (S5.9); or an error. */
function verifyVersion(envelope: Envelope, before: Scope | undefined, people: People, authority: AuthorityIdentity | null): Scope {
  if (envelope.signatures[0]!.keyid.startsWith('aut_')) return readPatientVersion(envelope, before, authority)
  const device = envelope.signatures[0]!.keyid
  const known = people.device(device)
  if (known === null) throw conflict('A version was recorded by a device that nobody attested.')
  const scope = verify(envelope, 'consent', device, fromBase64url(known.certificate.device_key))
  const { person } = known.certificate
  const { recorded_by: by } = scope
  if (by.kind !== 'clinician' || by.device !== device || by.person !== person) throw conflict('A version names another recorder than it was signed by.')
  if (known.revokedAt !== null && known.revokedAt <= scope.recorded_at) throw conflict('A version was recorded by a device revoked before.')
  return scope
}

/**
 * Whether a version covers somebody at `now`, by any attestation there ever was of them: who recorded a version may have changed
 * roles since. Whose standing group it is, only the members' trees tell, so an entry that names a group is left to the server.
 */
function covers(scope: Scope, person: string, people: People, now: number): boolean {
  if (scope.recipients.some(({ kind }) => kind === 'group')) return true
  const nowhere = { thread: '', kind: 'case', purpose: 'none' } as const
  const nothing: ImageDescriptor = { image: '', subject: '', kind: 'document', deidentified: true, sensitive: [], onward: false }
  return people.everAttested(person).some((attestation) =>
    decide(scope, null, nowhere, [{ person, attestations: [attestation] }], nothing, now).reasons.every(({ who }) => who !== person))
}

/** Whether each version follows the one before it, by somebody who may (S5.3). `authority`: the pinned one. */
export function checkChain(versions: Envelope[], people: People, authority: AuthorityIdentity | null = null): Scope[] {
  const scopes = versions.reduce<Scope[]>((read, envelope) => [...read, verifyVersion(envelope, read.at(-1), people, authority)], [])
  scopes.forEach((scope, i) => {
    const before = scopes[i - 1]
    if (scope.version !== i + 1) throw conflict('A version is missing.')
    if (before === undefined) return
    const linked = scope.previous === toBase64url(statementHash(versions[i - 1]!)) && scope.consent === before.consent && scope.subject === before.subject
    if (!linked || before.decision === 'withdrawn') throw conflict('A version does not follow the one before.')
    const author = recorderOf(scope)
    if (author === null) return
    const may = scopes.slice(0, i).some((former) => recorderOf(former) === author) || covers(before, author, people, scope.recorded_at)
    if (!may) throw conflict('A version comes from somebody who may not change this consent.')
  })
  return scopes
}

export class Consents {
  /** `policyInForce`: the profile that the server names, as it was last heard of. */
  constructor(private readonly context: DeviceContext, private readonly outbox: Outbox, private readonly authority: ConsentAuthority, private readonly policyInForce: () => PolicyName) {}

  /** The newest verified version, or null. */
  current(consent: string | null): Scope | null {
    return (consent === null ? null : this.context.records.get('consent', consent))?.scopes.at(-1) ?? null
  }

  /** Fetches the chain. Throws `consent_conflict` for one that does not hold, or that is not a continuation of the one known. */
  async refresh(consent: string): Promise<Scope> {
    const answer = await this.context.transport.get<{ versions: unknown[] }>(`/api/consents/${consent}`)
    const versions = answer.versions.map(parseEnvelope)
    await this.context.people.ensure([], versions.map((envelope) => envelope.signatures[0]!.keyid).filter((signer) => signer.startsWith('dev_')))
    await this.extend(consent, versions, checkChain(versions, this.context.people, this.authority.pinned))
    return this.current(consent)!
  }

  /** As `refresh`, and quiet about consents that are not this person's to see. */
  async refreshQuietly(consents: string[]): Promise<void> {
    await Promise.all(consents.map((consent) => this.refresh(consent).catch(() => undefined)))
  }

  /** What the server knows this person to have recorded or to share in, of which this device has not heard. */
  async discover(): Promise<void> {
    const { consents } = await this.context.transport.get<{ consents: unknown[] }>('/api/consents?mine=1')
    const newest = consents.map(parseEnvelope)
    const news = newest.flatMap((envelope) => {
      const claimed = JSON.parse(fromUtf8(fromBase64url(envelope.payload))) as Partial<Scope>
      const known = this.context.records.get('consent', claimed.consent ?? '')?.versions.at(-1)
      return known !== undefined && equalBytes(statementHash(known), statementHash(envelope)) ? [] : [claimed.consent ?? '']
    })
    await this.refreshQuietly(news)
  }

  private async extend(consent: string, versions: Envelope[], scopes: Scope[]): Promise<void> {
    await this.context.mutex.run(`consent ${consent}`, async () => {
      const former = this.context.records.get('consent', consent) ?? { consent, ...NONE }
      const continues = former.versions.every((known, i) => versions[i] !== undefined && equalBytes(statementHash(known), statementHash(versions[i]!)))
      if (!continues || scopes[0]?.consent !== consent) throw conflict('The server tells another history of this consent than before.')
      if (versions.length > former.versions.length) await this.context.records.write([{ kind: 'consent', put: { ...former, versions, scopes } }])
    })
    this.context.changed('consents', consent)
  }

  /** Version 1: the scope to the server, the full record to the thread. */
  async record(thread: string, draft: ConsentDraft): Promise<string> {
    const consent = newIdentifier('consent', this.context)
    const subject = draft.subject ?? newIdentifier('subject', this.context)
    await this.publish(thread, consent, draft, { subject, version: 1, previous: null })
    return consent
  }

  async amend(consent: string, draft: ConsentDraft, thread: string): Promise<void> {
    const { subject, version } = await this.refresh(consent)
    await this.publish(thread, consent, draft, { subject, version: version + 1, previous: this.newestHash(consent) })
  }

  /** The last version: the same scope, withdrawn. It needs no thread, and its record is the one that was known. */
  async withdraw(consent: string): Promise<void> {
    const scope = await this.refresh(consent)
    const { device, person } = this.context.account
    await this.submit(consent, {
      ...scope, version: scope.version + 1, previous: this.newestHash(consent), decision: 'withdrawn', recorded_by: { kind: 'clinician', person, device }, recorded_at: this.context.clock.now(),
    })
  }

  newestHash(consent: string): string {
    return toBase64url(statementHash(this.context.records.get('consent', consent)!.versions.at(-1)!))
  }

  /** The version that a patient's own answer becomes; `answer`: its hash. Fails with `consent_conflict` if another came between. */
  async recordAnswered(thread: string, consent: string, previous: string | null, draft: ConsentDraft, answer: string): Promise<Scope> {
    if (previous === null) return this.publish(thread, consent, draft, { subject: draft.subject ?? newIdentifier('subject', this.context), version: 1, previous }, answer)
    const { subject, version } = await this.refresh(consent)
    if (this.newestHash(consent) !== previous) throw conflict('This consent has changed since the patient was asked.')
    return this.publish(thread, consent, draft, { subject, version: version + 1, previous }, answer)
  }

  private async publish(
    thread: string, consent: string, draft: ConsentDraft, link: Pick<Scope, 'subject' | 'version' | 'previous'>, answer: string | null = null,
  ): Promise<Scope> {
    const record = recordBytes(draft.record)
    const { device, person } = this.context.account
    const scope: Scope = {
      consent, version: link.version, previous: link.previous, subject: link.subject, decision: draft.decision, basis: draft.basis,
      taken: {
        how: draft.how, witness: draft.witness, interpreter: draft.interpreter, sheet: draft.sheet, representative: draft.representative,
        assent: draft.assent, reason: draft.reason, answer,
      },
      purposes: draft.purposes, recipients: draft.recipients,
      conditions: { deidentified_only: draft.deidentifiedOnly, no_onward_sharing: draft.noOnwardSharing, image_kinds: draft.imageKinds, sensitive: draft.sensitive },
      ...periodOf(draft, link.version, this.context.clock.now()), policy: this.policyInForce(), recorded_by: { kind: 'clinician', person, device }, recorded_at: this.context.clock.now(),
      record_commitment: toBase64url(hash(CONSENT_RECORD, toUtf8(record))),
    }
    await this.submit(consent, scope, thread)
    await this.outbox.postBody(thread, { kind: 'consent-record', consent, version: link.version, record })
    return scope
  }

  /** `thread`: where it is spoken of; its members may read the scope. */
  private async submit(consent: string, scope: Scope, thread?: string): Promise<void> {
    const { account, secrets, records, transport } = this.context
    const envelope = sign('consent', scope, account.device, seedOf(secrets.deviceKey))
    await transport.post('/api/consents', { consent: envelope, ...(thread === undefined ? {} : { thread }) })
    const former = records.get('consent', consent) ?? { consent, ...NONE }
    await this.extend(consent, [...former.versions, envelope], [...former.scopes, scope])
  }

  views(): ConsentView[] {
    const texts = this.context.records.all('consent-record')
    return this.context.records.all('consent').flatMap(({ consent, versions, scopes }) => {
      const scope = scopes.at(-1)
      if (scope === undefined) return []
      const record = newestRecord(scopes, texts.filter((each) => each.consent === consent).map((each) => each.record))
      const mine = scopes.some((each) => recorderOf(each) === this.context.account.person)
      return [{ consent, scope, envelopeHash: toBase64url(statementHash(versions.at(-1)!)), record, history: scopes, mine, emergency: scopes.some(({ basis }) => basis === 'emergency') }]
    })
  }
}
