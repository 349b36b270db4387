import { beforeEach, describe, expect, it } from 'vitest'
import { toBase64url, toUtf8 } from '../../src/protocol/encoding'
import { toIdentifier } from '../../src/protocol/identifiers'
import { ready } from '../../src/protocol/sodium'
import type { Content, LogHead } from '../../src/protocol/types'
import { MemoryStorage } from '../../src/node/memory_storage'
import type { DeviceContext } from '../../src/session/device_context'
import { GroupCrypto } from '../../src/session/group_crypto'
import { LogHeads, carriedHead, toldHead } from '../../src/session/log_heads'
import { openingsOf } from '../../src/session/openings'
import { Transport } from '../../src/session/transport'
import { NOW, deviceOver, random } from './device'
import { LogServer } from './log_server'
import { newDevice, register } from './members'

const SUITE = 3
let storage: MemoryStorage
let server: LogServer
let device: DeviceContext
let heads: LogHeads
let pins: number

async function start(): Promise<void> {
  const key = newDevice()
  device = await deviceOver(storage, key, await GroupCrypto.load(SUITE, key, register(key)))
  device.transport = new Transport(server.fetch)
  heads = new LogHeads(device, async () => { pins += 1 })
}

beforeEach(async () => {
  await ready()
  storage = new MemoryStorage()
  server = new LogServer().append(5)
  pins = 0
  await start()
  await heads.meet(server.identity)
})

const size = () => heads.head?.size ?? null
const alarm = () => heads.alarm?.code ?? null
const asks = (part: string) => server.asked.filter((path) => path.includes(part)).length

/** What another device's message carried, and was written with the message. */
async function tell(head: LogHead | null, from = toIdentifier('device', random(16))): Promise<string> {
  const [message, thread, person] = [toIdentifier('message', random(16)), toIdentifier('thread', random(16)), toIdentifier('person', random(16))]
  const content: Content = { message, thread, epoch: 1, device: from, person, at: NOW, log_head: head, body: { kind: 'text', text: '' } }
  await device.records.write(toldHead(device.records, content))
  return from
}

describe('the log of the server', () => {
  it('is pinned once', async () => {
    expect([device.account.log, pins]).toEqual([server.identity, 1])
    await heads.meet(server.identity)
    expect([pins, alarm()]).toEqual([1, null])
  })

  it.each([['identifier', (other: LogServer) => ({ ...server.identity, log: other.log })], ['key', (other: LogServer) => ({ ...server.identity, key: other.identity.key })]])(
    'of another %s is an alarm, and is not pinned', async (_, told) => {
      const before = device.account.log
      await heads.meet(told(new LogServer()))
      expect([alarm(), device.account.log, pins]).toEqual(['log_key_changed', before, 1])
      expect(server.reports).toEqual([{ thread: null, message: null, code: 'log_key_changed' }])
    })

  it('is not asked about while there is none', async () => {
    delete device.account.log
    for (const told of [undefined, null, {}, { log: 'log_x', key: 'x' }]) await heads.meet(told)
    await heads.refresh()
    expect([device.account.log, alarm(), size(), server.asked]).toEqual([undefined, null, null, []])
  })
})

