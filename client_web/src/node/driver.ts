/**
 * The scenario tests' hands: a process that holds many sessions and obeys JSON lines on its standard input.
 *
 *   {"id":1,"session":"intern","call":"enrol","args":["…","passphrase","phone"]}  ->  {"id":1,"ok":…}  or  {"id":1,"error":{code,message,remedy,reasons}}
 *
 * Calls are the methods and properties of `Session`, and these: `start {origin, kept?, permissive?, previews?, clockOffset?}`, `raw {method, path, body?, headers?}`,
 * `through origin` (from now on the server is reached there), `waitFor {…, timeout?}`, `clone {as}`, `advance milliseconds` (of this device's clock), `end`, and of no session `endAll`; `watch thread disclosure` opens an image
 * and resolves with the failure that ends it; `endAfter instants` ends its surroundings in the midst of its work; `ended` names the
 * instant at which they did, or is null; `whenEnded caption` resolves with the
 * instant once they did, or with null when the images of that caption were sent first; `items {thread, people}`: what it would share of its history, as that is told; `post {thread, body}`: says whatever has the shape of a message, as a modified client would; `forge {name, payload}`: the parts of a statement by this device and its person that say whatever has the shape, and its hash; `reload` begins it anew over what is stored; `record kind id`: what it remembers; `put edits`: what it would have forgotten, as a modified client would; `stored`: how many bytes are; `entries`: which. Bytes are {"$bytes": base64}. Calls of one session may overlap.
 */
import { createInterface } from 'node:readline'
import { toBase64url } from '../protocol/encoding'
import { sign, statementHash } from '../protocol/statements'
import type { ContentBody } from '../protocol/types'
import { createSession, type DeviceSession, type SessionOptions } from '../session/create_session'
import { seedOf } from '../session/device_context'
import { toFailure } from '../session/failure'
import type { HttpRequest, PicturePreview, Platform } from '../session/platform'
import type { Edit } from '../session/records'
import type { MessageView } from '../session/session'
import { MemoryStorage } from './memory_storage'
import { Mortality, mortal } from './mortal_platform'
import { nodePlatform } from './node_platform'

interface Held { session: DeviceSession; platform: Platform; storage: MemoryStorage; start: Start; mortality: Mortality }
/** `kept`: what an earlier session's storage held. `permissive`: a modified client, whose own gate permits everything. `previews`: its platform makes some. `clockOffset`: milliseconds by which its clock is wrong. */
interface Start { origin: string; kept?: [string, Uint8Array][]; permissive?: boolean; previews?: boolean; clockOffset?: number; through?: string }
interface Raw { method: HttpRequest['method']; path: string; body?: unknown; headers?: Record<string, string> }
/** All that are given must hold. `messages`: at least so many; `image`: the state of a disclosure; `title` and `people` are of the thread. `shared`: at least so many that others shared with this device. `offer`: how the link to another device stands; `numbered`: this one shows a number to be typed there; `brought`: that device is in all threads. `drafts`: just so many; `refused`: at least so many of them. */
interface Condition {
  timeout?: number; status?: string; line?: string; unconfirmed?: string; threads?: number; thread?: string; messages?: number; text?: string; title?: string; people?: number
  offer?: string; numbered?: boolean; brought?: string
  shared?: number; epoch?: number; trouble?: string; consent?: string; version?: number; disclosure?: string; state?: string; images?: number; annotations?: number; unverifiable?: string; alarm?: string; drafts?: number; refused?: number; sending?: string
}
interface Telling { thread: string; people: string[]; body: ContentBody }
interface Forgery { name: 'content' | 'disclosure'; payload: Record<string, unknown> }
interface Order { id: unknown; session: string; call: string; args?: unknown[] }

const DEFAULT_TIMEOUT_MS = 10_000
const FEW = { wanted: 4, least: 2 }
const LEAST_COST = { memory: 16 * 1024 * 1024, passes: 2 }
const held = new Map<string, Held>()

function revive(_: string, value: unknown): unknown {
  const bytes = (value as { $bytes?: unknown } | null)?.$bytes
  return typeof bytes === 'string' ? new Uint8Array(Buffer.from(bytes, 'base64')) : value
}

function spell(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? { $bytes: Buffer.from(value).toString('base64') } : value
}

async function start(name: string, options: Start, storage = new MemoryStorage(options.kept)): Promise<void> {
  const mortality = new Mortality()
  const node = nodePlatform(options.origin, storage, () => Date.now() + (options.clockOffset ?? 0), () => options.through ?? options.origin)
  const platform = mortal(options.previews === true ? { ...node, preview: beginning } : node, mortality)
  const sessionOptions: SessionOptions = { cost: LEAST_COST, supply: FEW, ...(options.permissive === true ? { decide: () => ({ permit: true, reasons: [] }) } : {}) }
  held.set(name, { session: await createSession(platform, sessionOptions), platform, storage, start: options, mortality })
}

