import type { ImageView, MessageView } from '../../session/session'

/** In a whole, as decoded: four bytes each. Beyond it, what is not on the screen is asked for anew. */
export const mostHeldPixels = 40_000_000

/** The pictures of this patient that stand in the thread, oldest first: a lesion as it changes, the views of one examination. `shown` stay in it when they close. */
export function seriesOf(messages: readonly MessageView[], { subject }: ImageView, shown: readonly string[]): ImageView[] {
  const images = messages.flatMap(({ body, state }) => (body.kind === 'images' && state === 'sent' ? body.images : []))
  return images.filter((one) => one.subject === subject && (one.state === 'live' || shown.includes(one.disclosure)))
}

/** What is opened next to `disclosure`: the one after it, or before it if it is the last. */
export function nextTo(series: readonly ImageView[], disclosure: string): ImageView | null {
  const at = series.findIndex((one) => one.disclosure === disclosure)
  return series[at + 1] ?? series[at - 1] ?? null
}

/** Which of the held pictures are let go: those longest unseen, never one that is `shown`. `seen`: the newest first. */
export function toLetGo(seen: readonly ImageView[], shown: readonly string[]): string[] {
  let held = 0
  return seen.filter(({ disclosure, width, height }) => {
    held += width * height
    return held > mostHeldPixels && !shown.includes(disclosure)
  }).map(({ disclosure }) => disclosure)
}
