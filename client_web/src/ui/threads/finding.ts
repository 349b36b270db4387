/** Finding a thread by who is in it, what it is called, of which patient it is, or a word that was said. Nothing of it leaves the device. */
import type { MessageView, ThreadView } from '../../session/session'

/** `words`: what was said in which it was found, or empty. */
export interface Found { thread: ThreadView; words: string }

/** From so many on, a list is too long to be looked through. */
export const MANY = 6
/** A word that was said is looked for from so many letters on: fewer are in everything. */
const LETTERS = 3
const AROUND = 24

/** As people type it: without accents, and in small letters. */
const plain = (text: string) => text.normalize('NFD').replace(/\p{Mn}/gu, '').toLocaleLowerCase()

/** In the order of the threads. Every word that was typed has to be there. `said`: the messages of a thread; `patients`: names and record numbers. */
export function found(threads: ThreadView[], typed: string, said: (thread: string) => MessageView[], patients: (thread: ThreadView) => string[]): Found[] {
  const words = plain(typed).split(/\s+/).filter((word) => word !== '')
  if (words.length === 0) return threads.map((thread) => ({ thread, words: '' }))
  const holds = (text: string) => { const there = plain(text); return words.every((word) => there.includes(word)) }
  return threads.flatMap((thread) => {
    if (holds([thread.title, ...patients(thread), ...thread.people.flatMap(({ name, organisationName }) => [name, organisationName])].join(' '))) return [{ thread, words: '' }]
    const told = words.some((word) => word.length >= LETTERS) ? said(thread.thread).map(wordsOf).reverse().find(holds) : undefined
    return told === undefined ? [] : [{ thread, words: part(told, words) }]
  })
}

function wordsOf({ body }: MessageView): string {
  return body.kind === 'text' ? body.text : body.kind === 'images' ? body.caption : ''
}

/** The place where the longest of the words stands. A letter with an accent is one letter here. */
function part(text: string, words: string[]): string {
  const letters = [...text.normalize('NFC')]
  const longest = words.reduce((one, other) => (other.length > one.length ? other : one))
  const at = letters.findIndex((_, place) => plain(letters.slice(place, place + longest.length).join('')) === longest)
  const from = Math.max(0, at - AROUND)
  return `${from > 0 ? '…' : ''}${letters.slice(from).join('')}`
}
