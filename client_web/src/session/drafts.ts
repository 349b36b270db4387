/**
 * Messages with images that are not sent yet (SPEC S7.12): kept sealed on this device from before anything leaves it until the server has them, a day
 * at most. Whether one may go is decided when it goes. What is refused stays, with the reasons, for its sender to discard or to send otherwise.
 */
import { sealedSize } from '../protocol/sealing'
import type { DisclosedImage } from '../protocol/types'
import type { Journey } from './blobs'
import type { Consents } from './consents'
import { newIdentifier, type DeviceContext } from './device_context'
import { STOPPED, type Attachment, type Disclosures, type Piece } from './disclosures'
import { SessionFailure, locked, toFailure } from './failure'
import type { Gate } from './gate'
import type { Outbox } from './outbox'
import { Pause } from './pause'
import { isPreview, SMALL } from './previews'
import type { DraftPicture, ImageDraft } from './records'
import type { Grey } from './recognition/grey'
import type { SeenImages } from './seen_images'
import type { PreparedImage, Transfer } from './session'
import type { ThreadLog } from './thread_log'
import { isPassing } from './transport'

export const DRAFT_LIFE_MS = 24 * 3_600_000
const LOOK_MS = 60_000
const RETRY = { first: 1_000, most: 30_000 }
const MOST_TRIES = 5
/** In one message, with previews (S6.4). */
const MOST_DISCLOSURES = 16
/** What another asking can put right: people, consent or time went on meanwhile. */
const ASKED_ANEW = ['stale_epoch', 'consent_superseded', 'disclosure_lapsed']

/** Where a draft that is being sent stands. `done`: how it came out. */
interface UnderWay { pause: Pause; transfer: Transfer; done: Promise<void> }
type Described = Pick<ImageDraft, 'thread' | 'consent' | 'caption' | 'pictures' | 'origin'>

function imageOf({ image, subject, kind, deidentified, sensitive }: DraftPicture): DisclosedImage {
  return { image, subject, kind, deidentified, sensitive }
}

export class Drafts {
  private readonly underWay = new Map<string, UnderWay>()
  private readonly timer = setInterval(() => void this.endOverdue().catch(() => undefined), LOOK_MS)
  private closed = false

  constructor(
    private readonly context: DeviceContext, private readonly gate: Gate, private readonly consents: Consents,
    private readonly disclosures: Disclosures, private readonly outbox: Outbox, private readonly log: ThreadLog, private readonly seen: SeenImages,
  ) {}

  /** One message, in which each image is a disclosure of its own. `kept` is called once it is stored; resolves when it is sent. */
  async attach(thread: string, consent: string, images: PreparedImage[], caption: string, kept?: () => void): Promise<void> {
    const subject = this.consents.current(consent)?.subject ?? ''
    const pictures = images.map(({ bytes: _, grey: __, ...described }): DraftPicture => ({ ...described, image: newIdentifier('image', this.context), subject }))
    await this.begin({ thread, consent, caption, pictures, origin: null }, images.map(({ bytes }) => bytes), kept)
    for (const [n, { grey }] of images.entries()) if (grey !== undefined) this.rememberSent(pictures[n]!.image, grey)
  }

  /** Sent is sent, whether or not it can be recognised later (S13.2). What is sent only after a restart is remembered once it is opened. */
  private rememberSent(image: string, grey: Grey): void {
    const sent = this.context.records.all('disclosure').find((one) => one.statement.image.image === image && !isPreview(one))
    if (sent !== undefined) void this.seen.remember(sent.statement.disclosure, grey).catch(() => undefined)
  }

  /** The origin is opened when it is sent, through its own gate (S7.10): nothing of it is kept meanwhile. */
  async forward(from: string, disclosure: string, to: string, consent: string, caption: string, kept?: () => void): Promise<void> {
    const { statement: { image }, manifest } = this.disclosures.shared(from, disclosure)
    const picture: DraftPicture = {
      ...image, mediaType: manifest.media_type, width: manifest.width, height: manifest.height,
      takenAt: manifest.taken_at, bodySite: manifest.body_site, laterality: manifest.laterality, pixelSpacing: manifest.pixel_spacing,
    }
    await this.begin({ thread: to, consent, caption, pictures: [picture], origin: { thread: from, disclosure } }, [], kept)
  }

  private async begin(described: Described, bytes: Uint8Array[], kept: () => void = () => undefined): Promise<void> {
    this.requirePermitted(described)
    const at = this.context.clock.now()
    const draft: ImageDraft = { ...described, message: newIdentifier('message', this.context), at, endsAt: at + DRAFT_LIFE_MS, failure: null }
    await this.context.records.write([{ kind: 'draft', put: draft }], bytes.map((each, i) => [draft.pictures[i]!.image, each]))
    kept()
    this.context.changed('messages', draft.thread)
    await this.start(draft).done
  }

