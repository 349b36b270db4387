import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { concat, equalBytes } from '../../src/protocol/encoding'
import { ready } from '../../src/protocol/sodium'
import { blobHash, blobParts, partHash } from '../../src/protocol/sealing'
import { downloadBlob, nextLength, uploadBlob } from '../../src/session/blobs'
import { SessionFailure } from '../../src/session/failure'
import { Pause } from '../../src/session/pause'
import type { HttpAnswer, HttpRequest } from '../../src/session/platform'
import { Transport } from '../../src/session/transport'

beforeAll(ready)
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const empty = async () => new Uint8Array(0)
const refusal = (status: number, code: string): HttpAnswer => ({ status, bytes: async () => new TextEncoder().encode(JSON.stringify({ error: { code } })) })

/** A server of one blob, on a line that breaks when `breaks` says so: after how many bytes of a request, or null. */
class Server {
  held = new Uint8Array(0)
  sent = 0
  requests: HttpRequest[] = []
  breaks: (request: number) => number | null = () => null

  readonly transport = new Transport(async (_path, request) => {
    this.requests.push(request)
    const limit = this.breaks(this.requests.length)
    return request.method === 'GET' ? this.give(request, limit) : this.take(request, limit)
  })

  private take({ method, headers, body = new Uint8Array(0) }: HttpRequest, limit: number | null): HttpAnswer {
    if (method === 'PATCH') {
      if (Number(headers['Upload-Offset']) !== this.held.length) return refusal(409, 'offset_mismatch')
      const came = body.subarray(0, limit ?? body.length)
      this.sent += came.length
      this.held = new Uint8Array(concat(this.held, came))
    }
    if (limit !== null) throw new TypeError('the line broke')
    return { status: method === 'HEAD' ? 200 : 204, headers: { 'upload-offset': String(this.held.length) }, bytes: empty }
  }

  private give({ headers }: HttpRequest, limit: number | null): HttpAnswer {
    const from = Number(/^bytes=(\d+)-$/.exec(headers['Range'] ?? 'bytes=0-')![1])
    const { held } = this
    const sent = (bytes: number) => { this.sent += bytes }
    return {
      status: from === 0 ? 200 : 206, bytes: empty,
      async *pieces() {
        const piece = held.slice(from, limit === null ? held.length : from + limit)
        sent(piece.length)
        yield piece
        if (limit !== null) throw new TypeError('the line broke')
      },
    }
  }
}

/** Lets time pass until it is over. */
async function going<T>(work: Promise<T>): Promise<T> {
  let over = false
  work.then(() => { over = true }, () => { over = true })
  while (!over) await vi.advanceTimersByTimeAsync(10_000)
  return work
}
const sealed = (seed = 1, length = 500_000) => Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) * 7 + seed) & 0xff)
const hashOf = (bytes: Uint8Array) => blobHash(blobParts(bytes).map(partHash))

describe('going up', () => {
  it('sends no byte again that has arrived, however often the line breaks', async () => {
    const [server, whole] = [new Server(), sealed()]
    server.breaks = (request) => (request % 3 === 2 ? 30_000 : request % 7 === 0 ? 0 : null)
    const told: number[] = []
    await going(uploadBlob(server.transport, 'blb_x', whole, hashOf(whole), { progress: (done) => told.push(done) }))
    expect(equalBytes(server.held, whole)).toBe(true)
    expect(server.sent).toBe(whole.length)
    expect(told.at(-1)).toBe(whole.length)
    expect(told).toEqual([...told].sort((a, b) => a - b))
  })

  it('goes on where another tab or another day left off, and says the same of the whole each time', async () => {
    const [server, whole] = [new Server(), sealed()]
    server.held = whole.slice(0, 400_000)
    await going(uploadBlob(server.transport, 'blb_x', whole, hashOf(whole)))
    expect(server.sent).toBe(100_000)
    const said = server.requests.filter(({ method }) => method === 'PATCH').map(({ headers }) => `${headers['Upload-Length']} ${headers['X-InScope-Blob-Hash']}`)
    expect(new Set(said).size).toBe(1)
  })

  it('makes sure of an upload that has all its bytes', async () => {
    const [server, whole] = [new Server(), sealed()]
    server.held = whole.slice()
    await going(uploadBlob(server.transport, 'blb_x', whole, hashOf(whole)))
    expect(server.requests.map(({ method }) => method)).toEqual(['HEAD', 'PATCH'])
  })

  it('is held back, goes on, and ends when a person says so', async () => {
    const [server, whole, pause] = [new Server(), sealed(1, 8_000_000), new Pause()]
    server.breaks = (request) => { if (request === 3) pause.hold(); return null }
    const sending = uploadBlob(server.transport, 'blb_x', whole, hashOf(whole), { pause })
    sending.catch(() => undefined)
    await vi.advanceTimersByTimeAsync(60_000)
    const held = server.requests.length
    await vi.advanceTimersByTimeAsync(600_000)
    expect(server.requests).toHaveLength(held)
    server.breaks = (request) => { if (request === held + 1) pause.end(new SessionFailure('cancelled', '', 'none')); return null }
    pause.release()
    await expect(going(sending)).rejects.toThrow(SessionFailure)
    expect(server.held.length).toBeLessThan(whole.length)
  })

  it('tells why it waits, and that it goes on', async () => {
    const [server, whole] = [new Server(), sealed()]
    server.breaks = (request) => (request === 2 ? 0 : null)
    const told: (string | null)[] = []
    await going(uploadBlob(server.transport, 'blb_x', whole, hashOf(whole), { waits: (code) => told.push(code) }))
    expect(told.slice(0, 2)).toEqual(['unreachable', null])
  })

  it('ends with what another try cannot mend', async () => {
    const server = new Server()
    server.transport.exchange = async () => { throw new SessionFailure('blob_mismatch', '', '') }
    await expect(uploadBlob(server.transport, 'blb_x', sealed(), hashOf(sealed()))).rejects.toMatchObject({ code: 'blob_mismatch' })
  })
})

it('asks for as much as the line carries in a few seconds', () => {
  expect(nextLength(65_536, 2_000)).toBe(131_072)
  expect(nextLength(65_536, 50)).toBe(524_288)
  expect(nextLength(65_536, 4_000)).toBe(65_536)
  expect(nextLength(65_536, 60_000)).toBe(32_768)
  expect(nextLength(16_384, 60_000)).toBe(16_384)
  expect(nextLength(2 ** 23, 1)).toBe(2 ** 23)
})

describe('coming down', () => {
  it('asks for the rest only, and checks the whole', async () => {
    const [server, whole] = [new Server(), sealed()]
    server.held = whole.slice()
    server.breaks = (request) => (request < 4 ? 120_000 : null)
    expect(equalBytes(await going(downloadBlob(server.transport, 'blb_x', whole.length, hashOf(whole))), whole)).toBe(true)
    expect(server.sent).toBe(whole.length)
    expect(server.requests.map(({ headers }) => headers['Range'])).toEqual([undefined, 'bytes=120000-', 'bytes=240000-', 'bytes=360000-'])
    expect(server.requests[1]!.headers['If-Range']).toBe('"blb_x"')
  })

  it('refuses other bytes, and more of them', async () => {
    const [server, whole] = [new Server(), sealed()]
    server.held = whole.slice()
    await expect(going(downloadBlob(server.transport, 'blb_x', whole.length, hashOf(sealed(2))))).rejects.toMatchObject({ code: 'not_as_declared' })
    await expect(going(downloadBlob(server.transport, 'blb_x', whole.length - 1, hashOf(whole)))).rejects.toMatchObject({ code: 'not_as_declared' })
  })
})