/** Node decodes no pictures: what stands for a preview is the file's first bytes, which begin as a picture of its kind does. */
const beginning = async (bytes: Uint8Array): Promise<PicturePreview> => ({ bytes: bytes.slice(0, 40_000), mediaType: 'image/jpeg', width: 640, height: 480 })

/** A call with this session's cookie and CSRF token, whatever the session core would think of it. */
async function raw({ session, platform }: Held, { method, path, body, headers = {} }: Raw): Promise<{ status: number; body: unknown }> {
  const csrf = session.status === 'ready' || session.status === 'enrolling' ? session.device.context.transport.csrf : ''
  const bytes = body instanceof Uint8Array ? body : body === undefined ? undefined : new TextEncoder().encode(JSON.stringify(body))
  const type = body instanceof Uint8Array ? 'application/octet-stream' : 'application/json'
  const all = { 'X-InScope-CSRF': csrf, ...(bytes === undefined ? {} : { 'Content-Type': type }), ...headers }
  const answer = await platform.fetch(path, bytes === undefined ? { method, headers: all } : { method, headers: all, body: bytes })
  const answered = await answer.bytes()
  try {
    return { status: answer.status, body: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(answered)) as unknown }
  } catch {
    return { status: answer.status, body: answered }
  }
}

function images(messages: MessageView[]) {
  return messages.flatMap(({ body }) => (body.kind === 'images' ? body.images : []))
}

function holds(session: DeviceSession, wanted: Condition): boolean {
  const thread = session.threads().find((each) => each.thread === wanted.thread)
  const messages = wanted.thread === undefined ? session.threads().flatMap((each) => session.messages(each.thread)) : session.messages(wanted.thread)
  const consent = session.consents().find((each) => each.consent === wanted.consent)
  const checks: [unknown, () => boolean][] = [
    [wanted.status, () => session.status === wanted.status],
    [wanted.unconfirmed, () => session.unconfirmed?.code === wanted.unconfirmed],
    [wanted.offer, () => session.deviceOffer?.state === wanted.offer],
    [wanted.numbered, () => (session.joining?.number ?? null) !== null],
    [wanted.brought, () => { const { here, all, underWay } = session.deviceThreads(wanted.brought!); return here === all && !underWay }],
    [wanted.line, () => session.line === wanted.line],
    [wanted.threads, () => session.threads().length >= wanted.threads!],
    [wanted.thread, () => thread !== undefined],
    [wanted.title, () => (wanted.thread === undefined ? session.threads() : thread === undefined ? [] : [thread]).some(({ title }) => title === wanted.title)],
    [wanted.people, () => thread?.people.length === wanted.people],
    [wanted.epoch, () => (thread?.epoch ?? -1) >= wanted.epoch!],
    [wanted.trouble, () => thread?.trouble === wanted.trouble],
    [wanted.messages, () => messages.filter(({ state }) => state === 'sent').length >= wanted.messages!],
    [wanted.shared, () => messages.filter(({ sharedBy }) => sharedBy !== undefined).length >= wanted.shared!],
    [wanted.text, () => messages.some(({ body, state }) => body.kind === 'text' && body.text === wanted.text && state === 'sent')],
    [wanted.annotations, () => messages.filter(({ body, state }) => body.kind === 'annotation' && state === 'sent').length >= wanted.annotations!],
    [wanted.sending, () => messages.some(({ body, state }) => body.kind === 'text' && body.text === wanted.sending && state === 'sending')],
    [wanted.drafts, () => messages.filter(({ body }) => body.kind === 'draft').length === wanted.drafts],
    [wanted.refused, () => messages.filter(({ body }) => body.kind === 'draft' && body.failure !== null).length >= wanted.refused!],
    [wanted.unverifiable, () => messages.some(({ body }) => body.kind === 'unverifiable' && body.code === wanted.unverifiable)],
    [wanted.alarm, () => session.logAlarm?.code === wanted.alarm],
    [wanted.images, () => images(messages).length >= wanted.images!],
    [wanted.disclosure, () => images(messages).some(({ disclosure, state }) => disclosure === wanted.disclosure && (wanted.state === undefined || state === wanted.state))],
    [wanted.consent, () => consent !== undefined && consent.scope.version >= (wanted.version ?? 1)],
  ]
  return checks.every(([given, check]) => given === undefined || check())
}

