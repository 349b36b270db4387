/** Filing an image, with the advice that followed it, in the record of one's own hospital (SPEC S12.3 to S12.5). */
import { annotationWords } from '../protocol/annotations'
import { fromBase64url, toBase64url } from '../protocol/encoding'
import { decideFiling } from '../protocol/filing'
import { documentBytes, joinPackage, sealPackage, type Advice, type Described, type FilingDocument } from '../protocol/package'
import { blobHash, blobParts, partHash } from '../protocol/sealing'
import { sodium } from '../protocol/sodium'
import { parseEnvelope, sign, statementHash, type Envelope } from '../protocol/statements'
import { recorderOf, type Filing, type Gateway, type PixelSpacing, type Reason, type Scope } from '../protocol/types'
import { standing } from './annotations'
import { uploadParts, type Progress } from './blobs'
import { readRecord, type Consents } from './consents'
import { newIdentifier, seedOf, type DeviceContext } from './device_context'
import type { Disclosures, OpenedWithKey } from './disclosures'
import { SessionFailure, toFailure } from './failure'
import { nameOf } from './history_items'
import { policyNamed } from './policies'
import type { Disclosure, FilingUnderWay, StoredMessage } from './records'
import type { Failure, RecordOffer, RecordPlace } from './session'

interface FilingAnswer { state: string; code: string | null }

export class Filings {
  constructor(private readonly context: DeviceContext, private readonly consents: Consents, private readonly disclosures: Disclosures) {}

  /** Learns of gateways, and of what became of filings that this device began. */
  async catchUp(): Promise<void> {
    const { gateways } = await this.context.transport.get<{ gateways: unknown[] }>('/api/gateways')
    for (const value of gateways) await this.learn(parseEnvelope(value)).catch(() => undefined)
    await Promise.allSettled(this.context.records.all('filing').filter(({ state }) => state === 'filing').map(({ filing }) => this.hear(filing)))
  }

  private async learn(envelope: Envelope): Promise<void> {
    const { people, records } = this.context
    const gateway = people.gateway(envelope)
    const known = gateway === null ? null : this.gatewayOf(gateway.organisation)
    if (gateway === null || (known !== null && known.serial >= gateway.serial)) return
    await records.write([{ kind: 'gateway', put: { organisation: gateway.organisation, envelope } }])
    this.context.changed('people', null)
  }

  private gatewayOf(organisation: string): Gateway | null {
    const kept = this.context.records.get('gateway', organisation)
    return kept === null ? null : this.context.people.gateway(kept.envelope)
  }

  /** The record of this person's own organisation, where it has connected one. */
  place(): RecordPlace | null {
    const { account: { organisation }, clock, people } = this.context
    const gateway = this.gatewayOf(organisation)
    if (gateway === null || clock.now() < gateway.valid_from || clock.now() >= gateway.valid_until) return null
    return { organisation, organisationName: people.organisationName(organisation), name: gateway.name }
  }

  offer(thread: string, disclosure: string): RecordOffer | null {
    const place = this.place()
    const record = this.context.records.get('disclosure', disclosure)
    if (place === null || record === null || record.thread !== thread) return null
    const messages = this.sayings(record)
    const since = this.context.records.get('message', record.message)?.seq ?? Infinity
    const hasRecord = this.recordText(this.consents.current(record.statement.consent)) !== null
    const followed = messages.filter(({ seq }) => seq !== null && seq > since).map(({ message }) => message)
    return { ...place, reasons: this.reasons(record), hasRecord, messages: messages.map(({ message }) => message), followed }
  }

