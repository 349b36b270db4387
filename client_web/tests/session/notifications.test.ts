/** Whether a device is told, by what the server says and what the browser lets it (SPEC S14). */
import { beforeEach, expect, it } from 'vitest'
import { fromUtf8, toUtf8 } from '../../src/protocol/encoding'
import type { DeviceContext } from '../../src/session/device_context'
import { Notifications } from '../../src/session/notifications'
import type { HttpRequest, PushChannel } from '../../src/session/platform'
import { Transport } from '../../src/session/transport'

const KEY = 'the-servers-key'

/** A server that remembers one subscription, and every call. */
const server = { key: KEY as string | null, kinds: null as string[] | null, calls: [] as unknown[] }

async function answer(path: string, { method, body }: HttpRequest) {
  const said = body === undefined ? null : JSON.parse(fromUtf8(body))
  server.calls.push([method, path, said])
  if (method === 'PUT') server.kinds = said.kinds
  if (method === 'DELETE') server.kinds = null
  const told = toUtf8(JSON.stringify(method === 'GET' ? { key: server.key, kinds: server.kinds } : {}))
  return { status: 200, bytes: async () => told }
}

/** A browser whose person answers `says`. */
class Channel implements PushChannel {
  permission: PushChannel['permission'] = 'ask'
  endpoint: string | null = null
  says: 'granted' | 'denied' = 'granted'
  fails = false

  async subscribe(key: string): Promise<string | null> {
    this.permission = this.says
    if (this.fails) throw new Error('no service')
    return this.says === 'denied' ? null : (this.endpoint ??= `https://push.example/${key}`)
  }

  async unsubscribe(): Promise<void> { this.endpoint = null }
}

let channel: Channel
const notifications = (push: PushChannel | null = channel) => new Notifications({ platform: { push }, transport: new Transport(answer) } as unknown as DeviceContext)

beforeEach(() => {
  channel = new Channel()
  Object.assign(server, { key: KEY, kinds: null, calls: [] })
})

it('is turned on, changed and turned off by its person', async () => {
  expect(await notifications().view()).toEqual({ state: 'off', kinds: [] })
  await notifications().turnOn(['case'])
  expect(await notifications().view()).toEqual({ state: 'on', kinds: ['case'] })
  expect(server.calls).toContainEqual(['PUT', '/api/notifications', { endpoint: `https://push.example/${KEY}`, kinds: ['case'] }])
  await notifications().turnOff()
  expect(await notifications().view()).toEqual({ state: 'off', kinds: [] })
  expect(channel.endpoint).toBeNull()
})

it('is not offered, not possible or not allowed, and says which', async () => {
  expect((await notifications(null).view()).state).toBe('unsupported')
  channel.permission = 'denied'
  expect((await notifications().view()).state).toBe('forbidden')
  server.key = null
  expect((await notifications().view()).state).toBe('not_offered')
  await notifications().turnOn(['case'])
  expect(server.kinds).toBeNull()
})

it('stays off where its person says no to the browser', async () => {
  channel.says = 'denied'
  await notifications().turnOn(['case'])
  expect(server.kinds).toBeNull()
  expect((await notifications().view()).state).toBe('forbidden')
})

it('says that the browser gets no subscription', async () => {
  channel.fails = true
  await expect(notifications().turnOn(['case'])).rejects.toMatchObject({ code: 'push_unavailable' })
  expect(server.kinds).toBeNull()
})

it('tells the server where it is reached now, once it is unlocked, and asks nobody', async () => {
  await notifications().renew()
  expect(server.calls).toEqual([])
  await notifications().turnOn(['case', 'social'])
  channel.endpoint = 'https://push.example/another'
  await notifications().renew()
  expect(server.calls.at(-1)).toEqual(['PUT', '/api/notifications', { endpoint: 'https://push.example/another', kinds: ['case', 'social'] }])
  await notifications().turnOff()
  const before = server.calls.length
  await notifications().renew()
  expect(server.calls.slice(before)).toEqual([['GET', '/api/notifications', null]])
})
