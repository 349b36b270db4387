import { describe, expect, it } from 'vitest'
import type { Mark } from '../../src/protocol/types'
import { annotationViews, standing, unlessGone, withoutMarks } from '../../src/session/annotations'
import type { DeviceContext } from '../../src/session/device_context'
import type { Disclosure, StoredMessage } from '../../src/session/records'

const dot: Mark = { kind: 'words', at: { x: 1, y: 2 }, text: 'here' }

function drawn(seq: number | null, person: string, marks: Mark[] = [dot], changes: Partial<StoredMessage> = {}): StoredMessage {
  return { message: `msg ${person} ${seq}`, thread: 'thr', seq, at: seq ?? 99, person, device: `dev ${person}`, state: 'sent', error: null, body: { kind: 'annotation', disclosure: 'dis', marks }, signed: { payload: 'x' } as never, ...changes }
}

function context(messages: StoredMessage[], disclosure: Partial<Disclosure> | null = { thread: 'thr', state: 'live' }): DeviceContext {
  return {
    account: { person: 'me' }, people: { view: (person: string) => ({ person }) },
    records: { messagesOf: (thread: string) => messages.filter((one) => one.thread === thread), get: (kind: string, id: string) => (kind === 'disclosure' && id === 'dis' ? disclosure : kind === 'thread' ? { joined: { seq: 10, epoch: 3 } } : null) },
  } as never
}

const texts = (messages: StoredMessage[]) => messages.map(({ message }) => message)

describe('standing marks (S7.11)', () => {
  it('are the newest of each author, in the order of the log', () => {
    const messages = [drawn(7, 'amara'), drawn(3, 'lin'), drawn(5, 'lin'), drawn(4, 'lin')]
    expect(texts(standing(context(messages), 'thr', 'dis'))).toEqual(['msg lin 5', 'msg amara 7'])
  })
  it('are the newest by their authors’ own time, where they were shared, in whatever order; what came since this device joined is newer', () => {
    const shared = (seq: number, at: number) => drawn(seq, 'lin', [dot], { at, sharedBy: 'amara' })
    expect(texts(standing(context([shared(3, 200), shared(9, 100)]), 'thr', 'dis'))).toEqual(['msg lin 3'])
    expect(texts(standing(context([shared(3, 200), shared(9, 100), drawn(11, 'lin', [dot], { at: 50 })]), 'thr', 'dis'))).toEqual(['msg lin 11'])
  })
  it('are none once their author took them back', () => {
    expect(standing(context([drawn(3, 'lin'), drawn(5, 'lin', [])]), 'thr', 'dis')).toEqual([])
  })
  it('are what is on its way already, and not what failed', () => {
    const failed = drawn(null, 'me', [dot], { state: 'failed' })
    expect(texts(standing(context([drawn(3, 'me'), failed]), 'thr', 'dis'))).toEqual(['msg me 3'])
    const sending = drawn(null, 'me', [dot], { state: 'sending' })
    expect(texts(standing(context([sending, drawn(3, 'me')]), 'thr', 'dis'))).toEqual(['msg me null'])
  })
  it('are shown only of an image that can be open in that thread', () => {
    const messages = [drawn(3, 'me')]
    expect(annotationViews(context(messages), 'thr', 'dis')).toMatchObject([{ mine: true, marks: [dot] }])
    for (const gone of [null, { thread: 'thr', state: 'suspended' }, { thread: 'thr', state: 'destroyed' }, { thread: 'other', state: 'live' }] as (Partial<Disclosure> | null)[]) {
      expect(annotationViews(context(messages, gone), 'thr', 'dis')).toEqual([])
    }
  })
})

describe('marks on an image that is not here', () => {
  it('are not kept when they come, nor is who signed them', () => {
    for (const gone of [null, { thread: 'other', state: 'live' }, { thread: 'thr', state: 'destroyed' }] as (Partial<Disclosure> | null)[]) {
      const kept = unlessGone(context([], gone), drawn(3, 'lin'))
      expect(kept.body).toEqual({ kind: 'annotation', disclosure: 'dis', marks: [] })
      expect(kept).not.toHaveProperty('signed')
    }
    for (const here of [{ thread: 'thr', state: 'live' }, { thread: 'thr', state: 'suspended' }] as Partial<Disclosure>[]) {
      expect(unlessGone(context([], here), drawn(3, 'lin'))).toEqual(drawn(3, 'lin'))
    }
  })
  it('are forgotten when it is destroyed, and other messages stay', () => {
    const text: StoredMessage = drawn(4, 'lin', [], { body: { kind: 'text', text: 'Undisplaced.' } })
    const elsewhere = drawn(5, 'lin', [dot], { body: { kind: 'annotation', disclosure: 'another', marks: [dot] } })
    const edits = withoutMarks(context([drawn(3, 'lin'), text, elsewhere]), { thread: 'thr', disclosure: 'dis' } as Disclosure)
    expect(edits).toMatchObject([{ kind: 'message', put: { message: 'msg lin 3', body: { marks: [] } } }])
    expect(JSON.stringify(edits)).not.toContain('signed')
  })
})
