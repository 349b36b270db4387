import type { Journey } from '../../session/blobs'
import type { Pause } from '../../session/pause'
import { secondsFor } from '../../session/previews'
import type { Transfer } from '../../session/session'
import { codeSentence } from '../words'

export type { Transfer }

export const notBegun: Transfer = { done: 0, total: 0, waits: null, held: false }

/** What the session is given, so that `tell` hears how it goes. */
export const journeyOf = (pause: Pause, tell: (change: Partial<Transfer>) => void): Journey => ({ pause, progress: (done, total) => tell({ done, total }), waits: (waits) => tell({ waits }) })

const kilobytes = (bytes: number) => Math.round(bytes / 1000).toLocaleString('en')

/** "412 of 524 kB" */
export const sizeWords = ({ done, total }: Transfer) => `${kilobytes(done)} of ${kilobytes(total)} kB`

/** "412 kB", "1.2 MB" */
export const amountWords = (bytes: number) => (bytes < 1_000_000 ? `${kilobytes(bytes)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`)

/** What a preview offers: "Show the full picture (1.2 MB, about 40 s)". `pace`: bytes a second, or null. */
export function fullPictureWords(size: number, pace: number | null): string {
  const seconds = secondsFor(size, pace)
  const wait = seconds === null ? '' : seconds < 10 ? ', a few seconds' : seconds < 90 ? `, about ${Math.round(seconds / 10) * 10}\u00a0s` : `, about ${Math.round(seconds / 60)}\u00a0min`
  return `Show the full picture (${amountWords(size)}${wait})`
}

/** How long it still takes at the pace so far: of `come` bytes in `took` milliseconds. Empty while that would be a guess. */
export function leftWords({ done, total }: Transfer, come: number, took: number): string {
  if (come <= 0 || took < 2_000 || done >= total) return ''
  const seconds = ((total - done) / come) * (took / 1000)
  if (seconds < 10) return 'a few seconds left'
  return seconds < 90 ? `about ${Math.round(seconds / 10) * 10} seconds left` : `about ${Math.round(seconds / 60)} minutes left`
}

/** What is said to somebody who waits, and read out: it changes seldom. */
export function standWords({ waits, held }: Transfer, going: string): string {
  if (held) return 'Paused. What has arrived is kept.'
  if (waits === 'unreachable') return 'Line lost. It goes on by itself.'
  return waits === null ? going : `${codeSentence(waits)} It goes on by itself.`
}
