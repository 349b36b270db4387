/** Disclosing, opening and taking out images (SPEC S7). What is to be disclosed waits in `drafts.ts`. */
import { fromBase64url, toBase64url } from '../protocol/encoding'
import { ProtocolError } from '../protocol/failures'
import { openSealed } from '../protocol/opening'
import { blobHash, blobParts, imageKey, keyCommitment, partHash, plaintextCommitment, seal, sealedSize } from '../protocol/sealing'
import { parseEnvelope, sign, statementHash } from '../protocol/statements'
import { sodium } from '../protocol/sodium'
import type { DisclosedImage, DisclosureStatement, ImageManifest, Scope } from '../protocol/types'
import type { ConsentAuthority } from './authority'
import { downloadBlob, untilThere, uploadBlob, type Journey } from './blobs'
import type { Consents } from './consents'
import { isDeclaredMedia } from './content'
import { seedOf, type DeviceContext } from './device_context'
import { SessionFailure } from './failure'
import type { Gate } from './gate'
import { epochOf } from './group_crypto'
import type { Composed, Outbox } from './outbox'
import type { Pace } from './pace'
import type { Disclosure, Thread } from './records'
import type { PreparedImage } from './session'
import { isTaken, withoutMadeUp } from './taken_statement'
import type { ThreadLog } from './thread_log'

interface OpeningAnswer { server_half: string; consent: unknown; state: string; statement_hash?: string; status?: unknown }
interface Granted { disclosure: string; blob: string; server_half: string; lapses_at: number }
/** `status`: S5.12. */
type Answered = Granted & { preview: Granted | null; status?: unknown }
/** `preview`: a small rendition of the same pixels (S7.1), or null; `origin`: the disclosure that the image is forwarded from, or null. */
export interface Piece { image: DisclosedImage; prepared: PreparedImage; preview: PreparedImage | null; origin: string | null }
/** All pieces of one message, under one consent. */
export interface Attachment { message: string; thread: string; consent: string; pieces: Piece[]; caption: string }
interface Sealed { bytes: Uint8Array; clientHalf: Uint8Array; keyCommitment: Uint8Array; plaintextCommitment: Uint8Array; blobHash: Uint8Array }

/** On the server, sealed, and not sent yet. `previewOf`: the disclosure of the picture that it is a preview of. */
type Uploaded = Omit<Piece, 'preview'> & Omit<Sealed, 'bytes'> & { disclosure: string; blob: string; sealedSize: number; previewOf: string | null }
/** `key`: the caller's to show to whom the image is filed with, and to forget (S12.4). */
export interface OpenedWithKey { bytes: Uint8Array; manifest: ImageManifest; statement: DisclosureStatement; since: number; key: Uint8Array }
/** What all statements of one message say alike. */
type Common = Pick<DisclosureStatement, 'message' | 'thread' | 'epoch' | 'purpose' | 'consent' | 'version'>

/** Why a journey ends that its person does not want any more. */
export const STOPPED = 'stopped'

const sealedLength = ({ prepared, preview }: Piece) => sealedSize(prepared.bytes.length) + (preview === null ? 0 : sealedSize(preview.bytes.length))
const sum = (numbers: number[]) => numbers.reduce((all, one) => all + one, 0)

export class Disclosures {
  constructor(
    private readonly context: DeviceContext, private readonly gate: Gate, private readonly consents: Consents,
    private readonly outbox: Outbox, private readonly log: ThreadLog, private readonly authority: ConsentAuthority, readonly pace: Pace,
  ) {}

  async remove(disclosure: string): Promise<void> {
    await this.context.transport.post(`/api/disclosures/${disclosure}/remove`, {})
  }

  private thread(id: string): Thread {
    const thread = this.context.records.get('thread', id)
    if (thread === null || thread.group === null) throw new SessionFailure('not_found', 'This device is not in that thread.', 'reload')
    if (thread.trouble !== null) throw new SessionFailure(thread.trouble, 'This thread has stopped on this device.', 'enrol_again')
    return thread
  }