  /** Texts, and what stands drawn on this image. */
  private sayings({ thread, disclosure }: Disclosure): StoredMessage[] {
    const texts = this.context.records.messagesOf(thread).filter(({ body }) => body.kind === 'text')
    return [...texts, ...standing(this.context, thread, disclosure)].filter(({ state }) => state === 'sent').sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0))
  }

  private reasons({ statement, thread }: Disclosure): Reason[] {
    const { account, clock, people, records } = this.context
    const { scopes = [] } = records.get('consent', statement.consent) ?? {}
    const scope = scopes.at(-1) ?? null
    const { kind, purpose } = records.get('thread', thread)!
    return decideFiling({
      scope, policy: policyNamed(scope?.policy), thread: { thread, kind, purpose }, filer: people.asRecipient(account.person),
      recorder: people.asRecipient(scopes[0] === undefined ? '' : recorderOf(scopes[0]) ?? ''), organisation: account.organisation,
      image: { ...statement.image, onward: statement.origin !== null }, now: clock.now(),
    }).reasons
  }

  /** The exact text that the newest version commits to, if a thread brought it. */
  private recordText(scope: Scope | null): string | null {
    if (scope === null) return null
    return this.context.records.all('consent-record').find(({ consent, record }) => consent === scope.consent && readRecord(record, scope) !== null)?.record ?? null
  }

  /** Resolves when the server has it all; that it is filed, a tombstone tells. */
  async file(thread: string, disclosure: string, messages: string[], progress?: Progress): Promise<void> {
    const filing = newIdentifier('filing', this.context)
    const note = (state: FilingUnderWay['state'], failure: Failure | null) => this.note({ disclosure, filing, thread, state, failure })
    try {
      const { statement, sealed } = await this.prepare(filing, thread, disclosure, messages)
      await note('filing', null)
      await this.send(statement, sealed, progress)
    } catch (error) {
      await note('failed', toFailure(error))
      throw error
    }
  }

  private async note(underWay: FilingUnderWay): Promise<void> {
    await this.context.records.write([{ kind: 'filing', put: underWay }])
    this.context.changed('messages', underWay.thread)
  }

  private async prepare(filing: string, thread: string, disclosure: string, messages: string[]): Promise<{ statement: Envelope; sealed: Uint8Array }> {
    const record = this.context.records.get('disclosure', disclosure)
    const gateway = this.place() === null ? null : this.gatewayOf(this.context.account.organisation)
    if (record === null) throw new SessionFailure('not_found', 'There is no such image.', 'reload')
    if (gateway === null) throw new SessionFailure('gateway_missing', 'This organisation has no records gateway.', 'ask_administrator')
    await this.consents.refresh(record.statement.consent)
    const reasons = this.reasons(record)
    if (reasons.length > 0) throw new SessionFailure('denied', 'The consent does not cover this.', 'see_reasons', reasons)
    await this.context.people.ensure(named(this.consents.current(record.statement.consent)!))
    const opened = await this.disclosures.openWithKey(thread, disclosure)
    try {
      const plain = joinPackage(documentBytes(this.document(filing, record, opened, messages)), opened.bytes)
      const sealed = sealPackage(fromBase64url(gateway.sealing_key), plain, this.context.platform.random(32))
      plain.fill(0)
      return { statement: this.statement(filing, record, gateway, sealed), sealed }
    } finally {
      opened.bytes.fill(0)
      sodium().memzero(opened.key)
    }
  }

  private document(filing: string, disclosed: Disclosure, { key, manifest }: OpenedWithKey, messages: string[]): FilingDocument {
    const { records } = this.context
    const { envelope, statement, message } = disclosed
    const { versions, scopes } = records.get('consent', statement.consent)!
    const record = this.recordText(scopes.at(-1)!)
    if (record === null) throw new SessionFailure('record_missing', 'This device does not have the patient’s details.', 'ask_colleague')
    const { size, media_type, width, height, taken_at, body_site, laterality, pixel_spacing } = manifest
    const advice = this.sayings(disclosed).filter((one) => messages.includes(one.message)).map((one) => asAdvice(one, pixel_spacing))
    const posted = records.get('message', message)?.body
    return {
      filing, image_key: toBase64url(key), picture: { size, media_type, width, height, taken_at, body_site, laterality, pixel_spacing },
      caption: posted?.kind === 'images' ? posted.caption : '', disclosure: envelope, advice, consents: versions, record,
      people: this.described([
        this.context.account.person, statement.person, ...scopes.flatMap((scope) => recorderOf(scope) ?? []), ...named(scopes.at(-1)!), ...advice.map(({ person }) => person),
      ]),
    }
  }

  private described(people: string[]): Described[] {
    return [...new Set(people)].flatMap((person) => {
      const known = this.context.records.get('person', person)
      return known === null ? [] : [{ person, attestations: known.attestations, devices: known.devices }]
    })
  }

  private statement(filing: string, { envelope, statement: { thread, disclosure, consent } }: Disclosure, { gateway, organisation }: Gateway, sealed: Uint8Array): Envelope {
    const { account, secrets, clock } = this.context
    const said: Filing = {
      filing, organisation, gateway, thread, disclosure, disclosed: toBase64url(statementHash(envelope)), consent, version: this.consents.current(consent)!.version,
      package_hash: toBase64url(blobHash(blobParts(sealed).map(partHash))), package_size: sealed.length, person: account.person, device: account.device, at: clock.now(),
    }
    return sign('filing', said, account.device, seedOf(secrets.deviceKey))
  }

  private async send(statement: Envelope, sealed: Uint8Array, progress?: Progress): Promise<void> {
    const { transport } = this.context
    const { filing } = await transport.post<{ filing: string }>('/api/filings', { filing: statement })
    await uploadParts(transport, `/api/filings/${filing}`, sealed, progress === undefined ? {} : { progress })
    await transport.post(`/api/filings/${filing}/send`, {})
  }

  /** Of a filing that this device began: why it did not come about, if it did not. */
  async hear(filing: string): Promise<void> {
    const own = this.context.records.all('filing').find((one) => one.filing === filing)
    if (own === undefined || own.state !== 'filing') return
    const { state, code } = await this.context.transport.get<FilingAnswer>(`/api/filings/${filing}`)
    if (state !== 'refused' && state !== 'ended') return
    await this.note({ ...own, state: 'failed', failure: toFailure(new SessionFailure(code ?? 'unexpected', 'This was not filed.', 'try_again')) })
  }
}

/** As its author named it, wherever this device keeps it. */
export function asAdvice({ message, person, at, body, signed }: StoredMessage, spacing: PixelSpacing | null): Advice {
  const text = body.kind === 'text' ? body.text : body.kind === 'annotation' ? annotationWords(body.marks, spacing) : ''
  return { message: nameOf(message), person, at, text, signed: signed ?? null }
}

/** Whom a consent names: who opens the record years later reads names. */
function named({ recipients, taken }: Scope): string[] {
  const people = recipients.flatMap((one) => (one.kind === 'person' ? [one.person] : []))
  return taken.witness === null ? people : [...people, taken.witness]
}
