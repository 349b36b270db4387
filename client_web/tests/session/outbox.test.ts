import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { parseAuthenticatedData } from '../../src/protocol/authenticated_data'
import { fromBase64url, fromUtf8 } from '../../src/protocol/encoding'
import { ready } from '../../src/protocol/sodium'
import { verify } from '../../src/protocol/statements'
import { unreachable, SessionFailure } from '../../src/session/failure'
import type { DeviceContext } from '../../src/session/device_context'
import type { GroupState } from '../../src/session/group_crypto'
import { Outbox } from '../../src/session/outbox'
import type { OutboxItem } from '../../src/session/records'
import type { ThreadLog } from '../../src/session/thread_log'
import type { ContentBody, SharedContent } from '../../src/protocol/types'
import { aDisclosure, aText, bytes32, id } from '../protocol/samples'
import { FailingStorage, deviceOver, threadOf } from './device'
import { newThread } from './members'

const SUITE = 3
beforeAll(ready)
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

/** A sender with an outbox over failing storage, a wire that does as told, and a recipient who opens what came. */
async function setUp() {
  const { devices, groups, states, context: named } = await newThread(SUITE, 3)
  const storage = new FailingStorage()
  const context = await deviceOver(storage, devices[0]!, groups[0]!)
  await context.records.write([{ kind: 'thread', put: threadOf(named, states[0]!, SUITE) }])
  storage.writes = 0
  const wire: { sent: OutboxItem[]; answer: (item: OutboxItem) => Promise<{ seq: number; at: number }> } = {
    sent: [], answer: async () => ({ seq: wire.sent.length + 1, at: 5 }),
  }
  const send = async (item: OutboxItem) => {
    wire.sent.push(item)
    return wire.answer(item)
  }
  let recipient: GroupState = states[1]!
  const read = async ({ mls, message }: OutboxItem) => {
    const opened = await groups[1]!.open(recipient, fromBase64url(mls))
    recipient = opened.next
    expect(parseAuthenticatedData(opened.authenticatedData)).toEqual({ message, hashes: [] })
    const content = verify(JSON.parse(fromUtf8(opened.plaintext)), 'content', devices[0]!.device, devices[0]!.publicKey)
    expect(content.message).toBe(message)
    return content
  }
  const log = { catchUp: vi.fn(async () => undefined) }
  const outboxOver = (device: DeviceContext) => new Outbox(device, log as unknown as ThreadLog, send)
  const follow = (state: GroupState) => { recipient = state }
  return { storage, context, wire, read, log, outboxOver, outbox: outboxOver(context), thread: named.thread, devices, groups, states, follow }
}

const text = (words: string) => ({ kind: 'text', text: words }) as const
const textOf = (content: { body: unknown }) => (content.body as { text: string }).text

describe('storing before sending', () => {
  it('sends nothing that it could not store, and goes on afterwards', async () => {
    const { storage, outbox, wire, read, thread, context } = await setUp()
    storage.failing.add(1)
    await expect(outbox.postBody(thread, text('lost'))).rejects.toThrow('disk')
    expect(wire.sent).toEqual([])
    expect(context.records.messagesOf(thread)).toEqual([])
    await outbox.postBody(thread, text('kept'))
    expect(textOf(await read(wire.sent[0]!))).toBe('kept')
  })

  it('stores state, bytes and message in one write before the wire sees them', async () => {
    const { storage, outbox, wire, thread, context } = await setUp()
    wire.answer = async ({ message, mls }) => {
      expect(storage.writes).toBe(1)
      const stored = await deviceOver(storage.inner.copy(), { device: context.account.device, publicKey: new Uint8Array(32), secretKey: new Uint8Array(64) }, await context.group(SUITE))
      expect(stored.records.get('outbox', message)?.mls).toBe(mls)
      expect(stored.records.get('message', message)?.state).toBe('sending')
      return { seq: 2, at: 5 }
    }
    await outbox.postBody(thread, text('hello'))
    expect(wire.sent).toHaveLength(1)
  })

  it('uses no generation twice when the process dies between storing and sending', async () => {
    const { storage, outboxOver, context, wire, read, thread, devices, groups } = await setUp()
    wire.answer = async () => { throw unreachable() }
    const dying = outboxOver(context)
    dying.postBody(thread, text('first')).catch(() => undefined)
    await vi.waitFor(() => expect(wire.sent).toHaveLength(1))
    const [first] = wire.sent
    const again = await deviceOver(storage.inner.copy(), devices[0]!, groups[0]!)
    wire.answer = async () => ({ seq: wire.sent.length, at: 5 })
    wire.sent.length = 0
    await outboxOver(again).postBody(thread, text('second'))
    expect(wire.sent.map(({ message }) => message)[0]).toBe(first!.message)
    expect(wire.sent[0]!.mls).toBe(first!.mls)
    expect([textOf(await read(wire.sent[0]!)), textOf(await read(wire.sent[1]!))]).toEqual(['first', 'second'])
  })

  it('asks again with the same bytes when the acknowledgement could not be stored', async () => {
    const { storage, outbox, wire, thread, context } = await setUp()
    storage.failing.add(2)
    const posted = outbox.postBody(thread, text('hello'))
    await vi.waitFor(async () => { await vi.advanceTimersByTimeAsync(30_000); expect(wire.sent).toHaveLength(2) })
    await posted
    expect(wire.sent[1]!.mls).toBe(wire.sent[0]!.mls)
    expect(context.records.messagesOf(thread)).toMatchObject([{ state: 'sent' }])
  })
})