  /** S7.1 to S7.7, for one epoch: decided here, asked, sealed, uploaded, and sent with its statements. Resolves when the server has the message. */
  async disclose(attachment: Attachment, journey: Journey = {}): Promise<void> {
    const { message, thread: id, consent, pieces } = attachment
    const thread = this.thread(id)
    const scope = this.consents.current(consent)
    for (const { image, origin } of pieces) this.gate.require(scope, thread, { ...image, onward: origin !== null })
    if (scope === null) throw new SessionFailure('not_found', 'There is no such consent.', 'reload')
    const epoch = epochOf(thread.group!)
    const uploaded = await this.uploadAll(attachment, scope, epoch, journey)
    await this.outbox.post(id, (_, currentEpoch) => {
      if (journey.pause?.ended) throw journey.pause.ended
      if (currentEpoch !== epoch) throw new SessionFailure('stale_epoch', 'Somebody came or left meanwhile.', 'retry')
      return this.compose(attachment, thread, scope, uploaded, epoch)
    }, message)
  }

  private async uploadAll(attachment: Attachment, scope: Scope, epoch: number, journey: Journey): Promise<Uploaded[]> {
    const { pieces } = attachment
    const sizes = pieces.map(sealedLength)
    const { progress = () => undefined } = journey
    const uploaded: Uploaded[] = []
    for (const [n, piece] of pieces.entries()) {
      const all = (sent: number) => progress(sum(sizes.slice(0, n)) + sent, sum(sizes))
      uploaded.push(...await this.upload(attachment, piece, scope, epoch, { ...journey, progress: all }))
    }
    await journey.pause?.passed()
    return uploaded
  }

  /** S7.1. An answer that was lost on the way lapses by itself. */
  private async ask(about: { consent: string; version: number } & Record<string, unknown>, journey: Journey): Promise<Answered> {
    let granted: Answered | null = null
    await untilThere(async () => {
      const currency = this.authority.ask()
      granted = await this.context.transport.post<Answered>('/api/disclosures', { ...about, nonce: currency.nonce })
      this.authority.check(granted.status, currency, about.consent, about.version, this.consents.newestHash(about.consent))
      return true
    }, () => 0, journey)
    return granted!
  }

  /** Asks for one image, and for its preview with it, and uploads both sealed. What is granted and not sent lapses by itself (S7.1). */
  private async upload({ thread, consent }: Attachment, { preview, ...picture }: Piece, { version }: Scope, epoch: number, journey: Journey): Promise<Uploaded[]> {
    const { image, origin } = picture
    const granted = await this.ask({ thread, epoch, consent, version, image, ...(origin === null ? {} : { origin }), preview: preview !== null }, journey)
    const sent = await this.put(thread, granted, { ...picture, previewOf: null }, journey)
    if (preview === null || granted.preview === null) return [sent]
    const further = { ...journey, progress: (done: number, total: number) => journey.progress?.(sent.sealedSize + done, total) }
    return [sent, await this.put(thread, granted.preview, { ...picture, prepared: preview, previewOf: granted.disclosure }, further)]
  }

  private async put(thread: string, granted: Granted, piece: Omit<Piece, 'preview'> & { previewOf: string | null }, journey: Journey): Promise<Uploaded> {
    const { bytes, ...sealed } = this.seal(granted, thread, piece.image.image, piece.prepared.bytes)
    await uploadBlob(this.context.transport, granted.blob, bytes, sealed.blobHash, journey).catch(async (error: unknown) => {
      if (error instanceof SessionFailure && error.code === STOPPED) await this.giveUp(granted.blob)
      throw error
    })
    return { ...piece, ...sealed, disclosure: granted.disclosure, blob: granted.blob, sealedSize: bytes.length }
  }

  /** Somebody stopped it: what has arrived is deleted, as far as the server can be reached; else it lapses (S7.1). */
  private async giveUp(blob: string): Promise<void> {
    await this.context.transport.delete(`/api/uploads/${blob}`, { 'Tus-Resumable': '1.0.0' }).catch(() => undefined)
  }

