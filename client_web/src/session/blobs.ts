/** Sealed images on their way to the server (tus 1.0) and from it (HTTP ranges), each from where the last byte arrived (SPEC S7.6). */
import { concat, equalBytes, toBase64url } from '../protocol/encoding'
import { ProtocolError } from '../protocol/failures'
import { blobHash, blobParts, partHash } from '../protocol/sealing'
import { SessionFailure, unreachable } from './failure'
import { Pause } from './pause'
import type { Transport } from './transport'
import { isPassing } from './transport'

const WAIT = { first: 500, most: 15_000 }
/** Bytes of one request: as many as the line carries in about four seconds. */
const AT_ONCE = { least: 16 * 1024, first: 64 * 1024, most: 2 ** 23 }
const REQUEST_MS = 4_000
/** A request that has not been answered after this long is given up: the line went without saying so. */
const SILENCE_MS = 45_000

export type Progress = (done: number, total: number) => void
/** `pause`: held back, ended or let go on by a person. `waits`: why it does not go on for now, or null once it does. */
export interface Journey { progress?: Progress; pause?: Pause; waits?: (code: string | null) => void }

/** How much to send next, by how long the last request took (milliseconds). */
export function nextLength(length: number, took: number): number {
  const fitting = length * Math.min(8, Math.max(0.5, REQUEST_MS / Math.max(1, took)))
  return Math.round(Math.min(AT_ONCE.most, Math.max(AT_ONCE.least, fitting)))
}

/** Does `step` until it answers true, again and again through a line that breaks; a step that got further starts the waiting anew. */
export async function untilThere(step: (signal: AbortSignal) => Promise<boolean>, where: () => number, { pause = new Pause(), waits = () => undefined }: Journey): Promise<void> {
  for (let failures = 0, at = where(); ;) {
    const signal = await pause.passed()
    try {
      if (await withinTime(step, signal)) return
      failures = 0
      waits(null)
    } catch (error) {
      if (pause.ended !== null) throw pause.ended
      if (pause.held) continue
      if (!isPassing(error)) throw error
      waits((error as SessionFailure).code)
      failures = where() > at ? 1 : failures + 1
      await pause.sleep(Math.min(WAIT.first * 2 ** (failures - 1), WAIT.most))
    }
    at = where()
  }
}

async function withinTime<T>(step: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  const silence = new AbortController()
  const timer = setTimeout(() => silence.abort(), SILENCE_MS)
  try {
    return await step(AbortSignal.any([signal, silence.signal]))
  } finally {
    clearTimeout(timer)
  }
}

function offsetOf(headers: Record<string, string>): number {
  const offset = Number(headers['upload-offset'] ?? NaN)
  if (!Number.isSafeInteger(offset) || offset < 0) throw new SessionFailure('server_fault', 'The server did not answer as agreed.', 'try_again')
  return offset
}

/** Asks what has arrived and sends the rest. `hash`: of the whole blob, as declared. Throws `blob_mismatch` when another blob was begun under this name. */
export async function uploadBlob(transport: Transport, blob: string, sealed: Uint8Array, hash: Uint8Array, journey: Journey = {}): Promise<void> {
  const path = `/api/uploads/${blob}`
  const tus = { 'Tus-Resumable': '1.0.0' }
  const whole = { 'Upload-Length': String(sealed.length), 'X-InScope-Blob-Hash': toBase64url(hash) }
  const { progress = () => undefined } = journey
  /** As the server last said; null once a request is on its way, until it is answered. */
  let offset: number | null = null
  let reached = 0
  let length = AT_ONCE.first
  const report = (now: number) => { reached = now; progress(now, sealed.length) }
  report(0)

  async function step(signal: AbortSignal): Promise<boolean> {
    if (offset === null) {
      length = AT_ONCE.first
      offset = offsetOf((await transport.exchange({ method: 'HEAD', path, headers: tus, signal })).headers)
      report(offset)
    }
    const body = sealed.slice(offset, offset + length)
    const headers = { ...tus, ...whole, 'Upload-Offset': String(offset), 'Content-Type': 'application/offset+octet-stream' }
    const began = Date.now()
    offset = null
    offset = await transport.exchange({ method: 'PATCH', path, headers, body, signal }).then((answer) => offsetOf(answer.headers), (error: unknown) => {
      if (error instanceof SessionFailure && error.code === 'offset_mismatch') return null
      throw error
    })
    if (offset === null) return false
    length = nextLength(length, Date.now() - began)
    report(offset)
    return offset >= sealed.length
  }
  await untilThere(step, () => reached, journey)
}

/** What lies in numbered parts under the path `place`: a part that failed in passing is sent again, and only that part (S12.5). */
export async function uploadParts(transport: Transport, place: string, sealed: Uint8Array, journey: Journey = {}): Promise<void> {
  const { progress = () => undefined } = journey
  const parts = blobParts(sealed)
  let next = 0
  let sent = 0
  progress(0, sealed.length)

  async function step(signal: AbortSignal): Promise<boolean> {
    const body = parts[next]!
    await transport.exchange({ method: 'PUT', path: `${place}/parts/${next}`, headers: { 'Content-Type': 'application/octet-stream' }, body, signal })
    next += 1
    sent += body.length
    progress(sent, sealed.length)
    return next === parts.length
  }
  await untilThere(step, () => sent, journey)
}

/** The blob whose hash and size were declared. Throws `not_as_declared` when what came is another one. */
export async function downloadBlob(transport: Transport, blob: string, size: number, declaredHash: Uint8Array, journey: Journey = {}): Promise<Uint8Array> {
  const { progress = () => undefined } = journey
  let sealed: Uint8Array = new Uint8Array(0)
  progress(0, size)

  async function step(signal: AbortSignal): Promise<boolean> {
    const from = sealed.length
    const pieces: Uint8Array[] = [sealed]
    const headers: Record<string, string> = from === 0 ? {} : { Range: `bytes=${from}-`, 'If-Range': `"${blob}"` }
    let come = from
    const arrived = (piece: Uint8Array) => {
      come += piece.length
      if (come > size) throw new ProtocolError('not_as_declared', 'seal')
      pieces.push(piece)
      progress(come, size)
    }
    try {
      await transport.exchange({ method: 'GET', path: `/api/blobs/${blob}`, headers, signal, arrived })
    } finally {
      sealed = concat(...pieces)
    }
    if (sealed.length < size) throw unreachable()
    return true
  }
  await untilThere(step, () => sealed.length, journey)
  if (!equalBytes(blobHash(blobParts(sealed).map(partHash)), declaredHash)) throw new ProtocolError('not_as_declared', 'seal')
  return sealed
}
