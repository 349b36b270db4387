/** Builds the `Session` that the screens, the driver and the participants use. */
import { decide } from '../protocol/decision'
import { ready } from '../protocol/sodium'
import type { Mark, PolicyName, ThreadKind } from '../protocol/types'
import { annotate, annotationViews } from './annotations'
import type { Journey } from './blobs'
import type { Account } from './device_context'
import { devicesOf, revokeDevice } from './devices'
import { ask, joiningAccount, joiningSecrets, lookAtDeviceLink, lookHowItStands } from './joining'
import { lookAtInvitation, newAccount, newSecrets } from './enrolment'
import { SessionFailure, locked, toFailure } from './failure'
import type { Decide } from './gate'
import { usualSupply, type Supply } from './key_supply'
import { KEYSTORE_RECORD, checkPassphrase, forget, openKeystore, sealKeystore, type Cost, type Secrets } from './keystore'
import { openingsOf } from './openings'
import { Passkeys, type PasskeyView } from './passkeys'
import type { PasskeySupport, Platform, Write } from './platform'
import type { Grey } from './recognition/grey'
import { SealedStorage } from './sealed_storage'
import type { AnnotationView, ConsentDraft, ConsentView, DenialDayView, DenialPage, DeviceOfferView, DeviceThreads, DeviceView, EmergencyView, Failure, HistoryOffer, JoiningView, Line, LogAlarmView, LogHeadView, MessageView, NotificationsView, OpenedImage, OpeningView, OrganisationView, PersonView, PreparedImage, QuestionView, RecordOffer, RecordPlace, ReviewOutcome, ReviewPage, ReviewView, SeenView, Session, SessionEvents, SheetOffer, SheetText, StaffCounts, StaffDevices, StaffMark, StaffPage, Status, ThreadView, Unconfirmed, Verdict } from './session'
import { redeem, signIn } from './sign_in'
import { Transport, isPassing } from './transport'
import { readTries, waitsUntil, writeTries, type Tries } from './unlock_tries'
import { UnlockedDevice } from './unlocked_device'
import { watch } from './viewing'
import { imageView, messageViews, threadView } from './views'

/** All that is left of a device that erased itself because it was revoked. */
const REVOKED_RECORD = 'revoked'
/** How soon it is asked again whether the organisation has confirmed the device: a program does it at once, a person in their own time. */
const ATTESTATION_POLL_MS = { first: 100, most: 2_000 }

/** For tests alone. `decide`: another gate than the protocol's, as a modified client would have; `cost`: of the keystore, and `supply`: of key packages, so that hundreds of devices enrol in time. */
export interface SessionOptions { decide?: Decide; cost?: Cost; supply?: Supply }

export async function createSession(platform: Platform, options: SessionOptions = {}): Promise<DeviceSession> {
  const { storage } = platform
  const enrolled = (await storage.get(KEYSTORE_RECORD)) !== null
  const revoked = (await storage.get(REVOKED_RECORD)) !== null
  const session = new DeviceSession(platform, options, enrolled ? 'locked' : 'new', await readTries(storage, platform.now()), revoked)
  await session.loadPasskeys()
  return session
}

export class DeviceSession implements Session {
  private readonly listeners = new Set<SessionEvents['change']>()
  private unlocked: UnlockedDevice | null = null
  private releaseLock: (() => void) | null = null
  private erasing = false
  private wasNotAdded = false
  private joiningNumber: string | null = null
  /** The end of the session before, which would end the next one too: until then this tab keeps the device's lock. */
  private leaving: Promise<void> = Promise.resolve()
  private readonly decideBy: Decide
  private readonly ownPasskeys: Passkeys

  constructor(private readonly platform: Platform, private readonly options: SessionOptions, private current: Status, private tries: Tries, private wasRevoked: boolean) {
    this.decideBy = options.decide ?? decide
    this.ownPasskeys = new Passkeys(platform)
  }

  get status(): Status {
    return this.current
  }

  get line(): Line {
    return this.unlocked?.line.current ?? 'offline'
  }

  get unconfirmed(): Unconfirmed | null {
    return this.unlocked?.unconfirmed ?? null
  }

  get demo(): boolean {
    return this.unlocked?.server?.demo === true
  }

