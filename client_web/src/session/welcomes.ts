/** Joining threads by the welcomes that wait for this device, and comparing rosters with the server's (S6.2, invariant 4). */
import { fromBase64url } from '../protocol/encoding'
import type { Purpose, ThreadKind } from '../protocol/types'
import type { DeviceContext } from './device_context'
import { epochOf, roster, type GroupState } from './group_crypto'
import type { Edit, Thread } from './records'
import { isPassing } from './transport'

interface Welcome { thread: string; kind: ThreadKind; purpose: Purpose | 'none'; suite: number; epoch: number; seq: number; at: number; welcome: string; by: string }
export interface ListedThread {
  thread: string; kind: ThreadKind; purpose: Purpose | 'none'; suite: number; epoch: number; head: number; roster: { device: string; person: string; leaf: number }[]
}

function newThread({ thread, kind, purpose, suite, seq, epoch }: Welcome, now: number): Thread {
  return { thread, kind, purpose, suite, group: null, head: seq, readSeq: seq, title: '', trouble: null, consents: [], pending: null, createdAt: now, joined: { seq, epoch } }
}

/** Joins every thread that waits; returns those joined. A welcome that cannot be used is acknowledged and shown as a thread in trouble. */
export async function takeWelcomes(context: DeviceContext): Promise<string[]> {
  const joined: string[] = []
  for (let more = true; more;) {
    const page = await context.transport.get<{ welcomes: Welcome[]; more: boolean }>('/api/welcomes')
    joined.push(...await takePage(context, page.welcomes))
    more = page.more && page.welcomes.length > 0
  }
  return joined
}

async function takePage(context: DeviceContext, welcomes: Welcome[]): Promise<string[]> {
  if (welcomes.length > 0) await meet(context, welcomes.map(({ thread }) => thread))
  const joined: string[] = []
  for (const welcome of welcomes) {
    await context.mutex.run(welcome.thread, () => take(context, welcome))
    await context.transport.post('/api/welcomes/ack', { thread: welcome.thread, epoch: welcome.epoch })
    joined.push(welcome.thread)
    context.changed('threads', welcome.thread)
  }
  return joined
}

/** Asks about all members at once; joining would ask about each unknown leaf by itself. */
async function meet(context: DeviceContext, ids: string[]): Promise<void> {
  const { threads } = await context.transport.get<{ threads: ListedThread[] }>('/api/threads')
  const members = threads.filter(({ thread }) => ids.includes(thread)).flatMap(({ roster: listed }) => listed.map(({ device }) => device))
  await context.people.ensure([], [...new Set(members)])
}

async function take(context: DeviceContext, welcome: Welcome): Promise<void> {
  const former = context.records.get('thread', welcome.thread)
  if (former !== null && former.group !== null && epochOf(former.group) >= welcome.epoch) return
  const fresh = newThread(welcome, context.clock.now())
  const thread: Thread = former === null ? fresh : { ...fresh, title: former.title, consents: former.consents, createdAt: former.createdAt }
  try {
    await context.records.write(await join(context, thread, welcome))
  } catch (error) {
    if (isPassing(error)) throw error
    await context.records.write([{ kind: 'thread', put: { ...thread, trouble: 'welcome_rejected' } }])
  }
}

async function join(context: DeviceContext, thread: Thread, welcome: Welcome): Promise<Edit[]> {
  const crypto = await context.group(welcome.suite)
  const bytes = fromBase64url(welcome.welcome)
  const keyPackage = crypto.readWelcome(bytes).map((ref) => context.records.get('key-package', ref)).find((each) => each !== null)
  if (keyPackage === undefined || keyPackage === null) throw new Error('a welcome for a key package that is not here')
  const pair = { published: fromBase64url(keyPackage.published), secret: fromBase64url(keyPackage.secret) }
  const group = await crypto.join(bytes, pair, thread)
  if (epochOf(group) !== welcome.epoch) throw new Error('a welcome to another epoch')
  return [{ kind: 'thread', put: { ...thread, group } }, { kind: 'key-package', remove: keyPackage.ref }, ownJoining(context, welcome)]
}

/** The commit that added this device is not in what it may read of the log. */
function ownJoining({ account, people }: DeviceContext, { thread, seq, at, by }: Welcome): Edit {
  const person = people.ownerOf(by) ?? ''
  const row = { message: `${thread}:${seq}:joined`, thread, seq, at, person, device: by, state: 'sent', error: null } as const
  return { kind: 'message', put: { ...row, body: { kind: person === account.person ? 'another' : 'joined', people: [account.person] } } }
}

/** Whether the server's roster is the tree's, device by device and leaf by leaf; both of the same epoch. */
export function isSameRoster(group: GroupState, listed: ListedThread, ownerOf: (device: string) => string | null): boolean {
  const members = roster(group)
  return members.length === listed.roster.length && members.every(({ device, leaf }) =>
    listed.roster.some((each) => each.device === device && each.leaf === leaf && each.person === ownerOf(device)))
}

/** Stops a thread whose roster on the server is another than the members' own. */
export async function compareRoster(context: DeviceContext, listed: ListedThread): Promise<void> {
  await context.mutex.run(listed.thread, async () => {
    const thread = context.records.get('thread', listed.thread)
    if (thread === null || thread.group === null || thread.trouble !== null || epochOf(thread.group) !== listed.epoch) return
    if (isSameRoster(thread.group, listed, (device) => context.people.ownerOf(device))) return
    await context.records.write([{ kind: 'thread', put: { ...thread, trouble: 'roster_mismatch' } }])
    context.changed('threads', listed.thread)
  })
}