  /** What this device refuses by what it knows now is not kept at all. Throws `denied`. */
  private requirePermitted({ thread: id, consent, pictures, origin }: Described): void {
    const thread = this.context.records.get('thread', id)
    if (thread === null) throw new SessionFailure('not_found', 'This device is not in that thread.', 'reload')
    for (const picture of pictures) this.gate.require(this.consents.current(consent), thread, { ...imageOf(picture), onward: origin !== null })
  }

  transferOf(message: string): Transfer | null {
    return this.underWay.get(message)?.transfer ?? null
  }

  /** Sends what waits, each thread's in the order in which it was written; what waits for the line waits no longer. */
  async flush(): Promise<void> {
    await this.endOverdue()
    const waiting = this.context.records.all('draft').filter(({ failure }) => failure === null).sort((a, b) => a.at - b.at)
    for (const draft of waiting) {
      const already = this.underWay.get(draft.message)
      if (already !== undefined) already.pause.hurry()
      else this.start(draft).done.catch(() => undefined)
    }
  }

  /** Holds it back, or lets it go on. */
  hold(message: string, held: boolean): void {
    const journey = this.underWay.get(message)
    if (journey === undefined) return
    if (held) journey.pause.hold()
    else journey.pause.release()
    this.tell(message, { held })
  }

  /** Tries what was refused once more, as it is or in another place; its gate is asked anew. */
  async resend(message: string, changed: Partial<Pick<ImageDraft, 'thread' | 'consent' | 'caption'>> = {}, kept: () => void = () => undefined): Promise<void> {
    const draft = this.refused(message)
    if (draft.failure?.code === 'draft_ended') throw new SessionFailure('draft_ended', 'Its pictures are deleted.', 'attach_again')
    const next = { ...draft, ...changed, failure: null }
    this.requirePermitted(next)
    await this.context.records.write([{ kind: 'draft', put: next }])
    kept()
    this.context.changed('messages', draft.thread)
    await this.start(next).done
  }

  private refused(message: string): ImageDraft {
    const draft = this.context.records.get('draft', message)
    if (draft === null || this.underWay.has(message)) throw new SessionFailure('not_found', 'There is no such draft.', 'reload')
    return draft
  }

  /** Stops it and deletes its pictures. Throws `on_its_way` once the server may have it. */
  async discard(message: string): Promise<void> {
    const draft = this.context.records.get('draft', message)
    if (draft === null) return
    this.underWay.get(message)?.pause.end(new SessionFailure(STOPPED, 'It was stopped.', ''))
    // A message that is being encrypted now is stored, or given up, before this goes on.
    await this.context.mutex.run(draft.thread, async () => {
      if (this.context.records.get('message', message) !== null) throw new SessionFailure('on_its_way', 'It was sent already.', 'take_out')
      await this.forget(draft)
    })
  }

  /** Keeps what is stored; nothing more is sent. */
  close(): void {
    this.closed = true
    clearInterval(this.timer)
    for (const { pause } of this.underWay.values()) pause.end(locked())
    this.underWay.clear()
  }

  private start({ message, thread }: ImageDraft): UnderWay {
    const pause = new Pause()
    const journey: UnderWay = { pause, transfer: { done: 0, total: 0, waits: null, held: false }, done: Promise.resolve() }
    this.underWay.set(message, journey)
    journey.done = this.context.mutex.run(`drafts ${thread}`, () => this.deliver(message, pause)).catch(async (error: unknown) => {
      this.underWay.delete(message)
      if (pause.ended === null) await this.refuse(message, error)
      throw error
    })
    return journey
  }

  private tell(message: string, change: Partial<Transfer>): void {
    const journey = this.underWay.get(message)
    const draft = this.context.records.get('draft', message)
    if (journey === undefined || draft === null) return
    journey.transfer = { ...journey.transfer, ...change }
    this.context.changed('messages', draft.thread)
  }

  private async deliver(message: string, pause: Pause): Promise<void> {
    for (let tries = 1, failures = 0; ;) {
      await pause.passed()
      const draft = this.context.records.get('draft', message)
      if (draft === null) return
      try {
        await this.deliverOnce(draft, pause)
        return await this.forget(draft)
      } catch (error) {
        if (pause.ended !== null) throw pause.ended
        const sealed = this.context.records.get('message', message)
        if (isPassing(error) || (sealed !== null && sealed.state !== 'failed')) {
          this.tell(message, { waits: toFailure(error).code })
          await pause.sleep(Math.min(RETRY.first * 2 ** failures, RETRY.most))
          failures += 1
          continue
        }
        if (sealed !== null) await this.outbox.discard(message)
        if (!ASKED_ANEW.includes(toFailure(error).code) || tries === MOST_TRIES) throw error
        tries += 1
        await this.lookAgain(draft)
      }
    }
  }