  get policy(): PolicyName | null {
    return this.unlocked?.server?.policy ?? null
  }

  get logAlarm(): LogAlarmView | null {
    if (this.unlocked === null) return null
    const { heads, context: { people } } = this.unlocked
    return heads.alarm === null ? null : { code: heads.alarm.code, at: heads.alarm.at, person: heads.alarm.told === null ? null : people.view(heads.alarm.told.person) }
  }

  get logHead(): LogHeadView | null {
    const { head, signed } = this.unlocked?.heads ?? { head: null, signed: null }
    return head === null || signed === null ? null : { size: head.size, root: head.root, at: head.at, signed }
  }

  get isPrivacyOfficer(): boolean {
    return this.unlocked?.reviews.isOfficer === true
  }

  get isAdministrator(): boolean {
    return this.unlocked?.administration.isAdministrator === true
  }

  get me(): PersonView | null {
    if (this.unlocked === null) return null
    const { account, people } = this.unlocked.context
    const { person, displayName: name, organisation, organisationName } = account
    return people.attestations(person).length > 0 ? people.view(person) : { person, name, organisation, organisationName, roles: [], teams: [], verified: false }
  }

  on(listener: SessionEvents['change']): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  private readonly changed: SessionEvents['change'] = (what, id) => {
    for (const listener of this.listeners) listener(what, id)
  }

  private become(status: Status): void {
    if (this.current === status) return
    this.current = status
    this.changed('status', null)
  }

  /** The unlocked device, for whatever needs one. Throws `locked`. */
  get device(): UnlockedDevice {
    if (this.unlocked === null) throw locked()
    return this.unlocked
  }

  // ---- enrolling, unlocking, locking

  async lookAtInvitation(fragment: string): Promise<{ name: string; organisationName: string }> {
    await ready()
    const looked = await lookAtInvitation(this.anonymous(), fragment)
    return { name: looked.display_name, organisationName: looked.organisation_name }
  }

  private anonymous(): Transport {
    return new Transport((path, request) => this.platform.fetch(path, request))
  }

  async enrol(fragment: string, passphrase: string, label: string): Promise<void> {
    if (this.current !== 'new') throw new SessionFailure('already_enrolled', 'This browser is already a device of somebody.', 'unlock')
    await ready()
    checkPassphrase(passphrase)
    const looked = await lookAtInvitation(this.anonymous(), fragment)
    await this.takeLock()
    const secrets = newSecrets(this.platform)
    const device = await this.setUp(newAccount(looked, secrets, label, this.platform.now(), this.platform.random), secrets, passphrase)
    await this.redeemInvitation(device)
    await this.untilAttested(device)
  }

  /** Keeps the account under the passphrase, and is that device from now on. */
  private async setUp(account: Account, secrets: Secrets, passphrase: string): Promise<UnlockedDevice> {
    const keystore = sealKeystore(secrets, passphrase, this.platform.random, this.options.cost)
    const device = this.assemble(account, secrets)
    await this.saveAccount(account, secrets)
    await this.platform.storage.transact([{ put: KEYSTORE_RECORD, value: keystore }, { remove: REVOKED_RECORD }])
    this.wasRevoked = this.wasNotAdded = false
    this.unlocked = device
    this.become('enrolling')
    return device
  }

  async lookAtDeviceLink(fragment: string): Promise<{ name: string; organisationName: string }> {
    await ready()
    const looked = await lookAtDeviceLink(this.anonymous(), fragment)
    return { name: looked.display_name, organisationName: looked.organisation_name }
  }

  async join(fragment: string, passphrase: string, label: string): Promise<void> {
    if (this.current !== 'new') throw new SessionFailure('already_enrolled', 'This browser is already a device of somebody.', 'unlock')
    await ready()
    checkPassphrase(passphrase)
    const looked = await lookAtDeviceLink(this.anonymous(), fragment)
    await this.takeLock()
    const device = await this.setUp(joiningAccount(looked, label, this.platform.random), joiningSecrets(this.platform), passphrase)
    await this.askToJoin(device)
    await this.untilAdded(device)
  }

  get joining(): JoiningView | null {
    const link = this.unlocked?.context.account.link ?? null
    return link === null ? null : { number: this.joiningNumber, expiresAt: link.expiresAt }
  }