  private seal({ disclosure, server_half }: Granted, thread: string, image: string, plaintext: Uint8Array): Sealed {
    const clientHalf = this.context.platform.random(32)
    const key = imageKey(clientHalf, fromBase64url(server_half), { disclosure, thread, image })
    const bytes = seal(key, disclosure, plaintext, this.context.platform.random(24))
    const sealed = {
      bytes, clientHalf, keyCommitment: keyCommitment(key), plaintextCommitment: plaintextCommitment(key, plaintext), blobHash: blobHash(blobParts(bytes).map(partHash)),
    }
    sodium().memzero(key)
    return sealed
  }

  private compose({ message, consent, caption, thread }: Attachment, { purpose }: Thread, { version }: Scope, uploaded: Uploaded[], epoch: number): Composed {
    const common = { message, thread, epoch, purpose, consent, version } as Common
    const declared = uploaded.map((one) => this.declare(common, one))
    return { body: { kind: 'images', caption, images: declared.map(({ manifest }) => manifest!) }, envelopes: declared.map(({ envelope }) => envelope), disclosures: declared }
  }

  /** The signed statement (S7.5) and the manifest (S7.4) that names it. */
  private declare(common: Common, one: Uploaded): Disclosure {
    const { account, secrets, clock } = this.context
    const { disclosure, blob, image, prepared, origin, previewOf } = one
    const statement = {
      disclosure, ...common, image, blob, blob_hash: toBase64url(one.blobHash), sealed_size: one.sealedSize,
      key_commitment: toBase64url(one.keyCommitment), plaintext_commitment: toBase64url(one.plaintextCommitment),
      origin, preview_of: previewOf, person: account.person, device: account.device, at: clock.now(),
    } as DisclosureStatement
    const envelope = sign('disclosure', statement, account.device, seedOf(secrets.deviceKey))
    const manifest: ImageManifest = {
      disclosure, blob, client_half: toBase64url(one.clientHalf), size: prepared.bytes.length, media_type: prepared.mediaType,
      width: prepared.width, height: prepared.height, statement_hash: toBase64url(statementHash(envelope)), taken_at: prepared.takenAt,
      body_site: prepared.bodySite, laterality: prepared.laterality, pixel_spacing: prepared.pixelSpacing ?? null,
    }
    return { disclosure, thread: common.thread, message: common.message, statement, envelope, manifest, state: 'live', closedCode: null }
  }

  /** S7.8. The bytes are the caller's to show and forget; the server half is gone when this returns. */
  async open(threadId: string, id: string, journey?: Journey): Promise<Omit<OpenedWithKey, 'key'>> {
    const { key, ...opened } = await this.openWithKey(threadId, id, journey)
    sodium().memzero(key)
    return opened
  }

  async openWithKey(threadId: string, id: string, journey?: Journey): Promise<OpenedWithKey> {
    const thread = this.thread(threadId)
    const { statement, manifest } = this.shared(threadId, id)
    await this.decideToOpen(thread, statement)
    const currency = this.authority.ask()
    const answer = await this.askToOpen(threadId, id, currency.nonce)
    await this.checkTaken(threadId, id, answer.statement_hash)
    await this.checkNewest(thread, statement, answer.consent)
    this.authority.check(answer.status, currency, statement.consent, this.consents.current(statement.consent)!.version, this.consents.newestHash(statement.consent))
    const { bytes, key } = await this.unseal(statement, manifest, answer.server_half, journey)
    return { bytes, manifest, statement, since: currency.at, key }
  }

  /** Of an image of this thread that can be open. */
  shared(thread: string, id: string): { statement: DisclosureStatement; manifest: ImageManifest } {
    const record = this.context.records.get('disclosure', id)
    if (record === null || record.thread !== thread) throw new SessionFailure('not_found', 'There is no such image.', 'reload')
    const { manifest, statement } = record
    if (record.state === 'destroyed' || manifest === null) throw new SessionFailure('disclosure_closed', 'This image is no longer shared.', 'respect_refusal')
    return { statement, manifest }
  }

