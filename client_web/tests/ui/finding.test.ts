import { describe, expect, it } from 'vitest'
import type { MessageView, ThreadView } from '../../src/session/session'
import { found } from '../../src/ui/threads/finding'

const thread = (id: string, title: string, ...people: string[]) => ({ thread: id, title, people: people.map((name) => ({ person: name, name, organisationName: 'Riverbend' })) }) as unknown as ThreadView
const text = (words: string) => ({ body: { kind: 'text', text: words } }) as MessageView
const caption = (words: string) => ({ body: { kind: 'images', caption: words, images: [] } }) as unknown as MessageView
const threads = [thread('a', 'Closed fracture of the wrist', 'Dr Zoé Núñez'), thread('b', 'The unicorn of breaks', 'Theo Brandt'), thread('c', '', 'Lena Fischer')]
const said: Record<string, MessageView[]> = { a: [text('Is it displaced?'), text('No')], b: [caption('A scaphoid, seen early')], c: [{ body: { kind: 'title', title: 'x' } } as MessageView] }
const look = (typed: string) => found(threads, typed, (id) => said[id] ?? [], ({ thread: id }) => (id === 'c' ? ['Jon Bell', 'R-99121'] : [])).map(({ thread: { thread: id }, words }) => [id, words])

describe('finding a thread', () => {
  it('shows all of them where nothing was typed', () => expect(look('  ')).toEqual([['a', ''], ['b', ''], ['c', '']]))
  it('goes by title and by people, without accents and in any order', () => {
    expect(look('WRIST')).toEqual([['a', '']])
    expect(look('nunez zoe')).toEqual([['a', '']])
    expect(look('riverbend')).toHaveLength(3)
  })
  it('goes by the patient', () => {
    expect(look('bell')).toEqual([['c', '']])
    expect(look('r-99121')).toEqual([['c', '']])
  })
  it('goes by what was said, and shows where', () => {
    expect(look('displaced')).toEqual([['a', 'Is it displaced?']])
    expect(look('scaphoid')).toEqual([['b', 'A scaphoid, seen early']])
  })
  it('asks for every word', () => expect(look('scaphoid wrist')).toEqual([]))
  it('looks for no word of one or two letters in what was said', () => expect(look('no')).toEqual([]))
  it('shows the part of a long text, also behind letters of two signs', () => {
    const long = `${'ñandú 🦴 '.repeat(30)}und then the scaphoid`
    const [one] = found([threads[0]!], 'scaphoid', () => [text(long)], () => [])
    expect(one?.words).toMatch(/^….{0,24}scaphoid$/u)
  })
  it('takes the newest of what was said', () => expect(found([threads[0]!], 'ray', () => [text('first ray'), text('second ray')], () => [])[0]?.words).toBe('second ray'))
})
