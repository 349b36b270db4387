/** The session's surroundings under Node: a cookie kept by hand, and storage that the caller chooses. */
import { randomBytes } from 'node:crypto'
import type { HttpRequest, Platform, Storage } from '../session/platform'
import { httpAnswer } from '../platform/http_answer'
import { socketTo } from '../platform/socketio_socket'

/** With the prefix under https. */
const COOKIES = ['inscope_session', '__Host-inscope_session']

/** `through`: where the server at `origin` is reached just now, if by another way. */
export function nodePlatform(origin: string, storage: Storage, now: () => number = Date.now, through: () => string = () => origin): Platform {
  let cookie = ''

  function keepCookie(headers: Headers): void {
    for (const line of headers.getSetCookie()) {
      const [name, ...value] = (line.split(';')[0] ?? '').split('=')
      if (name !== undefined && COOKIES.includes(name)) cookie = `${name}=${value.join('=')}`
    }
  }

  async function fetchWithCookie(path: string, { method, headers, body, signal }: HttpRequest) {
    const init: RequestInit = { method, headers: cookie === '' ? headers : { ...headers, Cookie: cookie }, redirect: 'error', ...(signal ? { signal } : {}) }
    const answer = await fetch(new URL(path, through()), body === undefined ? init : { ...init, body: body as Uint8Array<ArrayBuffer> })
    keepCookie(answer.headers)
    return httpAnswer(answer)
  }

  return {
    storage, origin, now, fetch: fetchWithCookie,
    openSocket: () => socketTo(through(), { Cookie: cookie, Origin: origin }),
    random: (length) => new Uint8Array(randomBytes(length)),
  }
}
