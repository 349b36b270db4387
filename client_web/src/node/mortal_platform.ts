/** Surroundings that can end at a chosen instant, as when a tab is closed or a phone loses its power: from then on nothing is stored, sent or heard. */
import type { HttpAnswer, HttpRequest, Platform, Socket, Write } from '../session/platform'

/** Counts instants: each thing asked of the surroundings has one before it is done, and one between its doing and its answer. */
export class Mortality {
  private left = Infinity
  /** The last thing that was asked for, such as `POST /api/disclosures`. */
  last = ''

  /** Ends after so many instants from now. */
  endAfter(instants: number): void {
    this.left = instants
  }

  get ended(): boolean {
    return this.left <= 0
  }

  async around<T>(what: string, task: () => Promise<T>): Promise<T> {
    await this.pass(what)
    const result = await task()
    await this.pass(what)
    return result
  }

  private async pass(what: string): Promise<void> {
    if (this.ended) return new Promise(() => undefined)
    this.left -= 1
    this.last = what
    if (this.ended) return new Promise(() => undefined)
  }
}

export function mortal(platform: Platform, mortality: Mortality): Platform {
  const { storage } = platform
  return {
    ...platform,
    storage: {
      get: (key: string) => storage.get(key),
      list: (prefix: string) => storage.list(prefix),
      clear: () => storage.clear(),
      transact: (writes: Write[]) => mortality.around('store', () => storage.transact(writes)),
    },
    fetch: (path: string, request: HttpRequest) => mortality.around(`${request.method} ${path.replace(/[a-z]{3}_.*/, '')}`, async () => whole(await platform.fetch(path, request))),
    openSocket: () => mortalSocket(platform.openSocket(), mortality),
  }
}

/** An answer that has come as a whole: what is read of it is no instant of its own. */
async function whole(answer: HttpAnswer): Promise<HttpAnswer> {
  const bytes = await answer.bytes()
  return { status: answer.status, ...(answer.headers === undefined ? {} : { headers: answer.headers }), bytes: async () => bytes }
}

function mortalSocket(socket: Socket, mortality: Mortality): Socket {
  return {
    get connected() { return socket.connected },
    on: (event, listener) => socket.on(event, (...heard) => { if (!mortality.ended) listener(...heard) }),
    request: (event, body, timeout) => mortality.around(event, () => socket.request(event, body, timeout)),
    connect: () => socket.connect(),
    close: () => socket.close(),
  }
}
