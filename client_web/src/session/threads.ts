/** Making threads and changing who is in them: one commit an epoch, tried again after `stale_epoch` (SPEC S6.1 to S6.3). */
import { equalBytes, fromBase64url, toBase64url } from '../protocol/encoding'
import type { Purpose, ThreadKind } from '../protocol/types'
import { newIdentifier, type DeviceContext } from './device_context'
import { SessionFailure } from './failure'
import { peopleOf } from './gate'
import { encodeState, roster, type GroupState } from './group_crypto'
import { leaversOf, takersOf } from './leavers'
import type { Outbox } from './outbox'
import { outdatedMembers } from './outdated_members'
import type { Edit, Thread } from './records'
import type { Session } from './session'
import type { ThreadLog } from './thread_log'
import { isPassing } from './transport'

const MOST_RACES = 8

interface Claimed { person: string; device: string; key: Uint8Array; keyPackage: Uint8Array }

export class Threads {
  constructor(private readonly context: DeviceContext, private readonly log: ThreadLog, private readonly outbox: Outbox) {}

  async create(kind: ThreadKind, purpose: Purpose | 'none', title: string, people: string[], suite: number): Promise<string> {
    if ((kind === 'social') !== (purpose === 'none')) throw new SessionFailure('malformed', 'A social thread has no purpose, and only it has none.', 'choose_other_thread')
    const thread = newIdentifier('thread', this.context)
    const group = await (await this.context.group(suite)).create({ thread, kind, purpose }, this.context.clock.now())
    const record: Thread = {
      thread, kind, purpose, suite, group, head: 0, readSeq: 0, title, trouble: null, consents: [], pending: null, createdAt: this.context.clock.now(), joined: { seq: 0, epoch: 0 },
    }
    await this.context.records.write([{ kind: 'thread', put: record }])
    try {
      await this.context.transport.post('/api/threads', { thread, kind, purpose, suite })
      if (people.length > 0) await this.change(thread, people, [])
    } catch (error) {
      if (this.context.records.get('thread', thread)?.head === 0) await this.context.records.write([{ kind: 'thread', remove: thread }])
      throw error
    }
    await this.bringOwn(thread)
    if (title !== '') await this.outbox.postBody(thread, { kind: 'title', title })
    return thread
  }

  /** Adds every attested device of these people that is not in the thread, in place of those of theirs that have ended (S6.7), and tells the newcomers title and consents. */
  async add(thread: string, people: string[]): Promise<void> {
    await this.change(thread, people, [])
    await this.tellNewcomers(thread)
  }

  /** Who makes a thread has their other devices in it; one that cannot be added now is offered to be, later. */
  private async bringOwn(thread: string): Promise<void> {
    const { people, account, clock } = this.context
    if (people.activeDevices(account.person, clock.now()).length > 1) await this.change(thread, [account.person], []).catch(() => undefined)
  }

  /** Adds this person's other devices, takes out those that have ended, and tells the new ones title and consents (S6.7). */
  async settleOwn(thread: string): Promise<void> {
    const { person } = this.context.account
    const { fresh = [] } = outdatedMembers(this.context, this.open(thread).thread).find((one) => one.person === person) ?? {}
    await this.change(thread, [person], [])
    if (fresh.length > 0) await this.tellNewcomers(thread)
  }

  async remove(thread: string, people: string[]): Promise<void> {
    await this.change(thread, [], people)
  }

  /** Said to the others, one of whose devices takes this person out (S6.10). Who is alone is out at once. */
  async leave(id: string): Promise<void> {
    await this.outbox.postBody(id, { kind: 'leaving' })
    await this.takeOutLeavers(id)
  }

  /** Who said so goes, by a device of somebody who stays; where nobody does, by the first of them, who then closes the thread. */
  async takeOutLeavers(id: string): Promise<void> {
    const { account: { person }, records } = this.context
    const thread = records.get('thread', id)
    const leavers = thread === null || thread.trouble !== null ? [] : leaversOf(this.context, thread)
    if (thread === null || leavers.length === 0) return
    const people = peopleOf(this.context, thread)
    if (!takersOf(people, leavers).includes(person)) return
    const others = leavers.filter((one) => one !== person)
    if (others.length > 0) await this.change(id, [], others)
    if (leavers.includes(person)) await this.close(id)
  }