describe('a head of the server', () => {
  it('is kept when it continues the one before, and sent with messages', async () => {
    expect(carriedHead(device.records)).toBeNull()
    await heads.refresh()
    expect(carriedHead(device.records)).toEqual(server.head())
    for (const more of [0, 1, 3, 8]) {
      server.append(more)
      await heads.refresh()
      expect([carriedHead(device.records), alarm()]).toEqual([server.head(), null])
    }
  })

  it('is kept in sealed storage, and goes on from there', async () => {
    await heads.refresh()
    const { identity } = server
    await start()
    device.account.log = identity
    await device.records.load()
    expect(size()).toBe(5)
    server.entries.length = 4
    await heads.refresh()
    expect([size(), alarm()]).toEqual([5, 'log_shortened'])
  })

  it('after an empty log needs no proof', async () => {
    server.entries = []
    await heads.refresh()
    server.append(3)
    await heads.refresh()
    expect([size(), alarm(), asks('consistency')]).toEqual([3, null, 0])
  })

  it.each([
    ['smaller', 'log_shortened', () => { server.entries.pop() }],
    ['of the same size with another entry', 'log_rewritten', () => { server.entries[2] = 'other' }],
    ['larger with another entry', 'log_rewritten', () => { server.append(4).entries[0] = 'other' }],
    ['signed by another key', 'log_key_changed', () => { server.seed = random(32) }],
    ['of another log', 'log_key_changed', () => { server.log = new LogServer().log }],
  ] as const)('that is %s is an alarm (%s), and is not kept', async (_, code, cheat) => {
    await heads.refresh()
    const before = carriedHead(device.records)
    cheat()
    await heads.refresh()
    await heads.refresh()
    expect([alarm(), carriedHead(device.records)]).toEqual([code, before])
    expect(server.reports).toEqual([{ thread: null, message: null, code }])
  })

  it('that does not come, or without its proof, is none', async () => {
    await heads.refresh()
    server.append(2)
    for (const fails of [() => 'nothing', () => 503, (path: string) => (path.includes('consistency') ? 404 : null)] as LogServer['fails'][]) {
      server.fails = fails
      await expect(heads.refresh()).rejects.toBeDefined()
      await heads.catchUp()
      expect([alarm(), size()]).toEqual([null, 5])
    }
    server.fails = () => null
    await heads.catchUp()
    expect([alarm(), size()]).toEqual([null, 7])
  })

  it('that cannot be read is none', async () => {
    device.transport = new Transport(async () => ({ status: 200, bytes: async () => toUtf8('{"head":{}}') }))
    await expect(heads.refresh()).rejects.toMatchObject({ code: 'malformed' })
    expect(alarm()).toBeNull()
  })
})

describe('a head in a message', () => {
  beforeEach(() => heads.refresh())

  it('that is this device’s own, or none, is not kept', async () => {
    await tell(server.head())
    await tell(null)
    expect(device.records.all('told-head')).toEqual([])
  })

  it.each([[0], [1], [3], [4]])('of %s entries is proven by the server', async (older) => {
    await tell(server.head(older))
    await heads.compareTold()
    expect([alarm(), device.records.all('told-head')]).toEqual([null, []])
  })

  it('that is larger makes this device fetch its own first', async () => {
    const larger = server.append(4).head()
    await tell(larger)
    server.append(2)
    await heads.compareTold()
    expect([alarm(), size(), device.records.all('told-head')]).toEqual([null, 11, []])
  })

  it.each([
    ['smaller', () => ({ ...server.head(3), root: toBase64url(random(32)) })],
    ['of the same size', () => ({ ...server.head(), root: toBase64url(random(32)) })],
    ['empty', () => ({ size: 0, root: toBase64url(random(32)) })],
    ['larger, of a fork', () => new LogServer().append(9, 'forked').head()],
    ['larger than any the server shows here', () => ({ size: 50, root: toBase64url(random(32)) })],
  ])('that is not of this log, %s, is an alarm that names whose it was', async (_, forged) => {
    server.append(7)
    const from = await tell(forged())
    const told = device.records.get('told-head', from)
    await heads.compareTold()
    expect(heads.alarm).toMatchObject({ code: 'log_split', told, reported: true })
    expect(device.records.all('told-head')).toEqual([])
    expect(server.reports).toEqual([{ thread: told!.thread, message: told!.message, code: 'log_split' }])
  })

  it('is noticed when the server shows this device alone another log', async () => {
    const others = new LogServer()
    others.entries = [...server.entries]
    const fork = others.append(1, 'seen by others').append(4).head()
    server.append(6, 'seen here')
    await heads.refresh()
    await tell(fork)
    await heads.compareTold()
    expect(alarm()).toBe('log_split')
  })

  it('waits while the server does not answer, and is compared later', async () => {
    await tell({ ...server.head(3), root: toBase64url(random(32)) })
    for (const fails of [() => 'nothing', () => 503, () => 404] as LogServer['fails'][]) {
      server.fails = fails
      await heads.catchUp()
      expect([alarm(), device.records.all('told-head').length]).toEqual([null, 1])
    }
    const { identity } = server
    server.fails = () => null
    await start()
    device.account.log = identity
    await device.records.load()
    await heads.catchUp()
    expect(alarm()).toBe('log_split')
  })

  it('is asked about once, however many messages carry it, and once for each device', async () => {
    const from = toIdentifier('device', random(16))
    for (const older of [2, 3, 1, 3, 2]) await tell(server.head(older), from)
    expect(device.records.all('told-head').map((told) => told.size)).toEqual([3])
    await Promise.all([heads.compareTold(), heads.compareTold(), heads.compareTold()])
    expect([asks('consistency'), alarm()]).toEqual([1, null])
  })
})