  /** A link that was refused leaves nothing behind. */
  private async askToJoin({ context }: UnlockedDevice): Promise<void> {
    try {
      await ask(context)
      await this.saveAccount(context.account, context.secrets)
      this.changed('status', null)
    } catch (error) {
      await this.eraseHere()
      throw error
    }
  }

  /** Waits until the first device has confirmed this one (S4.9), and checks that it is this key, under the identity key that the link pinned. */
  private async untilAdded(device: UnlockedDevice): Promise<void> {
    const { context } = device
    for (let wait = ATTESTATION_POLL_MS.first; this.unlocked === device; wait = Math.min(wait * 2, ATTESTATION_POLL_MS.most)) {
      const { state, number } = await lookHowItStands(context).catch((error: unknown) => this.passing(error) ?? { state: 'asked' as const, number: null })
      if (number !== null && number !== this.joiningNumber) {
        this.joiningNumber = number
        this.changed('status', null)
      }
      // A link of which the server knows nothing more may have been confirmed while this device was away: then it is let in.
      const door = state === 'added' || state === 'over' ? await this.door(device) : 'unknown'
      if (door === 'open') return this.begunBeside(device)
      if (state === 'ended' || (state === 'over' && door === 'shut')) return this.notAdded()
      await new Promise((resolve) => setTimeout(resolve, wait))
    }
    throw locked()
  }

  /** Whether the server lets this device sign in. */
  private async door(device: UnlockedDevice): Promise<'open' | 'shut' | 'unknown'> {
    try {
      await signIn(device.context)
      await device.refreshSession()
      return 'open'
    } catch (error) {
      this.passing(error)
      return error instanceof SessionFailure && error.code === 'not_signed_in' ? 'shut' : 'unknown'
    }
  }

  private async begunBeside(device: UnlockedDevice): Promise<void> {
    const { account, secrets, people, clock } = device.context
    await people.refresh([account.person])
    const known = people.device(account.device)
    const isThis = known !== null && known.certificate.identity_key === account.identityKey && (await people.isCertified(account.device, secrets.deviceKey.subarray(32)))
    if (!isThis || !people.isAttested(account.device, clock.now())) throw new SessionFailure('not_attested', 'Another key was confirmed than this device’s.', 'ask_administrator')
    account.link = null
    await this.saveAccount(account, secrets)
    this.begin(device)
  }

  private async notAdded(): Promise<never> {
    this.wasNotAdded = true
    await this.eraseHere()
    throw new SessionFailure('device_not_added', 'Your other device did not confirm this one.', 'show_new_code')
  }

  /** An invitation that was refused leaves nothing behind; one whose answer was lost may have been redeemed, and its keys are kept. */
  private async redeemInvitation(device: UnlockedDevice): Promise<void> {
    try {
      device.server = await redeem(device.context)
    } catch (error) {
      if (!isPassing(error)) await this.eraseHere()
      throw error
    }
  }

  async unlock(passphrase: string): Promise<void> {
    if (this.unlocked !== null) return
    await ready()
    const secrets = await this.tryPassphrase(passphrase)
    this.ownPasskeys.cancel()
    await this.openWith(secrets)
  }

  async unlockWithPasskey(): Promise<void> {
    if (this.unlocked !== null) return
    await ready()
    await this.openWith(await this.ownPasskeys.open())
  }

  private async openWith(secrets: Secrets): Promise<void> {
    // A ceremony may last until the passphrase was typed after all.
    if (this.unlocked !== null) return forget(secrets)
    try {
      await this.takeLock()
      const account = await this.sealed(secrets).get<Account>('account', 'self')
      if (account === null) throw new SessionFailure('keystore_broken', 'The keys on this device cannot be read.', 'enrol_again')
      const device = this.assemble(account, secrets)
      await device.load()
      this.unlocked = device
      if (account.link) this.resumeJoining(device)
      else if (account.invitationSecret === null) this.begin(device)
      else this.resumeEnrolment(device)
    } catch (error) {
      this.releaseLock?.()
      forget(secrets)
      throw error
    }
  }

  get unlockWaitsUntil(): number {
    return waitsUntil(this.tries, this.platform.now())
  }

