import { bitmapOf, type CleanImage } from '../../platform/image_intake'
import { greyPixels } from '../../platform/grey_pixels'
import { Pause } from '../../session/pause'
import { goesDirectly } from '../../session/previews'
import type { Failure, ImageView, Session } from '../../session/session'
import { isPassing } from '../../session/transport'
import { failureOf } from '../failure'
import { journeyOf, notBegun, type Transfer } from './transfer_words'

const thumbnailSide = 96

/**
 * One image for as long as a viewer has it open: asked for through the gate, then watched (SPEC S7.8, S5.12). Its pixels and its thumbnail
 * live here alone, and both go when it may not stay open, or is closed. On a slow line its preview comes first, and the image in its place
 * once somebody asks for it.
 */
export class Look {
  bitmap = $state.raw<ImageBitmap | null>(null)
  thumbnail = $state.raw<ImageBitmap | null>(null)
  /** What is shown is its preview. */
  isPreview = $state(false)
  failure = $state<Failure | null>(null)
  /** Why the image has not come in the place of its preview. */
  delayed = $state<Failure | null>(null)
  /** It was open, and may not stay so. */
  ended = $state(false)
  transfer = $state<Transfer>(notBegun)
  pause = $state.raw(new Pause())
  /** When it was asked for. */
  at = $state(0)
  loading = $state(false)
  #closed = false
  #unwatch = () => {}

  constructor(private readonly session: Session, private readonly thread: string, private readonly image: Pick<ImageView, 'disclosure' | 'preview' | 'sealedSize'>, private readonly isLive: () => boolean) {}

  get disclosure() { return this.image.disclosure }
  get #goesDirectly() { return goesDirectly(this.image, this.session.pace) }

  /** Each asking is an opening in the log. What arrives after it was closed is dropped unseen. */
  load() {
    if (this.loading || this.bitmap !== null) return
    void this.#begin(async () => {
      if (this.#goesDirectly || this.image.preview === null) return this.#ask(this.disclosure)
      await this.#ask(this.image.preview)
      // As quick as the preview came, the image does not keep anybody waiting.
      if (this.isPreview && this.#goesDirectly) await this.#ask(this.disclosure)
    })
  }

  /** The image in the place of its preview, which stays until then. */
  loadFull() {
    if (!this.loading && this.isPreview) void this.#begin(() => this.#ask(this.disclosure))
  }

  /** The preview is enough after all. */
  stop() { this.pause.end(new Error('stopped')) }

  async #begin(asking: () => Promise<void>) {
    this.loading = true
    this.failure = this.delayed = null
    this.ended = false
    this.pause = new Pause()
    await asking().catch((thrown: unknown) => this.#failed(thrown))
    this.loading = false
  }

  #failed(thrown: unknown) {
    if (this.ended) return
    const stays = this.bitmap !== null && (this.pause.ended !== null || isPassing(thrown))
    if (!stays) { this.forget(); this.failure = failureOf(thrown) }
    else if (this.pause.ended === null) this.delayed = failureOf(thrown)
  }

  async #ask(disclosure: string) {
    const at = Date.now()
    if (this.bitmap === null) this.at = at
    this.transfer = notBegun
    const tell = (change: Partial<Transfer>) => { this.transfer = { ...this.transfer, ...change } }
    const opened = await this.session.open(this.thread, disclosure, journeyOf(this.pause, tell))
    const bitmap = await bitmapOf(opened.bytes, opened.view.mediaType as CleanImage['mediaType'])
    opened.bytes.fill(0)
    const thumbnail = await small(bitmap)
    if (this.#closed || this.ended || !this.isLive()) { bitmap.close(); thumbnail.close(); return }
    this.forget()
    this.at = at
    this.isPreview = disclosure !== this.disclosure
    this.bitmap = bitmap
    this.thumbnail = thumbnail
    void this.session.remember(disclosure, greyPixels(bitmap)).catch(() => undefined)
    this.#unwatch = this.session.watch(this.thread, opened, (reason) => this.#end(reason))
  }

  /** The consent is not known to stand any more, or does not: what was shown is not kept, and what is on its way in its place is not waited for. */
  #end(reason: Failure) {
    this.stop()
    this.forget()
    this.failure = reason
    this.ended = true
  }

  /** Only the thumbnail stays, watched as before. */
  rest() {
    this.bitmap?.close()
    this.bitmap = null
  }

  forget() {
    this.#unwatch()
    this.rest()
    this.thumbnail?.close()
    this.thumbnail = null
  }

  close() {
    this.#closed = true
    this.pause.end(new Error('closed'))
    this.forget()
  }
}

function small(bitmap: ImageBitmap): Promise<ImageBitmap> {
  const by = Math.min(1, thumbnailSide / Math.max(bitmap.width, bitmap.height))
  const side = (length: number) => Math.max(1, Math.round(length * by))
  return createImageBitmap(bitmap, { resizeWidth: side(bitmap.width), resizeHeight: side(bitmap.height), resizeQuality: 'medium' })
}
