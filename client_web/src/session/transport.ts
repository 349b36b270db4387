/** The HTTP calls of API.md: JSON both ways, the CSRF header on unsafe methods, and errors as `SessionFailure`. */
import { fromUtf8, toUtf8 } from '../protocol/encoding'
import type { Reason } from '../protocol/types'
import { SessionFailure, unreachable } from './failure'
import type { HttpAnswer, HttpRequest, Platform } from './platform'

type Method = HttpRequest['method']

/** The failure that an answer or acknowledgement carries (S8). */
export function failureOf(body: unknown): SessionFailure {
  const error = (body as { error?: { code?: string; message?: string; remedy?: string; reasons?: Reason[] } } | null)?.error
  if (typeof error?.code !== 'string') return new SessionFailure('server_fault', 'The server did not answer as agreed.', 'try_again')
  return new SessionFailure(error.code, error.message ?? '', error.remedy ?? '', error.reasons ?? [])
}

export class Transport {
  csrf = ''
  /** Signs in again; set once there is a device that can. */
  renew: (() => Promise<void>) | null = null
  private renewal: Promise<void> | null = null

  constructor(private readonly fetch: Platform['fetch']) {}

  async get<T>(path: string): Promise<T> {
    return JSON.parse(fromUtf8(await this.exchange('GET', path))) as T
  }

  async post<T>(path: string, body: unknown): Promise<T> {
    return JSON.parse(fromUtf8(await this.exchange('POST', path, toUtf8(JSON.stringify(body)), 'application/json'))) as T
  }

  async delete(path: string): Promise<void> {
    await this.exchange('DELETE', path)
  }

  async putBytes(path: string, bytes: Uint8Array): Promise<void> {
    await this.exchange('PUT', path, bytes, 'application/octet-stream')
  }

  async getBytes(path: string): Promise<Uint8Array> {
    return this.exchange('GET', path)
  }

  /** The bytes of a successful answer. A session that ended is renewed once. */
  private async exchange(method: Method, path: string, body?: Uint8Array, contentType?: string): Promise<Uint8Array> {
    const first = await this.attempt(method, path, body, contentType)
    if (!(first instanceof SessionFailure)) return first
    const ended = first.code === 'not_signed_in' || first.code === 'csrf_refused'
    if (!ended || this.renew === null || path.startsWith('/api/sign-in')) throw first
    this.renewal ??= this.renew().finally(() => { this.renewal = null })
    await this.renewal
    const second = await this.attempt(method, path, body, contentType)
    if (second instanceof SessionFailure) throw second
    return second
  }

  private async attempt(method: Method, path: string, body?: Uint8Array, contentType?: string): Promise<Uint8Array | SessionFailure> {
    const headers: Record<string, string> = {}
    if (contentType !== undefined) headers['Content-Type'] = contentType
    if (method !== 'GET') headers['X-InScope-CSRF'] = this.csrf
    const [answer, bytes] = await this.reach(path, body === undefined ? { method, headers } : { method, headers, body })
    if (answer.status >= 200 && answer.status < 300) return bytes
    return failureOf(asJson(bytes))
  }

  private async reach(path: string, request: HttpRequest): Promise<[HttpAnswer, Uint8Array]> {
    try {
      const answer = await this.fetch(path, request)
      return [answer, await answer.bytes()]
    } catch {
      throw unreachable()
    }
  }
}

function asJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(bytes))
  } catch {
    return null
  }
}

/** Whether trying the very same again later can help. */
export function isPassing(error: unknown): boolean {
  return error instanceof SessionFailure && ['unreachable', 'server_busy', 'authority_unavailable', 'too_slow', 'rate_limited', 'server_fault', 'not_signed_in', 'storage_full', 'locked'].includes(error.code)
}
