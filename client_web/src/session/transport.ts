/** The HTTP calls of API.md: JSON both ways, the CSRF header on unsafe methods, and errors as `SessionFailure`. */
import { fromUtf8, toUtf8 } from '../protocol/encoding'
import type { Reason } from '../protocol/types'
import { SessionFailure, unreachable } from './failure'
import type { HttpRequest, Platform } from './platform'

/** `arrived`: is given the body of a successful answer as it comes, instead of all at its end. */
export interface Call { method: HttpRequest['method']; path: string; headers?: Record<string, string>; body?: Uint8Array; signal?: AbortSignal; arrived?: (piece: Uint8Array) => void }
export interface Answer { headers: Record<string, string>; bytes: Uint8Array }

/** The failure that an answer or acknowledgement carries (S8). */
export function failureOf(body: unknown, status = 0): SessionFailure {
  const error = (body as { error?: { code?: string; message?: string; remedy?: string; reasons?: Reason[] } } | null)?.error
  // What answers a HEAD has no body to say it in.
  if (body === null && status === 404) return new SessionFailure('not_found', 'There is no such thing here.', 'reload')
  if (body === null && status === 401) return new SessionFailure('not_signed_in', 'You are not signed in.', 'sign_in')
  if (body === null && status === 409) return new SessionFailure('disclosure_lapsed', 'This was asked for too long ago.', 'retry')
  if (typeof error?.code !== 'string') return new SessionFailure('server_fault', 'The server did not answer as agreed.', 'try_again')
  return new SessionFailure(error.code, error.message ?? '', error.remedy ?? '', error.reasons ?? [])
}

export class Transport {
  csrf = ''
  /** Signs in again; set once there is a device that can. */
  renew: (() => Promise<void>) | null = null
  /** What a refusal is to be told as. */
  explain: (refusal: SessionFailure) => Promise<SessionFailure> = async (refusal) => refusal
  private renewal: Promise<void> | null = null

  constructor(private readonly fetch: Platform['fetch']) {}

  async get<T>(path: string): Promise<T> {
    return read<T>(await this.exchange({ method: 'GET', path }))
  }

  async post<T>(path: string, body: unknown): Promise<T> {
    return read<T>(await this.exchange({ method: 'POST', path, headers: { 'Content-Type': 'application/json' }, body: toUtf8(JSON.stringify(body)) }))
  }

  async put(path: string, body: unknown): Promise<void> {
    await this.exchange({ method: 'PUT', path, headers: { 'Content-Type': 'application/json' }, body: toUtf8(JSON.stringify(body)) })
  }

  async getBytes(path: string): Promise<Uint8Array> {
    return (await this.exchange({ method: 'GET', path })).bytes
  }

  async delete(path: string, headers: Record<string, string> = {}): Promise<void> {
    await this.exchange({ method: 'DELETE', path, headers })
  }

  /** A successful answer. A session that ended is renewed once. */
  async exchange(call: Call): Promise<Answer> {
    const first = await this.attempt(call)
    if (!(first instanceof SessionFailure)) return first
    const ended = first.code === 'not_signed_in' || first.code === 'csrf_refused'
    if (!ended || this.renew === null || call.path.startsWith('/api/sign-in')) throw await this.explain(first)
    this.renewal ??= this.renew().finally(() => { this.renewal = null })
    await this.renewal
    const second = await this.attempt(call)
    if (second instanceof SessionFailure) throw await this.explain(second)
    return second
  }

  private async attempt({ method, path, headers: given = {}, body, signal, arrived }: Call): Promise<Answer | SessionFailure> {
    const headers = { ...given }
    if (method !== 'GET' && method !== 'HEAD') headers['X-InScope-CSRF'] = this.csrf
    const answer = await this.reach(() => this.fetch(path, { method, headers, ...(body === undefined ? {} : { body }), ...(signal === undefined ? {} : { signal }) }))
    if (answer.status < 200 || answer.status >= 300) return failureOf(asJson(await this.reach(() => answer.bytes())), answer.status)
    const { headers: told = {} } = answer
    if (arrived === undefined || answer.pieces === undefined) {
      const bytes = await this.reach(() => answer.bytes())
      arrived?.(bytes)
      return { headers: told, bytes }
    }
    const pieces = answer.pieces()[Symbol.asyncIterator]()
    for (let piece = await this.reach(() => pieces.next()); piece.done !== true; piece = await this.reach(() => pieces.next())) arrived(piece.value)
    return { headers: told, bytes: new Uint8Array(0) }
  }

  private async reach<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task()
    } catch {
      throw unreachable()
    }
  }
}

function read<T>({ bytes }: Answer): T {
  return JSON.parse(fromUtf8(bytes)) as T
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