it('keeps the first alarm, and reports it when the server can be reached', async () => {
  await heads.refresh()
  server.entries.pop()
  server.fails = (path) => (path === '/api/reports' ? 'nothing' : null)
  await heads.refresh()
  server.entries = ['other']
  await heads.refresh()
  expect(heads.alarm).toMatchObject({ code: 'log_shortened', reported: false })
  server.fails = () => null
  await heads.catchUp()
  await heads.catchUp()
  expect([heads.alarm?.reported, server.reports.length]).toEqual([true, 1])
})

describe('openings', () => {
  const disclosure = toIdentifier('disclosure', new Uint8Array(16))
  const person = toIdentifier('person', new Uint8Array(16))
  const entry = (seq: number, changes: object = {}) => JSON.stringify({ at: NOW, disclosure, event: 'open', outcome: 'permit', person, seq, ...changes })
  const listed = (index: number, body: string, changes: object = {}) => ({ person, at: NOW, outcome: 'permit', log: { index, body: toBase64url(toUtf8(body)) }, ...changes })

  async function proven(openings: unknown[]): Promise<boolean[]> {
    const { fetch } = server
    device.transport = new Transport(async (path, request) => (
      path.endsWith('/openings') ? { status: 200, bytes: async () => toUtf8(JSON.stringify({ openings })) } : fetch(path, request)))
    device.people.ensure = async () => undefined
    return (await openingsOf(device, heads, disclosure)).map((one) => one.proven)
  }

  it('are proven when the log holds what is shown', async () => {
    server.entries = [entry(1), 'other', entry(3, { outcome: 'deny' }), ...Array.from({ length: 20 }, (_, i) => entry(4 + i))]
    expect(await proven([listed(0, entry(1)), listed(2, entry(3, { outcome: 'deny' }), { outcome: 'deny' })])).toEqual([true, true])
    expect(await proven(Array.from({ length: 20 }, (_, i) => listed(3 + i, entry(4 + i))))).toEqual(Array.from({ length: 20 }, () => true))
  })

  it('are listed as not proven when it does not', async () => {
    server.entries = [entry(1), entry(2, { outcome: 'deny' }), entry(3, { event: 'ask' }), entry(4, { disclosure: 'dis_x' }), entry(9)]
    expect(await proven([
      listed(0, entry(1, { more: 1 })), listed(1, entry(2, { outcome: 'deny' })), listed(0, entry(1), { at: NOW + 1 }), listed(0, entry(1), { person: 'per_x' }),
      listed(2, entry(3, { event: 'ask' })), listed(3, entry(4, { disclosure: 'dis_x' })), listed(4, entry(9)), listed(1, entry(1)), listed(9, entry(10)),
      listed(-1, entry(0)), listed(0, 'not an entry'), { person, at: NOW, outcome: 'permit' },
    ])).toEqual(Array.from({ length: 12 }, () => false))
    expect(alarm()).toBeNull()
  })

  it('are listed as not proven while the server proves nothing', async () => {
    server.entries = [entry(1)]
    await heads.refresh()
    server.fails = (path) => (path.includes('inclusion') ? 503 : null)
    expect([await proven([listed(0, entry(1))]), alarm()]).toEqual([[false], null])
    server.fails = () => 'nothing'
    expect([await proven([listed(0, entry(1))]), alarm()]).toEqual([[false], null])
  })
})