/** Looks at every change; never sleeps. */
async function waitFor({ session }: Held, wanted: Condition): Promise<void> {
  if (holds(session, wanted)) return
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => finish(() => reject(Object.assign(new Error(), { timedOut: true }))), wanted.timeout ?? DEFAULT_TIMEOUT_MS)
    const stop = session.on(() => { if (holds(session, wanted)) finish(resolve) })
    function finish(how: () => void): void {
      clearTimeout(timer)
      stop()
      how()
    }
  })
}

/** A second session over a copy of this one's database, locked, as a thief or a restored backup would have it. */
async function clone({ storage, start: options }: Held, as: string): Promise<void> {
  await start(as, options, storage.copy())
}

/** Opens an image and keeps it open; the reason when it may not stay so. */
async function watched({ session }: Held, thread: string, disclosure: string): Promise<unknown> {
  const opened = await session.open(thread, disclosure)
  return new Promise((resolve) => { session.watch(thread, opened, resolve) })
}

async function whenEnded({ session, mortality }: Held, caption: string): Promise<string | null> {
  const isSent = () => session.threads().flatMap(({ thread }) => session.messages(thread)).some(({ body }) => body.kind === 'images' && body.caption === caption)
  while (!mortality.ended && !isSent()) await new Promise((resolve) => setTimeout(resolve, 5))
  return mortality.ended ? mortality.last : null
}

function end(name: string): void {
  const one = held.get(name)
  one?.mortality.endAfter(0)
  one?.session.lock()
  held.delete(name)
}

async function obey({ session: name, call, args = [] }: Order): Promise<unknown> {
  if (call === 'start') return start(name, args[0] as Start)
  if (call === 'endAll') return [...held.keys()].forEach(end)
  const one = held.get(name)
  if (one === undefined) throw new Error('no such session')
  switch (call) {
    case 'raw': return raw(one, args[0] as Raw)
    case 'waitFor': return waitFor(one, args[0] as Condition)
    case 'clone': return clone(one, (args[0] as { as: string }).as)
    case 'watch': return watched(one, args[0] as string, args[1] as string)
    case 'advance':
      one.start.clockOffset = (one.start.clockOffset ?? 0) + (args[0] as number)
      return null
    case 'through':
      one.start.through = args[0] as string
      return null
    case 'endAfter': return one.mortality.endAfter(args[0] as number)
    case 'ended': return one.mortality.ended ? one.mortality.last : null
    case 'whenEnded': return whenEnded(one, args[0] as string)
    case 'items': return one.session.device.history.itemsFor((args[0] as Telling).thread, (args[0] as Telling).people)
    case 'post': return one.session.device.outbox.postBody((args[0] as Telling).thread, (args[0] as Telling).body)
    case 'forge': return forged(one, args[0] as Forgery)
    case 'put': return one.session.device.context.records.write(args[0] as Edit[])
    case 'record': return one.session.device.context.records.get(args[0] as 'disclosure', args[1] as string)
    case 'stored': return one.storage.size
    case 'entries': return one.storage.list('')
    case 'reload':
      one.mortality.endAfter(0)
      one.session.lock()
      return start(name, one.start, one.storage)
    case 'end': return end(name)
    default: return callSession(one.session, call, args)
  }
}

function forged({ session }: Held, { name, payload }: Forgery): { payload: unknown; sig: string; hash: string } {
  const { account: { device, person }, secrets } = session.device.context
  const said = { ...payload, device, person }
  const envelope = sign(name, said as never, device, seedOf(secrets.deviceKey))
  return { payload: said, sig: envelope.signatures[0]!.sig, hash: toBase64url(statementHash(envelope)) }
}

async function callSession(session: DeviceSession, call: string, args: unknown[]): Promise<unknown> {
  const member = (session as unknown as Record<string, unknown>)[call]
  if (typeof member !== 'function') return member
  return (member as (...values: unknown[]) => unknown).apply(session, args)
}

function failed(error: unknown) {
  if ((error as { timedOut?: boolean } | null)?.timedOut === true) return { code: 'timed_out', message: 'What was waited for did not happen.', remedy: '', reasons: [] }
  const failure = toFailure(error)
  // The tests are the only reader of this process: what is a slip in the core should be seen there.
  return failure.code === 'internal' ? { ...failure, message: error instanceof Error ? String(error.stack) : String(error) } : failure
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === '') continue
  const order = JSON.parse(line, revive) as Order
  obey(order).then((ok) => ({ id: order.id, ok: ok ?? null }), (error: unknown) => ({ id: order.id, error: failed(error) }))
    .then((answer) => process.stdout.write(`${JSON.stringify(answer, spell)}\n`), () => undefined)
}
process.exit(0)
