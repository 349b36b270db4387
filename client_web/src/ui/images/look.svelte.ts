import { bitmapOf, type CleanImage } from '../../platform/image_intake'
import { greyPixels } from '../../platform/grey_pixels'
import { Pause } from '../../session/pause'
import type { Failure, Session } from '../../session/session'
import { failureOf } from '../failure'
import { journeyOf, notBegun, type Transfer } from './transfer_words'

const thumbnailSide = 96

/**
 * One image for as long as a viewer has it open: asked for through the gate, then watched (SPEC S7.8, S5.12). Its pixels and its thumbnail
 * live here alone, and both go when it may not stay open, or is closed.
 */
export class Look {
  bitmap = $state.raw<ImageBitmap | null>(null)
  thumbnail = $state.raw<ImageBitmap | null>(null)
  failure = $state<Failure | null>(null)
  /** It was open, and may not stay so. */
  ended = $state(false)
  transfer = $state<Transfer>(notBegun)
  pause = $state.raw(new Pause())
  /** When it was asked for. */
  at = $state(0)
  #loading = false
  #closed = false
  #unwatch = () => {}

  constructor(private readonly session: Session, private readonly thread: string, readonly disclosure: string, private readonly isLive: () => boolean) {}

  /** Each asking is an opening in the log. What arrives after it was closed is dropped unseen. */
  load() {
    if (this.#loading || this.bitmap !== null) return
    this.#loading = true
    this.failure = null
    this.ended = false
    this.pause = new Pause()
    this.transfer = notBegun
    this.at = Date.now()
    this.#ask().catch((thrown) => { this.forget(); this.failure = failureOf(thrown) }).finally(() => { this.#loading = false })
  }

  async #ask() {
    const tell = (change: Partial<Transfer>) => { this.transfer = { ...this.transfer, ...change } }
    const opened = await this.session.open(this.thread, this.disclosure, journeyOf(this.pause, tell))
    const bitmap = await bitmapOf(opened.bytes, opened.view.mediaType as CleanImage['mediaType'])
    opened.bytes.fill(0)
    const thumbnail = await small(bitmap)
    if (this.#closed || !this.isLive()) { bitmap.close(); thumbnail.close(); return }
    this.forget()
    this.bitmap = bitmap
    this.thumbnail = thumbnail
    void this.session.remember(this.disclosure, greyPixels(bitmap)).catch(() => undefined)
    this.#unwatch = this.session.watch(this.thread, opened, (reason) => this.#end(reason))
  }

  /** The consent is not known to stand any more, or does not: what was shown is not kept. */
  #end(reason: Failure) {
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
