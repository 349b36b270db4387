/** Instants (S1.1) in the reader's own language and time zone. */
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' })
const date = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' })

export const dayMs = 86_400_000
export const startOfDay = (at: number) => new Date(at).setHours(0, 0, 0, 0)
export const endOfDay = (at: number) => new Date(at).setHours(23, 59, 59, 999) + 1

export const timeWords = (at: number) => clock.format(at)
export const dateWords = (at: number) => date.format(at)
export const momentWords = (at: number) => `${date.format(at)}, ${clock.format(at)}`

export function dayWords(at: number, now: number): string {
  const days = Math.round((startOfDay(now) - startOfDay(at)) / dayMs)
  if (days === 0) return 'Today'
  if (days === 1) return 'Yesterday'
  return day.format(at)
}
/** As `dayWords`, in the midst of a sentence. */
export const dayInSentence = (at: number, now: number) => (startOfDay(now) - startOfDay(at) < 1.5 * dayMs ? dayWords(at, now).toLowerCase() : dayWords(at, now))
export const shortWords = (at: number, now: number) => (startOfDay(at) === startOfDay(now) ? timeWords(at) : dateWords(at))

/** "today 23:59" style end: the last minute that is still inside the half-open interval. */
export const untilWords = (until: number) => momentWords(until - 1)

/** The value of an `<input type="date">`, local time. */
export function dateInput(at: number): string {
  const d = new Date(at)
  return [d.getFullYear(), String(d.getMonth() + 1).padStart(2, '0'), String(d.getDate()).padStart(2, '0')].join('-')
}
export function dateTimeInput(at: number): string {
  const d = new Date(at)
  return `${dateInput(at)}T${String(d.getHours()).padStart(2, '0')}:${String(d.getMinutes()).padStart(2, '0')}`
}