  /** Once it is encrypted, exactly those bytes are sent until the server has them or refuses them, through every restart (S7.12). */
  private async deliverOnce(draft: ImageDraft, pause: Pause): Promise<void> {
    const { message, thread } = draft
    const sealed = this.context.records.get('message', message)
    if (sealed?.state === 'sent') return
    if (sealed?.state === 'sending') return this.outbox.delivery(thread, message)
    if (sealed?.error) throw new SessionFailure(sealed.error.code, sealed.error.message, sealed.error.remedy, sealed.error.reasons)
    const journey = { pause, progress: (done: number, total: number) => this.tell(message, { done, total }), waits: (waits: string | null) => this.tell(message, { waits }) }
    const attachment = await this.attachmentOf(draft, journey)
    try {
      await this.disclosures.disclose(attachment, journey)
    } finally {
      for (const { prepared, preview } of attachment.pieces) for (const one of [prepared, preview]) one?.bytes.fill(0)
    }
  }

  private async attachmentOf({ message, thread, consent, caption, pictures, origin }: ImageDraft, journey: Journey): Promise<Attachment> {
    const pieces: Piece[] = []
    let room = MOST_DISCLOSURES - pictures.length
    for (const picture of pictures) {
      const bytes = origin === null ? await this.context.records.picture(picture.image) : (await this.disclosures.open(origin.thread, origin.disclosure, journey)).bytes
      if (bytes === null) throw new SessionFailure('draft_ended', 'Its pictures are deleted.', 'attach_again')
      const preview = room > 0 ? await this.previewFor(bytes, picture) : null
      if (preview !== null) room -= 1
      pieces.push({ image: imageOf(picture), prepared: { ...picture, bytes }, preview, origin: origin?.disclosure ?? null })
    }
    return { message, thread, consent, caption, pieces }
  }

  /** Of the very pixels that are sent, each time anew: nothing more of a picture lies here while it waits. Without one it goes as well. */
  private async previewFor(bytes: Uint8Array, picture: DraftPicture): Promise<PreparedImage | null> {
    if (sealedSize(bytes.length) <= SMALL) return null
    const preview = await this.context.platform.preview?.(bytes, picture.mediaType).catch(() => null) ?? null
    return preview === null ? null : { ...picture, ...preview, pixelSpacing: null }
  }

  /** What went on meanwhile is looked at as far as the line carries; the next try decides by it. */
  private async lookAgain({ thread, consent }: ImageDraft): Promise<void> {
    await Promise.allSettled([this.log.catchUp(thread), this.consents.refresh(consent)])
  }

  private async refuse(message: string, error: unknown): Promise<void> {
    const draft = this.context.records.get('draft', message)
    if (draft === null || this.closed) return
    await this.context.records.write([{ kind: 'draft', put: { ...draft, failure: toFailure(error) } }])
    this.context.changed('messages', draft.thread)
    this.context.changed('threads', draft.thread)
  }

  private async forget(draft: ImageDraft): Promise<void> {
    await this.context.records.write([{ kind: 'draft', remove: draft.message }], this.gone(draft))
    this.underWay.delete(draft.message)
    this.context.changed('messages', draft.thread)
    this.context.changed('threads', draft.thread)
  }

  private gone({ pictures }: ImageDraft): [string, null][] {
    return pictures.map(({ image }) => [image, null])
  }

  /** Pictures do not lie here longer than a day. What is encrypted already is the outbox's, and is not in the way. */
  private async endOverdue(): Promise<void> {
    const now = this.context.clock.now()
    for (const draft of this.context.records.all('draft')) {
      const { message, endsAt, failure } = draft
      if (now < endsAt || failure?.code === 'draft_ended' || this.context.records.get('message', message) !== null) continue
      const ended = new SessionFailure('draft_ended', 'It was not sent within a day.', 'attach_again')
      this.underWay.get(message)?.pause.end(ended)
      await this.context.mutex.run(draft.thread, async () => {
        if (this.context.records.get('message', message) !== null) return
        await this.context.records.write([{ kind: 'draft', put: { ...draft, failure: toFailure(ended) } }], this.gone(draft))
      })
      this.context.changed('messages', draft.thread)
      this.context.changed('threads', draft.thread)
    }
  }
}