  /** Counted as wrong before it is tried: who ends the page meanwhile gains nothing. */
  private async tryPassphrase(passphrase: string): Promise<Secrets> {
    const keystore = await this.platform.storage.get(KEYSTORE_RECORD)
    if (keystore === null) throw new SessionFailure('not_enrolled', 'This browser is not a device yet.', 'enrol')
    const now = this.platform.now()
    if (now < this.unlockWaitsUntil) throw new SessionFailure('unlock_waits', 'There were too many wrong passphrases.', 'wait')
    await this.countTries({ wrong: this.tries.wrong + 1, at: now })
    const secrets = openKeystore(keystore, passphrase)
    await this.countTries({ wrong: 0, at: 0 })
    return secrets
  }

  private async countTries(tries: Tries): Promise<void> {
    this.tries = tries
    await writeTries(this.platform.storage, tries)
  }

  /** For what only who knows the passphrase may do on a device that is open. */
  private async provePassphrase(passphrase: string): Promise<void> {
    if (this.unlocked === null) throw locked()
    forget(await this.tryPassphrase(passphrase))
  }

  private resumeEnrolment(device: UnlockedDevice): void {
    this.become('enrolling')
    // A first sending of the enrolment may have been lost: without a session, it is sent once more.
    const resumed = device.refreshSession().catch(() => this.redeemInvitation(device)).then(() => this.untilAttested(device))
    resumed.catch(() => undefined)
  }

  private resumeJoining(device: UnlockedDevice): void {
    this.become('enrolling')
    this.untilAdded(device).catch(() => undefined)
  }

  private assemble(account: Account, secrets: Secrets): UnlockedDevice {
    return new UnlockedDevice({ platform: this.platform, account, secrets, sealed: this.sealed(secrets), changed: this.changed, revoked: () => void this.eraseRevoked(), decide: this.decideBy, supply: this.options.supply ?? usualSupply })
  }

  private sealed(secrets: Secrets): SealedStorage {
    return new SealedStorage(this.platform.storage, secrets.storageKey, this.platform.random)
  }

  private async saveAccount(account: Account, secrets: Secrets): Promise<void> {
    await this.sealed(secrets).transact([{ table: 'account', id: 'self', value: account }])
  }

  private async takeLock(): Promise<void> {
    await this.leaving
    if (this.platform.holdLock === undefined) return
    this.releaseLock = await this.platform.holdLock()
    if (this.releaseLock === null) throw new SessionFailure('other_tab', 'InScope is open in another tab.', 'use_other_tab')
  }

  /** Waits for the organisation to confirm these keys (S4.4), and checks that it is these keys that it confirmed. */
  private async untilAttested(device: UnlockedDevice): Promise<void> {
    const { account, secrets, people, clock } = device.context
    for (let wait = ATTESTATION_POLL_MS.first; this.unlocked === device; wait = Math.min(wait * 2, ATTESTATION_POLL_MS.most)) {
      const session = await device.refreshSession().catch((error: unknown) => this.passing(error))
      if (session?.attested === true) {
        await people.refresh([account.person])
        if (!people.isAttested(account.device, clock.now())) throw new SessionFailure('not_attested', 'Your organisation confirmed other keys than this device’s.', 'ask_administrator')
        account.invitationSecret = null
        await this.saveAccount(account, secrets)
        return this.begin(device)
      }
      await new Promise((resolve) => setTimeout(resolve, wait))
    }
    throw locked()
  }

  private passing(error: unknown): null {
    if (!isPassing(error)) throw error
    return null
  }

  /** Ready at once; the line opens beside. */
  private begin(device: UnlockedDevice): void {
    this.become('ready')
    this.changed('threads', null)
    device.line.open().then(() => device.notifications.renew()).catch(() => undefined)
  }

  lock(): void {
    if (this.unlocked === null) return
    this.ownPasskeys.drop()
    const device = this.unlocked
    this.unlocked = null
    this.joiningNumber = null
    const release = this.releaseLock
    this.releaseLock = null
    this.leaving = device.close().finally(() => release?.())
    this.become('locked')
    this.changed('threads', null)
  }

  async erase(): Promise<void> {
    // Its revocation ends its session too; that it hears of it is no news.
    this.erasing = true
    if (this.unlocked !== null) await revokeDevice(this.unlocked.context, this.unlocked.context.account.device).catch(() => undefined)
    await this.eraseHere()
    this.erasing = false
  }