describe('sending again', () => {
  it('repeats exactly the same bytes until they are acknowledged', async () => {
    const { outbox, wire, read, thread, context } = await setUp()
    let failures = 3
    wire.answer = async () => {
      if (failures-- > 0) throw unreachable()
      return { seq: 7, at: 9 }
    }
    const posted = outbox.postBody(thread, text('on a poor line'))
    await vi.waitFor(async () => { await vi.advanceTimersByTimeAsync(30_000); expect(wire.sent).toHaveLength(4) })
    await posted
    expect(new Set(wire.sent.map(({ mls, message }) => `${message} ${mls}`)).size).toBe(1)
    expect(textOf(await read(wire.sent[0]!))).toBe('on a poor line')
    expect(context.records.messagesOf(thread)).toMatchObject([{ seq: 7, at: 9, state: 'sent' }])
    expect(context.records.all('outbox')).toEqual([])
  })

  it('encrypts again under the new state after stale_epoch, with the same id', async () => {
    const { outbox, wire, read, thread, context, log, groups, states, follow } = await setUp()
    log.catchUp.mockImplementation(async () => {
      const removal = await groups[1]!.prepareCommit(states[1]!, [], [2])
      const applied = await groups[0]!.applyCommit(context.records.get('thread', thread)!.group!, removal.commit)
      if (applied.kind !== 'applied') throw new Error('not applied')
      await context.records.write([{ kind: 'thread', put: { ...context.records.get('thread', thread)!, group: applied.next } }])
      follow(removal.next)
    })
    wire.answer = async ({ epoch }) => {
      if (epoch === 1) throw new SessionFailure('stale_epoch', '', 'retry')
      return { seq: 3, at: 5 }
    }
    await outbox.postBody(thread, text('after the change'))
    expect(wire.sent.map(({ epoch }) => epoch)).toEqual([1, 2])
    expect(wire.sent[0]!.message).toBe(wire.sent[1]!.message)
    expect(await read(wire.sent[1]!)).toMatchObject({ epoch: 2, body: { text: 'after the change' } })
  })

  it('shows what was refused as failed, and sends it anew when asked', async () => {
    const { outbox, wire, read, thread, context } = await setUp()
    wire.answer = async () => { throw new SessionFailure('too_large', 'Too large.', 'shorten') }
    await expect(outbox.postBody(thread, text('refused'))).rejects.toMatchObject({ code: 'too_large' })
    expect(context.records.messagesOf(thread)).toMatchObject([{ state: 'failed', error: { code: 'too_large' } }])
    wire.answer = async () => ({ seq: 2, at: 5 })
    await outbox.retry(wire.sent[0]!.message)
    expect(wire.sent[1]!.mls).not.toBe(wire.sent[0]!.mls)
    expect(textOf(await read(wire.sent[1]!))).toBe('refused')
  })

  it('keeps the order in which a thread was written', async () => {
    const { outbox, wire, read, thread } = await setUp()
    await Promise.all(['one', 'two', 'three'].map((words) => outbox.postBody(thread, text(words))))
    const read3 = []
    for (const item of wire.sent) read3.push(textOf(await read(item)))
    expect(read3).toEqual(['one', 'two', 'three'])
  })

  it('refuses to write in a thread that has stopped', async () => {
    const { outbox, wire, thread, context } = await setUp()
    await context.records.write([{ kind: 'thread', put: { ...context.records.get('thread', thread)!, trouble: 'state_lost' } }])
    await expect(outbox.postBody(thread, text('no'))).rejects.toMatchObject({ code: 'state_lost' })
    expect(wire.sent).toEqual([])
  })
})

describe('sharing history', () => {
  const sig = `${'A'.repeat(85)}A`
  const shares: ContentBody = {
    kind: 'history', to: [{ kind: 'person', person: id('person') }],
    items: [{ kind: 'message', seq: 1, at: 5, content: aText('x') as SharedContent, sig, statements: [{ statement: aDisclosure(), sig }] }],
  }
  const shared = (state: 'live' | 'destroyed') => ({ kind: 'disclosure', put: { disclosure: id('disclosure'), thread: id('thread'), message: id('message'), statement: aDisclosure(), envelope: {} as never, manifest: null, state, closedCode: null } }) as const

  it('is decided for one epoch: it is not encrypted again as it was, nor kept once it was refused', async () => {
    const { outbox, wire, thread, context } = await setUp()
    await context.records.write([shared('live')])
    wire.answer = async () => { throw new SessionFailure('stale_epoch', '', 'retry') }
    await expect(outbox.postBody(thread, shares)).rejects.toMatchObject({ code: 'stale_epoch' })
    expect(wire.sent).toHaveLength(1)
    expect(context.records.messagesOf(thread)).toMatchObject([{ state: 'failed', body: { kind: 'history', messages: 1, images: 1, withheld: 0, since: 5 } }])
    expect(JSON.stringify([context.records.all('outbox'), context.records.messagesOf(thread)])).not.toContain(bytes32(4))
    await expect(outbox.retry(wire.sent[0]!.message)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('does not go any more once an image of it has ended', async () => {
    const { outbox, wire, thread, context } = await setUp()
    await context.records.write([shared('live')])
    wire.answer = async () => {
      await context.records.write([shared('destroyed')])
      throw unreachable()
    }
    const posted = outbox.postBody(thread, shares)
    const refused = expect(posted).rejects.toMatchObject({ code: 'disclosure_closed' })
    await vi.waitFor(async () => { await vi.advanceTimersByTimeAsync(30_000); expect(context.records.messagesOf(thread)).toMatchObject([{ state: 'failed' }]) })
    await refused
    expect(wire.sent).toHaveLength(1)
  })
})