  /** Nobody is left who could take this person out, or read on: its images end, and this device keeps the words. */
  private async close(id: string): Promise<void> {
    const live = this.context.records.all('disclosure').filter((one) => one.thread === id && one.state !== 'destroyed' && one.statement.preview_of === null)
    // Those that are this person's to end; of the others nobody is left to open them.
    for (const { disclosure } of live) await this.context.transport.post(`/api/disclosures/${disclosure}/remove`, {}).catch(() => undefined)
    await this.log.wasRemoved(id)
  }

  /** Everything of a thread that this device is out of. What it knows of consents and people it needs elsewhere. */
  async forget(id: string): Promise<void> {
    const { records } = this.context
    if (records.get('thread', id)?.trouble !== 'removed') throw new SessionFailure('not_found', 'This device is in that thread.', 'leave_first')
    await records.write([
      ...records.messagesOf(id).map(({ message }): Edit => ({ kind: 'message', remove: message })),
      ...records.all('outbox').filter(({ thread }) => thread === id).map(({ message }): Edit => ({ kind: 'outbox', remove: message })),
      ...records.all('disclosure').filter(({ thread }) => thread === id).map(({ disclosure }): Edit => ({ kind: 'disclosure', remove: disclosure })),
      { kind: 'thread', remove: id },
    ])
    this.context.changed('threads', id)
  }

  tryAdd(thread: string, people: string[]): ReturnType<Session['tryAdd']> {
    return this.context.transport.post(`/api/threads/${thread}/gate`, { add: people })
  }

  private async tellNewcomers(id: string): Promise<void> {
    const thread = this.context.records.get('thread', id)
    if (thread === null) return
    if (thread.title !== '') await this.outbox.postBody(id, { kind: 'title', title: thread.title })
    for (const consent of thread.consents) {
      const known = this.context.records.get('consent', consent)
      // Who comes after a withdrawal is not told whose it was.
      if (known?.scopes.at(-1)?.decision === 'withdrawn') continue
      const [newest] = this.context.records.all('consent-record').filter((each) => each.consent === consent).sort((a, b) => b.version - a.version)
      if (newest !== undefined) await this.outbox.postBody(id, { kind: 'consent-record', consent, version: newest.version, record: newest.record })
    }
  }

  private async change(thread: string, add: string[], remove: string[]): Promise<void> {
    await this.context.people.refresh([...add, ...remove])
    const claimed = add.length === 0 ? [] : await this.claim(thread, add)
    for (let races = 0; ; races += 1) {
      try {
        return await this.context.mutex.run(thread, () => this.commit(thread, claimed, add, remove))
      } catch (error) {
        const lost = error instanceof SessionFailure && error.code === 'stale_epoch'
        if (!lost || races >= MOST_RACES) throw error
      }
    }
  }

  /** Whose devices are in the thread, and all of them, need nothing. */
  private lacking(thread: Thread, add: string[]): string[] {
    const present = peopleOf(this.context, thread)
    const outdated = outdatedMembers(this.context, thread).filter(({ fresh, reads }) => fresh.length > 0 || !reads)
    return add.filter((person) => !present.includes(person) || outdated.some((one) => one.person === person))
  }