  private async eraseHere(left: Write[] = []): Promise<void> {
    this.lock()
    await this.platform.storage.clear()
    await this.platform.push?.unsubscribe().catch(() => undefined)
    if (left.length > 0) await this.platform.storage.transact(left)
    this.ownPasskeys.clear()
    this.tries = { wrong: 0, at: 0 }
    this.become('new')
  }

  private async eraseRevoked(): Promise<void> {
    if (this.erasing) return
    this.wasRevoked = true
    await this.eraseHere([{ put: REVOKED_RECORD, value: new Uint8Array(0) }])
  }

  get erasedBecause(): 'device_revoked' | 'device_not_added' | null {
    if (this.current !== 'new') return null
    return this.wasRevoked ? 'device_revoked' : this.wasNotAdded ? 'device_not_added' : null
  }

  devices(): Promise<DeviceView[]> {
    return devicesOf(this.device.context)
  }

  async revokeDevice(device: string): Promise<void> {
    await revokeDevice(this.device.context, device)
    if (device !== this.unlocked?.context.account.device) await this.device.own.decide(device, 'remove')
  }

  deviceThreads(device: string): DeviceThreads {
    return this.unlocked?.own.threadsOf(device) ?? { here: 0, all: 0, underWay: false }
  }

  get mayAddDevices(): boolean {
    return this.unlocked?.offers.mayAdd === true
  }

  async offerDevice(passphrase: string): Promise<void> {
    await this.provePassphrase(passphrase)
    await this.device.offers.begin()
  }

  get deviceOffer(): DeviceOfferView | null {
    return this.unlocked?.offers.view() ?? null
  }

  confirmDevice(number: string): Promise<void> {
    return this.device.offers.confirm(number)
  }

  endDeviceOffer(): Promise<void> {
    return this.device.offers.forget()
  }

  notifications(): Promise<NotificationsView> {
    return this.device.notifications.view()
  }

  notifyOf(kinds: ThreadKind[]): Promise<void> {
    return kinds.length === 0 ? this.device.notifications.turnOff() : this.device.notifications.turnOn(kinds)
  }

  async connect(): Promise<void> {
    await this.device.line.open()
  }

  disconnect(): void {
    this.unlocked?.line.close()
  }

  // ---- passkeys

  loadPasskeys(): Promise<void> {
    return this.ownPasskeys.load()
  }

  get passkeys(): PasskeyView[] {
    return this.ownPasskeys.views
  }

  async passkeySupport(): Promise<PasskeySupport> {
    return (await this.platform.authenticator?.support()) ?? 'none'
  }

  async makePasskey(passphrase: string, label: string): Promise<void> {
    await this.provePassphrase(passphrase)
    await this.ownPasskeys.make(label)
  }

  keepPasskey(): Promise<void> {
    return this.ownPasskeys.keep(() => this.device.context.secrets)
  }

  dropPasskey(): void {
    this.ownPasskeys.drop()
  }

  async removePasskey(passkey: string, passphrase: string): Promise<void> {
    await this.provePassphrase(passphrase)
    await this.ownPasskeys.remove(passkey)
  }

  // ---- reading

  threads(): ThreadView[] {
    if (this.unlocked === null) return []
    const { context } = this.unlocked
    return context.records.all('thread').map((thread) => threadView(context, thread)).sort((a, b) => b.lastAt - a.lastAt)
  }

  messages(thread: string): MessageView[] {
    if (this.unlocked === null) return []
    const { context, drafts } = this.unlocked
    return messageViews(context, thread, (message) => drafts.transferOf(message))
  }

  markRead(id: string): void {
    if (this.unlocked === null) return
    const { mutex, records } = this.unlocked.context
    const marked = mutex.run(id, async () => {
      const thread = records.get('thread', id)
      if (thread === null || thread.readSeq >= thread.head) return
      await records.write([{ kind: 'thread', put: { ...thread, readSeq: thread.head } }])
      this.changed('threads', id)
    })
    marked.catch(() => undefined)
  }

  consents(): ConsentView[] {
    return this.unlocked?.consents.views() ?? []
  }

  person(person: string): PersonView | null {
    const people = this.unlocked?.context.people
    return people !== undefined && people.isKnown(person) ? people.view(person) : null
  }

