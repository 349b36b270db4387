/** Everything that exists only while a device is unlocked, put together; `close` takes it apart and forgets it. */
import type { PolicyName } from '../protocol/types'
import { Administration } from './administration'
import { ConsentAuthority } from './authority'
import { Consents } from './consents'
import type { Account, DeviceContext } from './device_context'
import { ServerClock } from './clock'
import { DeviceOffers } from './device_offers'
import { Disclosures } from './disclosures'
import { Drafts } from './drafts'
import { SessionFailure, unreachable } from './failure'
import { Filings } from './filings'
import { Gate, peopleOf, type Decide } from './gate'
import { GroupCrypto } from './group_crypto'
import { History } from './history'
import { HistoryItems } from './history_items'
import { InformationSheets } from './information_sheets'
import { supplyKeyPackages, type Supply } from './key_supply'
import { forget, type Secrets } from './keystore'
import { leaversOf, turnOf } from './leavers'
import { Line } from './line'
import { LogHeads } from './log_heads'
import { KeyedMutex } from './mutex'
import { Notifications } from './notifications'
import { Outbox } from './outbox'
import { OwnDevices } from './own_devices'
import { askWhyUnconfirmed, knownReplaced, replaced } from './own_standing'
import { PatientQuestions } from './patient_questions'
import { Pace } from './pace'
import { People } from './people'
import type { Platform } from './platform'
import { Records } from './records'
import { Reviews } from './reviews'
import { SeenImages } from './seen_images'
import type { SealedStorage } from './sealed_storage'
import type { SessionEvents, Unconfirmed } from './session'
import { currentSession, signIn, signOut, type ServerSession } from './sign_in'
import { ThreadLog } from './thread_log'
import { Threads } from './threads'
import { Transport, isPassing } from './transport'
import { compareRoster, takeWelcomes, type ListedThread } from './welcomes'

const DEFAULT_SUITE = 61454
/** How long the line waits at most before it tries again. Nobody calls a replaced device: that it was revoked too it hears by asking (S4.8). */
const LONGEST_WAIT_MS = 30_000
const REPLACED_WAIT_MS = 4_000

export interface UnlockedParts { platform: Platform; account: Account; secrets: Secrets; sealed: SealedStorage; changed: SessionEvents['change']; revoked: () => void; decide: Decide; supply: Supply }

export class UnlockedDevice {
  readonly context: DeviceContext
  readonly gate: Gate
  readonly consents: Consents
  readonly outbox: Outbox
  readonly threads: Threads
  readonly history: History
  readonly disclosures: Disclosures
  readonly drafts: Drafts
  readonly line: Line
  readonly sheets: InformationSheets
  readonly heads: LogHeads
  readonly authority: ConsentAuthority
  readonly questions: PatientQuestions
  readonly reviews: Reviews
  readonly administration: Administration
  readonly notifications: Notifications
  readonly filings: Filings
  readonly seen: SeenImages
  readonly own: OwnDevices
  readonly offers: DeviceOffers
  private readonly log: ThreadLog
  private readonly groups = new Map<number, Promise<GroupCrypto>>()
  /** What the server last said of the session; null before it was reached. */
  server: ServerSession | null = null
  unconfirmed: Unconfirmed | null = null

  private readonly turns = new Set<ReturnType<typeof setTimeout>>()
  private readonly sealed: SealedStorage
  private readonly supply: Supply
  private readonly deafen: (() => void) | undefined

