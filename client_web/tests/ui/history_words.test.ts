import { describe, expect, it } from 'vitest'
import type { HistoryView, MessageView, PersonView } from '../../src/session/session'
import { eventWords, gathered } from '../../src/ui/threads/event_words'
import { sharedWords, withheldReason, withheldWords } from '../../src/ui/threads/history_words'

const person = (name: string): PersonView => ({ person: name, name, organisation: '', organisationName: '', roles: [], teams: [], verified: true })
const [lin, amara] = [person('Dr Lin'), person('Dr Amara')]
const NOW = new Date(2026, 5, 20, 9).getTime()
const YESTERDAY = new Date(2026, 5, 19, 8).getTime()
const view = (changes: Partial<HistoryView> = {}): HistoryView => ({ kind: 'history', to: [amara], toMe: false, messages: 12, images: 2, withheld: 0, since: YESTERDAY, ...changes })
const message = (body: MessageView['body'], at = NOW, changes: Partial<MessageView> = {}): MessageView => ({ message: `m${at}`, thread: 't', seq: 1, at, from: lin, mine: false, state: 'sent', error: null, body, ...changes })
const plain = (words: string) => words.replace(/[\u2068\u2069]/g, '')

describe('that earlier messages were shared', () => {
  it.each<[string, HistoryView, string, MessageView['state'], string]>([
    ['to others', view(), 'Dr Lin', 'sent', 'Dr Lin shared 12 earlier messages (2 images) with Dr Amara, the oldest from yesterday.'],
    ['to me, without images', view({ toMe: true, images: 0, messages: 1 }), 'Dr Lin', 'sent', 'Dr Lin shared 1 earlier message with you, the oldest from yesterday.'],
    ['with some left out', view({ images: 1, withheld: 1 }), 'You', 'sent', 'You shared 12 earlier messages (1 image) with Dr Amara, the oldest from yesterday. 1 message could not be shared.'],
    ['on its way', view({ images: 0 }), 'You', 'sending', 'Sharing 12 earlier messages with Dr Amara, the oldest from yesterday.'],
    ['to nobody who is in the thread', view({ to: [] }), 'Dr Lin', 'sent', 'Dr Lin shared 12 earlier messages (2 images) with somebody, the oldest from yesterday.'],
    ['to people of whom some are not known', view({ to: [person(''), amara, person('')] }), 'Dr Lin', 'sent', 'Dr Lin shared 12 earlier messages (2 images) with Dr Amara and somebody, the oldest from yesterday.'],
    ['refused', view(), 'You', 'failed', 'Earlier messages were not shared with Dr Amara. Share them again.'],
  ])('%s', (_, body, who, state, words) => {
    expect(plain(sharedWords(body, who, state, NOW))).toBe(words)
  })

  it('is one line, though it came in parts', () => {
    const parts = [message(view({ withheld: 1 }), NOW), message(view({ messages: 3, images: 1, since: NOW }), NOW + 1000)]
    expect(gathered(parts)).toMatchObject([{ message: { body: { messages: 15, images: 3, withheld: 1, since: YESTERDAY } } }])
  })

  it.each<[string, MessageView]>([
    ['another sharer', message(view(), NOW + 1, { from: amara })], ['another reader', message(view({ to: [lin] }), NOW + 1)], ['another hour', message(view(), NOW + 3_600_000)],
    ['one that was refused', message(view(), NOW + 1, { state: 'failed' })], ['a text', message({ kind: 'text', text: 'x' }, NOW + 1)],
  ])('and %s is another', (_, other) => {
    expect(gathered([message(view()), other])).toHaveLength(2)
  })
})

describe('what was not shared', () => {
  it.each([
    [1, 'consent_withdrawn', 'An image of Dr Lin was here, and is not shared. The patient has withdrawn consent.'],
    [3, 'taken_out', '3 images of Dr Lin were here, and are not shared. It was taken out of the thread. The images of one message are shared together or not at all.'],
    [0, 'not_kept', 'A message of Dr Lin was here, and is not shared. It came before this device kept what sharing needs.'],
  ])('%i of %s', (images, code, words) => {
    expect(plain(withheldWords({ images, code }, lin))).toBe(words)
    expect(eventWords(message({ kind: 'withheld', images, code }))?.words).toBe(withheldWords({ images, code }, lin))
  })
  it('says nothing of a person that this device does not know', () => {
    expect(withheldWords({ images: 1, code: 'taken_out' }, person(''))).toMatch(/^An image was here,/)
  })
  it('has a sentence for its own reasons, and for any other', () => {
    expect(withheldReason('too_large')).toBe('It is too long to be shared.')
    expect(withheldReason('of_a_later_release')).not.toBe('')
  })
})