  organisations(): OrganisationView[] {
    return this.unlocked?.context.people.organisations() ?? []
  }

  /** Found by name on the server; shown as attested. Somebody whose attestations do not verify is shown unverified, as the server names them. */
  async searchPeople(query: string): Promise<PersonView[]> {
    const { transport, people } = this.device.context
    interface Found { person: string; display_name: string; organisation: string; organisation_name: string; roles: string[]; teams: string[] }
    const { people: found } = await transport.get<{ people: Found[] }>(`/api/directory?q=${encodeURIComponent(query)}`)
    await people.ensure(found.map(({ person }) => person))
    return found.map(({ person, display_name: name, organisation, organisation_name: organisationName, roles, teams }) =>
      people.attestations(person).length > 0 ? people.view(person) : { person, name, organisation, organisationName, roles, teams, verified: false })
  }

  // ---- threads and messages

  createThread(kind: ThreadView['kind'], purpose: ThreadView['purpose'], title: string, people: string[]): Promise<string> {
    return this.device.threads.create(kind, purpose, title, people, this.device.suite)
  }

  addPeople(thread: string, people: string[]): Promise<void> {
    return this.device.threads.add(thread, people)
  }

  tryAdd(thread: string, people: string[]): ReturnType<Session['tryAdd']> {
    return this.device.threads.tryAdd(thread, people)
  }

  removePeople(thread: string, people: string[]): Promise<void> {
    return this.device.threads.remove(thread, people)
  }

  leaveThread(thread: string): Promise<void> {
    return this.device.threads.leave(thread)
  }

  async forgetThread(thread: string): Promise<void> {
    for (const { message } of this.device.context.records.all('draft').filter((draft) => draft.thread === thread)) await this.device.drafts.discard(message)
    await this.device.threads.forget(thread)
  }

  historyOffer(thread: string, people: string[], since: number | null): HistoryOffer {
    return this.device.history.offer(thread, people, since)
  }

  async shareHistory(thread: string, people: string[], since: number | null): Promise<void> {
    return this.device.history.share(thread, people, since)
  }

  sendText(thread: string, text: string): Promise<void> {
    return this.device.outbox.postBody(thread, { kind: 'text', text })
  }

  retry(message: string): Promise<void> {
    const { context, drafts, outbox } = this.device
    return context.records.get('draft', message) === null ? outbox.retry(message) : drafts.resend(message)
  }

  // ---- consents and images

  async sheets(): Promise<SheetOffer[]> {
    return this.device.sheets.list()
  }

  async sheetText(offer: SheetOffer): Promise<SheetText> {
    return this.device.sheets.read(offer)
  }

  recordConsent(thread: string, draft: ConsentDraft): Promise<string> {
    return this.device.consents.record(thread, draft)
  }

  amendConsent(consent: string, draft: ConsentDraft, thread: string): Promise<void> {
    return this.device.consents.amend(consent, draft, thread)
  }

  withdrawConsent(consent: string): Promise<void> {
    return this.device.consents.withdraw(consent)
  }

  askPatient(thread: string, draft: ConsentDraft, base: string | null): Promise<QuestionView> {
    return this.device.questions.put(thread, draft, base)
  }

  question(request: string): QuestionView | null {
    return this.unlocked?.questions.view(request) ?? null
  }

  lookBackLink(consent: string): Promise<{ link: string; code: string }> {
    return this.device.questions.lookBack(consent)
  }

  verdicts(consent: string | null, image: Parameters<Session['verdicts']>[1], threads?: string[]): Verdict[] {
    if (this.unlocked === null) return []
    const { context, consents, gate } = this.unlocked
    const scope = consents.current(consent)
    const asked = context.records.all('thread').filter(({ thread, group }) => group !== null && (threads === undefined || threads.includes(thread)))
    return asked.map((thread) => gate.verdict(scope, thread, { image: '', ...image }))
  }

  attach(thread: string, consent: string, images: PreparedImage[], caption: string, kept?: () => void): Promise<void> {
    return this.device.drafts.attach(thread, consent, images, caption, kept)
  }