  /** Throws when what is open would not be opened now, by what this device knows. */
  requireOpen(threadId: string, id: string): void {
    const { statement } = this.shared(threadId, id)
    const { image, origin } = statement
    this.gate.require(this.consents.current(statement.consent), this.thread(threadId), { ...image, onward: origin !== null })
  }

  /** Makes sure anew that what is open may stay so (S5.12), by the newest version; the instant from which that counts. */
  async confirm(threadId: string, id: string): Promise<number> {
    const { consent } = this.shared(threadId, id).statement
    const currency = this.authority.ask()
    const { status } = await this.context.transport.post<{ status: unknown }>('/api/consent-status', { nonce: currency.nonce, consents: [consent] })
    const check = () => this.authority.check(status, currency, consent, this.consents.current(consent)?.version ?? 0, this.consents.newestHash(consent))
    try {
      check()
    } catch {
      await this.consents.refresh(consent)
      check()
    }
    this.requireOpen(threadId, id)
    return currency.at
  }

  private async askToOpen(thread: string, id: string, nonce: string): Promise<OpeningAnswer> {
    try {
      return await this.context.transport.post<OpeningAnswer>(`/api/disclosures/${id}/open`, { nonce })
    } catch (error) {
      if (error instanceof SessionFailure && error.code === 'disclosure_closed') await this.log.hasEnded(thread, id, error.reasons[0]?.code ?? error.code)
      throw error
    }
  }

  private async checkTaken(thread: string, id: string, told: string | undefined): Promise<void> {
    const record = this.context.records.get('disclosure', id)
    if (record === null || isTaken(record, told)) return
    await this.context.mutex.run(thread, () => this.context.records.write(withoutMadeUp(this.context, record)))
    this.context.changed('messages', thread)
    throw new ProtocolError('not_as_declared', 'seal')
  }

  private async decideToOpen(thread: Thread, statement: DisclosureStatement): Promise<void> {
    const scope = this.consents.current(statement.consent) ?? (await this.consents.refresh(statement.consent))
    const { image, origin } = statement
    this.gate.require(scope, thread, { ...image, onward: origin !== null })
  }

  /** The version that the server decided by must be the newest of the chain that this device verified; if it is newer, it decides by that one. */
  private async checkNewest(thread: Thread, statement: DisclosureStatement, told: unknown): Promise<void> {
    const hash = toBase64url(statementHash(parseEnvelope(told)))
    const newest = () => this.context.records.get('consent', statement.consent)?.versions.at(-1)
    const isNewest = () => newest() !== undefined && toBase64url(statementHash(newest()!)) === hash
    if (!isNewest()) await this.consents.refresh(statement.consent)
    if (!isNewest()) throw new SessionFailure('consent_superseded', 'There is a newer version of this consent.', 'use_current_version')
    await this.decideToOpen(this.thread(thread.thread), statement)
  }

  private async unseal(statement: DisclosureStatement, manifest: ImageManifest, serverHalf: string, journey?: Journey): Promise<{ bytes: Uint8Array; key: Uint8Array }> {
    const { disclosure, thread, blob, sealed_size, image } = statement
    const half = fromBase64url(serverHalf)
    const key = imageKey(fromBase64url(manifest.client_half), half, { disclosure, thread, image: image.image })
    try {
      const sealed = await this.pace.of(sealed_size, () => downloadBlob(this.context.transport, blob, sealed_size, fromBase64url(statement.blob_hash), journey))
      const bytes = openSealed(key, sealed, {
        disclosure, size: manifest.size, keyCommitment: fromBase64url(statement.key_commitment), plaintextCommitment: fromBase64url(statement.plaintext_commitment),
      })
      if (!isDeclaredMedia(bytes, manifest)) throw new ProtocolError('not_as_declared', 'seal')
      return { bytes, key }
    } catch (error) {
      sodium().memzero(key)
      throw error
    } finally {
      sodium().memzero(half)
    }
  }

  /** Tells the server of a message that was not what it should be; nothing depends on whether that arrives. */
  async report(thread: string, message: string, code: string): Promise<void> {
    await this.context.transport.post('/api/reports', { thread, message, code }).catch(() => undefined)
  }
}
