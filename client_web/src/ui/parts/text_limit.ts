const grouped = (n: number) => n.toLocaleString('en-GB')

/** How many characters of what arrives have no room: a field holds `longest`, and what is selected makes way. Lines end in one character. */
export const leftOver = (longest: number, kept: number, arriving: string): number => Math.max(0, kept + arriving.replace(/\r\n?/g, '\n').length - longest)

/** A text cut short reads like a whole one, so it is said. `left`: how many characters of a paste did not fit. */
export function limitWords(longest: number, length: number, left: number): string {
  if (left > 0) return `Cut to ${grouped(longest)} characters: ${grouped(left)} did not fit.`
  return length >= longest ? `Full: no more than ${grouped(longest)} characters fit.` : ''
}