  async open(thread: string, disclosure: string, journey?: Journey): Promise<OpenedImage> {
    const { disclosures, context, heads } = this.device
    const message = context.records.get('disclosure', disclosure)?.statement.message
    try {
      const { bytes, since } = await disclosures.open(thread, disclosure, journey)
      heads.refresh().catch(() => undefined)
      return { bytes, since, view: imageView(context, context.records.get('disclosure', disclosure)!) }
    } catch (error) {
      this.reportIfMismatch(thread, message, toFailure(error))
      throw error
    }
  }

  get pace(): number | null {
    return this.unlocked?.disclosures.pace.current ?? null
  }

  watch(thread: string, { view: { disclosure }, since }: Pick<OpenedImage, 'view' | 'since'>, ended: (failure: Failure) => void): () => void {
    const { platform } = this
    return watch({
      now: () => platform.now(),
      require: () => this.device.disclosures.requireOpen(thread, disclosure),
      confirm: () => this.device.disclosures.confirm(thread, disclosure),
    }, since, ended)
  }

  private reportIfMismatch(thread: string, message: string | undefined, { code }: Failure): void {
    if (message !== undefined && (code === 'not_as_declared' || code === 'seal_broken')) void this.unlocked?.disclosures.report(thread, message, code)
  }

  remember(disclosure: string, grey: Grey): Promise<void> {
    return this.device.seen.remember(disclosure, grey)
  }

  recognise(grey: Grey): Promise<SeenView | null> {
    return this.device.seen.recognise(grey)
  }

  forward(from: string, disclosure: string, to: string, consent: string, caption: string, kept?: () => void): Promise<void> {
    return this.device.drafts.forward(from, disclosure, to, consent, caption, kept)
  }

  holdDraft(message: string, held: boolean): void {
    this.device.drafts.hold(message, held)
  }

  discardDraft(message: string): Promise<void> {
    return this.device.drafts.discard(message)
  }

  redirectDraft(message: string, thread: string, consent: string, caption: string, kept?: () => void): Promise<void> {
    return this.device.drafts.resend(message, { thread, consent, caption }, kept)
  }

  annotations(thread: string, disclosure: string): AnnotationView[] {
    return this.unlocked === null ? [] : annotationViews(this.unlocked.context, thread, disclosure)
  }

  async annotate(thread: string, disclosure: string, marks: Mark[]): Promise<void> {
    await annotate(this.device.outbox, this.device.disclosures, thread, disclosure, marks)
  }

  removeImage(disclosure: string): Promise<void> {
    return this.device.disclosures.remove(disclosure)
  }

  openings(disclosure: string): Promise<OpeningView[]> {
    const { context, heads } = this.device
    return openingsOf(context, heads, disclosure)
  }

  // ---- filing in the record

  get medicalRecord(): RecordPlace | null {
    return this.unlocked?.filings.place() ?? null
  }

  recordOffer(thread: string, disclosure: string): RecordOffer | null {
    return this.unlocked?.filings.offer(thread, disclosure) ?? null
  }

  file(thread: string, disclosure: string, messages: string[], progress?: (sent: number, total: number) => void): Promise<void> {
    return this.device.filings.file(thread, disclosure, messages, progress)
  }

  // ---- reviews of emergencies

  async emergencies(after: string | null): Promise<ReviewPage> {
    return this.device.reviews.page(after)
  }

  async reviewEmergency(emergency: EmergencyView, outcome: ReviewOutcome): Promise<ReviewView> {
    return this.device.reviews.put(emergency, outcome)
  }

  async reviewsOf(consent: string): Promise<ReviewView[]> {
    return this.device.reviews.of(consent)
  }

  // ---- administration

  async staff(name: string, only: StaffMark | null, after: string | null): Promise<StaffPage> {
    return this.device.administration.page(name, only, after)
  }

  async staffCounts(): Promise<StaffCounts> {
    return this.device.administration.counts()
  }

  async staffMember(person: string): Promise<StaffDevices> {
    return this.device.administration.member(person)
  }

  async revokeStaffDevice(device: string): Promise<void> {
    return this.device.administration.revoke(device)
  }

  async denials(after: string | null): Promise<DenialPage> {
    return this.device.administration.denials(after)
  }

  async denialDays(): Promise<DenialDayView[]> {
    return this.device.administration.denialDays()
  }

  async checkLog(): Promise<void> {
    return this.device.heads.refresh()
  }
}