  constructor({ platform, account, secrets, sealed, changed, revoked, decide, supply }: UnlockedParts) {
    this.sealed = sealed
    this.supply = supply
    const transport = new Transport((path, request) => platform.fetch(path, request))
    const records = new Records(sealed)
    const people = new People(account, transport, records)
    const clock = new ServerClock(() => platform.now())
    const mutex = new KeyedMutex()
    this.sheets = new InformationSheets(transport)
    this.context = { platform, account, secrets, transport, records, people, clock, mutex, changed, revoked, group: (suite) => this.group(suite) }
    transport.renew = async () => { this.server = await signIn(this.context) }
    transport.explain = (refusal) => this.explain(refusal)
    const savePin = () => sealed.transact([{ table: 'account', id: 'self', value: account }])
    this.heads = new LogHeads(this.context, savePin)
    this.authority = new ConsentAuthority(this.context, savePin)
    this.log = new ThreadLog(this.context, {
      delivered: (message) => this.outbox.delivered(message),
      consentTold: (consent) => this.quietly(this.consents.refresh(consent)),
      leaving: (thread) => this.takeOutInTurn(thread),
      headTold: () => this.quietly(this.heads.compareTold()),
      mismatch: (thread, message, code) => this.quietly(this.disclosures.report(thread, message, code)),
    })
    this.gate = new Gate(this.context, decide)
    this.outbox = new Outbox(this.context, this.log, async (item) => this.send(item))
    this.consents = new Consents(this.context, this.outbox, this.authority, () => this.policyInForce())
    this.questions = new PatientQuestions(this.context, this.consents, this.authority)
    this.reviews = new Reviews(this.context)
    this.administration = new Administration(this.context)
    this.notifications = new Notifications(this.context)
    this.threads = new Threads(this.context, this.log, this.outbox)
    this.history = new History(this.context, new HistoryItems(this.context, this.gate), this.outbox, this.log)
    this.own = new OwnDevices(this.context, this.threads)
    this.offers = new DeviceOffers(this.context, (device) => this.own.decide(device, 'add'))
    this.seen = new SeenImages(this.context)
    this.disclosures = new Disclosures(this.context, this.gate, this.consents, this.outbox, this.log, this.authority, new Pace(() => platform.now()))
    this.drafts = new Drafts(this.context, this.gate, this.consents, this.disclosures, this.outbox, this.log, this.seen)
    this.filings = new Filings(this.context, this.consents, this.disclosures)
    this.line = this.newLine()
    this.deafen = platform.onNetwork?.((online) => { this.disclosures.pace.forget(); this.line.network(online) })
  }

  async load(): Promise<void> {
    await this.context.records.load()
    this.context.people.load()
    this.unconfirmed = knownReplaced(this.context)
  }

  get suite(): number {
    return this.server?.suite ?? DEFAULT_SUITE
  }

  /** Nothing can be recorded before the server was reached once. */
  private policyInForce(): PolicyName {
    if (this.server === null) throw unreachable()
    return this.server.policy
  }

  private group(suite: number): Promise<GroupCrypto> {
    const { account, secrets, people } = this.context
    const owner = { device: account.device, publicKey: secrets.deviceKey.subarray(32), secretKey: secrets.deviceKey }
    const loaded = this.groups.get(suite) ?? GroupCrypto.load(suite, owner, (device, key) => people.isCertified(device, key))
    this.groups.set(suite, loaded)
    return loaded
  }

  /** The socket when it is open, else HTTP; the same bytes either way. */
  private async send(item: Parameters<Line['send']>[0]): Promise<{ seq: number; at: number }> {
    if (this.line.current === 'online') {
      // Over HTTP a session that has ended is renewed; the socket cannot do that.
      const sent = await this.line.send(item).catch(async (error: unknown) => { if (!isPassing(error)) throw error instanceof SessionFailure ? await this.explain(error) : error })
      if (sent !== undefined) return sent
    }
    const { thread, message, epoch, mls, disclosures } = item
    return this.context.transport.post(`/api/threads/${thread}/messages`, { message, epoch, mls, disclosures })
  }

  /** For what is tried again at the next opening of the line, or does not matter enough to be told. */
  private quietly(work: Promise<unknown>): void {
    work.catch(() => undefined)
  }

  async refreshSession(): Promise<ServerSession> {
    this.server = await currentSession(this.context)
    await this.heads.meet(this.server.log)
    await this.authority.meet(this.server.authority)
    this.context.changed('status', null)
    return this.server
  }

  private become(unconfirmed: Unconfirmed | null): void {
    if (this.unconfirmed === null && unconfirmed === null) return
    this.unconfirmed = unconfirmed
    this.context.changed('line', null)
  }

  /** What `not_attested` means for this device: the server's code is the same for both. */
  private async explain(refusal: SessionFailure): Promise<SessionFailure> {
    if (refusal.code !== 'not_attested') return refusal
    await askWhyUnconfirmed(this.context).then((why) => this.become(why), () => undefined)
    return this.unconfirmed?.code === 'device_replaced' ? replaced() : refusal
  }