  /** One key package of each attested device that is not in the thread yet; each must be of the person and key that were attested. */
  private async claim(id: string, people: string[]): Promise<Claimed[]> {
    const { thread } = this.open(id)
    const wanted = this.lacking(thread, people)
    if (wanted.length === 0) return []
    const answer = await this.context.transport.post<{ key_packages: { person: string; device: string; key_package: string }[]; missing: string[] }>(
      '/api/key-packages/claim', { people: wanted })
    if (answer.missing.length > 0) throw new SessionFailure('no_key_packages', 'Somebody’s devices have not been online yet.', 'wait')
    const crypto = await this.context.group(thread.suite)
    return answer.key_packages.map(({ person, device, key_package }) => {
      const keyPackage = fromBase64url(key_package)
      const inside = crypto.readKeyPackage(keyPackage)
      if (inside.device !== device || !this.isTheirs(person, device, inside.key) || !wanted.includes(person)) {
        throw new SessionFailure('roster_mismatch', 'The directory offered a device that was not attested.', 'report')
      }
      return { person, device, key: inside.key, keyPackage }
    })
  }

  private isTheirs(person: string, device: string, key: Uint8Array): boolean {
    const { people, clock } = this.context
    const known = people.device(device)
    return known !== null && people.ownerOf(device) === person && people.isAttested(device, clock.now()) && equalBytes(fromBase64url(known.certificate.device_key), key)
  }

  private open(id: string): { thread: Thread; group: GroupState } {
    const thread = this.context.records.get('thread', id)
    if (thread === null || thread.group === null) throw new SessionFailure('not_found', 'This device is not in that thread.', 'reload')
    if (thread.trouble !== null) throw new SessionFailure(thread.trouble, 'This thread has stopped on this device.', 'enrol_again')
    return { thread, group: thread.group }
  }

  /** The caller holds the mutex. The state that follows is stored before the commit is sent, and becomes the thread's when the log shows it. */
  private async commit(id: string, claimed: Claimed[], add: string[], remove: string[]): Promise<void> {
    await this.log.readOn(id)
    const { thread, group } = this.open(id)
    const members = roster(group)
    const adds = claimed.filter(({ device }) => !members.some((member) => member.device === device))
    const ended = outdatedMembers(this.context, thread).filter(({ person }) => add.includes(person)).flatMap((one) => one.ended)
    const removes = members.filter(({ device }) => ended.includes(device) || remove.includes(this.context.people.ownerOf(device) ?? ''))
    if (adds.length + removes.length === 0) return
    this.checkKeys([...members.filter((member) => !removes.includes(member)), ...adds])
    const prepared = await (await this.context.group(thread.suite)).prepareCommit(group, adds.map(({ keyPackage }) => keyPackage), removes.map(({ leaf }) => leaf))
    const commit = toBase64url(prepared.commit)
    const pending = { commit, next: toBase64url(encodeState(prepared.next)) }
    await this.context.records.write([{ kind: 'thread', put: { ...thread, pending } }])
    await this.sendCommit(id, commit, prepared.welcome, adds.map(({ device }) => device), removes.map(({ device }) => device))
    await this.log.readOn(id)
  }

  /** No tree holds a key twice (RFC 9420 section 7.3). Whose devices they are is said: only they can put it right. */
  private checkKeys(devices: { device: string; key: Uint8Array }[]): void {
    const doubled = devices.filter(({ device, key }) => devices.some((other) => other.device !== device && equalBytes(other.key, key)))
    if (doubled.length === 0) return
    const people = [...new Set(doubled.map(({ device }) => this.context.people.ownerOf(device)))]
    throw new SessionFailure('device_key_doubled', 'Two devices have the same key.', 'revoke_device', people.map((who) => ({ code: 'device_key_doubled', who, remedy: 'revoke_device' })))
  }

  private async sendCommit(id: string, commit: string, welcome: Uint8Array | null, adds: string[], removes: string[]): Promise<void> {
    try {
      await this.context.transport.post(`/api/threads/${id}/commits`, { commit, adds, removes, ...(welcome === null ? {} : { welcome: toBase64url(welcome) }) })
    } catch (error) {
      // No answer: the log says whether this commit stands. Refused: another stands in its place, or none; its keys are of no use.
      await this.log.readOn(id).catch(() => undefined)
      const thread = this.context.records.get('thread', id)
      if (!isPassing(error) && thread?.pending?.commit === commit) await this.context.records.write([{ kind: 'thread', put: { ...thread, pending: null } }])
      throw error
    }
  }
}