  /** Who is not attested gets no socket (API.md, Socket.IO): it is asked again later. */
  private async prepare(): Promise<void> {
    const { attested } = await this.refreshSession()
    this.become(attested ? null : await askWhyUnconfirmed(this.context))
    if (!attested) throw unreachable()
  }

  private newLine(): Line {
    const { context } = this
    return new Line(() => context.platform.openSocket(), {
      prepare: () => this.prepare(),
      longestWait: () => (this.unconfirmed?.code === 'device_replaced' ? REPLACED_WAIT_MS : LONGEST_WAIT_MS),
      opened: () => this.catchUp(),
      entry: (entry) => this.quietly(this.log.receive(entry)),
      welcome: () => this.quietly(this.join()),
      changed: (what, id) => this.quietly(this.lookAgain(what, id)),
      state: () => context.changed('line', null),
    })
  }

  /** Everything that may have happened while the line was down; one part that fails does not keep the others. */
  async catchUp(): Promise<void> {
    await Promise.allSettled([this.join(), this.consents.discover(), supplyKeyPackages(this.context, this.suite, this.supply), this.refreshEverybody(), this.heads.catchUp(), this.questions.catchUp()])
    const known = this.context.records.all('thread').filter(({ head }) => head > 0)
    const { threads } = await this.context.transport.get<{ threads: ListedThread[] }>('/api/threads')
    const gone = known.filter(({ thread }) => threads.every((listed) => listed.thread !== thread))
    await Promise.allSettled(gone.map(({ thread }) => this.log.wasRemoved(thread)))
    await Promise.allSettled(threads.map(async (listed) => {
      await this.log.catchUp(listed.thread)
      await compareRoster(this.context, listed)
      await this.threads.takeOutLeavers(listed.thread)
    }))
    await this.outbox.flush()
    this.own.resume()
    this.offers.resume()
    // Words do not wait for images: these may take minutes.
    this.quietly(this.drafts.flush())
    // Last: a gateway counts once its organisation is known.
    await this.filings.catchUp()
  }

  /** Once it is this device's turn; whoever was sooner has done it by then. */
  private takeOutInTurn(id: string): void {
    const thread = this.context.records.get('thread', id)
    const turn = thread === null ? null : turnOf(this.context.account.person, peopleOf(this.context, thread), leaversOf(this.context, thread), Math.random())
    if (turn === null) return
    const handle = setTimeout(() => { this.turns.delete(handle); this.quietly(this.threads.takeOutLeavers(id)) }, turn)
    this.turns.add(handle)
  }

  private async refreshEverybody(): Promise<void> {
    const known = this.context.records.all('person').map(({ person }) => person)
    await this.context.people.refresh([...new Set([...known, this.context.account.person])])
    this.context.changed('people', null)
  }

  private async join(): Promise<void> {
    const joined = await takeWelcomes(this.context)
    await Promise.allSettled(joined.map((thread) => this.log.catchUp(thread)))
    if (joined.length > 0) await supplyKeyPackages(this.context, this.suite, this.supply)
  }

  private async lookAgain(what: string, id: string | null): Promise<void> {
    if (what === 'consent' && id !== null) await this.consents.refresh(id)
    if (what === 'attestation') await (id === null ? this.refreshEverybody() : this.context.people.refresh([id]))
    if (what === 'session') await this.refreshSession()
    if (what === 'question' && id !== null) await this.questions.hear(id)
    if (what === 'filing' && id !== null) await this.filings.hear(id)
    if (what === 'review') this.context.changed('consents', id)
    this.context.changed('people', null)
  }

  /** Resolves once the server has ended the session, or cannot be asked to. All else is closed at once. */
  close(): Promise<void> {
    this.deafen?.()
    this.line.close()
    for (const handle of this.turns) clearTimeout(handle)
    this.drafts.close()
    this.own.close()
    this.offers.close()
    this.outbox.close()
    this.context.transport.renew = null
    this.sealed.close()
    this.context.records.clear()
    this.context.people.clear()
    this.groups.clear()
    forget(this.context.secrets)
    return signOut(this.context.transport)
  }
}
