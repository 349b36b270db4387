/** A session of made-up people and patients, so that each screen can be looked at. It decides with the real decision. */
import { decide } from '@client/protocol/decision'
import type { Mark, Reason, Scope, ThreadKind } from '@client/protocol/types'
import { previewOf } from '@client/platform/picture_preview'
import type { Journey } from '@client/session/blobs'
import type { DeviceContext } from '@client/session/device_context'
import type { PasskeyView } from '@client/session/passkeys'
import type { PasskeySupport } from '@client/session/platform'
import { policyNamed } from '@client/session/policies'
import type { Edit, SeenImage } from '@client/session/records'
import type { Grey } from '@client/session/recognition/grey'
import { SeenImages } from '@client/session/seen_images'
import type { AskedImage, ConsentDraft, ConsentView, DeviceOfferView, DeviceThreads, DeviceView, DraftView, EmergencyView, Failure, ImageView, JoiningView, Line, LogAlarmView, LogHeadView, MessageView, NotificationsView, PersonView, PreparedImage, QuestionView, ReviewOutcome, ReviewView, Session, SessionEvents, SheetOffer, StaffMark, Status, ThreadView, Unconfirmed, Verdict } from '@client/session/session'
import { madeUpEmergencies } from './made_up_emergencies'
import { historyMessages, historyOffer } from './made_up_history'
import { sheets } from './made_up_sheets'
import { counted, devicesOf, found, madeUpDenialDays, madeUpDenials, madeUpStaff } from './made_up_staff'
import { attestationOf, con, dis, img, msg, organisations, people, sub, thr } from './made_up_people'

const hour = 3_600_000
const day = 24 * hour
type Change = SessionEvents['change']
const fail = (code: string, reasons: Reason[] = []) => Promise.reject({ code, message: code, remedy: '', reasons })
const soon = (ms = 60) => new Promise<void>((resolve) => setTimeout(resolve, ms))

function scope(n: number, given: Partial<Scope>): Scope {
  const now = Date.now()
  return {
    consent: con(n), version: 1, previous: null, subject: sub(n), decision: 'given', basis: 'patient', taken: { how: 'verbal', witness: null, interpreter: null, sheet: null, representative: null, assent: null, reason: null, answer: null },
    purposes: ['direct-care-advice'], recipients: [], conditions: { deidentified_only: false, no_onward_sharing: false, image_kinds: ['radiograph', 'photograph'], sensitive: [] },
    valid_from: now - hour, valid_until: now + 30 * day, policy: { profile: 'base', version: 1 }, recorded_by: { kind: 'clinician', person: people.me.person, device: 'dev_' }, recorded_at: now - hour, record_commitment: '', ...given,
  }
}

const unanswered = (n: number, recipients: Scope['recipients']) => {
  const { taken, ...rest } = scope(n, { basis: 'emergency', recipients, valid_until: Date.now() + 22 * hour })
  return { ...rest, taken: { ...taken, reason: 'unconscious' as const } }
}

/** `?poor`: the line breaks in the middle of an image. */
const poor = () => new URLSearchParams(location.search).has('poor')

export class MadeUpSession implements Session {
  status: Status
  line: Line = 'online'
  unconfirmed: Unconfirmed | null = null
  demo = true
  policy = { profile: 'base', version: 1 }
  me: PersonView | null = people.me
  logAlarm: LogAlarmView | null = null
  logHead: LogHeadView | null = { size: 1204, root: 'mVtbQm4kKc0eNwRr3qN2c1b4mVtbQm4kKc0eNwRr3qM', at: Date.now() - hour, signed: { payload: '', payloadType: '', signatures: [] } }
  #listeners = new Set<Change>()
  #threads: ThreadView[]
  #messages: MessageView[]
  #consents: ConsentView[]
  #n = 100
  readonly isPrivacyOfficer: boolean
  readonly isAdministrator: boolean
  #emergencies: EmergencyView[]

  /** `emergencies`: how many there are for this privacy officer; nobody's officer where it is null. */
  constructor(status: string, emergencies: string | null = null, administers = false) {
    this.status = status as Status
    this.isPrivacyOfficer = emergencies !== null
    this.isAdministrator = administers
    this.#emergencies = madeUpEmergencies(Number(emergencies))
    const of = (person: PersonView) => ({ kind: 'person' as const, person: person.person })
    const record = (patientName: string, recordNumber: string) => ({ patientName, recordNumber, dateOfBirth: '1961-04-09', note: 'Agreed after the picture was shown to him.', representativeName: '', interpreterName: '', offerAgainOn: '' })
    this.#consents = [
      { consent: con(1), envelopeHash: '', history: [], emergency: false, mine: true, record: record('Mr Test Patient', 'TEST-0001'), scope: scope(1, { recipients: [of(people.me), of(people.amara), of(people.lin)] }) },
      { consent: con(2), envelopeHash: '', history: [], emergency: false, mine: true, record: record('Ms Sample Person', 'TEST-0002'), scope: scope(2, { decision: 'refused' }) },
      { consent: con(3), envelopeHash: '', history: [], emergency: false, mine: false, record: record('Mr Demo Case', 'TEST-0003'), scope: scope(3, { recipients: [of(people.me)], purposes: ['teaching'], conditions: { deidentified_only: true, no_onward_sharing: true, image_kinds: ['scan'], sensitive: [] } }) },
      { consent: con(4), envelopeHash: '', history: [], emergency: true, mine: true, record: record('Ms Test Unconscious', 'TEST-0004'), scope: unanswered(4, [of(people.me), of(people.lin)]) },
    ]
    const thread = (n: number, title: string, kind: ThreadView['kind'], purpose: ThreadView['purpose'], members: PersonView[], consents: number[], lastText: string, unread = 0, trouble: string | null = null): ThreadView =>
      ({ thread: thr(n), kind, purpose, title, people: members, leaving: false, outdated: [], epoch: 1, lastAt: Date.now() - n * hour, lastText, unread, trouble, consents: consents.map(con), refusedDrafts: 0 })
    this.#threads = [
      thread(1, 'Wrist after a fall, bed 12', 'case', 'direct-care-advice', [people.me, people.amara, people.lin], [1, 2], 'Looks undisplaced to me. Cast and review in a week.', 2),
      thread(2, 'Intern year 2026', 'social', 'none', [people.me, people.sam, people.priya], [], 'Who has the roster for <script>alert(1)</script> Friday?', 5),
      thread(3, 'Thursday trauma meeting', 'discussion', 'teaching', [people.me, people.amara, people.lin, people.sam, people.jo], [3], 'Two cases this week.'),
      thread(4, 'Transfer to City', 'case', 'direct-care-advice', [people.me, people.amara, people.sam], [1], 'Bed is confirmed.'),
      thread(5, 'Second opinion', 'case', 'direct-care-advice', [people.me, people.lin], [], 'Thanks.'),
      thread(7, 'Collapsed, resuscitation bay 2', 'case', 'direct-care-advice', [people.me, people.lin], [4], 'On my way.'),
      thread(8, 'Ankle, bed 3', 'case', 'direct-care-advice', [people.me, people.lin], [2], 'Swollen since noon.'),
      thread(9, 'Mole on the back', 'case', 'direct-care-advice', [people.me, people.lin], [1], 'Third visit today.'),
      thread(10, 'Hand, cubicle 6', 'case', 'direct-care-advice', [people.me, people.amara, people.sam], [1], 'Two doses so far.'),
      thread(11, 'Knee, bed 5', 'case', 'direct-care-advice', [people.me, people.lin, people.amara], [1], 'What did the first film show?'),
      thread(12, 'Elbow, bay 1', 'case', 'direct-care-advice', [people.jo, people.lin, people.me], [1], 'Radial head, I think.'),
      thread(6, 'An old thread', 'case', 'direct-care-advice', [people.me, people.lin], [], 'x', 0, 'roster_mismatch'),
    ]
    // Of the last: one whose device was replaced, and one whose device was lost and nothing more.
    this.#threads = this.#threads.map((one) => (one.thread === thr(10) ? { ...one, outdated: [{ person: people.amara, ended: true, fresh: true, reads: false }, { person: people.sam, ended: true, fresh: false, reads: false }] } : one))
    const image = (n: number, more: Partial<ImageView> = {}): ImageView => ({
      disclosure: dis(n), image: img(n), subject: sub(1), kind: 'radiograph', deidentified: true, sensitive: [], consent: con(1), version: 1, width: 900, height: 1200, mediaType: 'image/jpeg',
      state: 'live', closedCode: null, takenAt: Date.now() - 2 * hour, bodySite: 'forearm', laterality: 'left', pixelSpacing: null, origin: null, sealedSize: 65_577, preview: null, filed: null, filing: null, ...more,
    })
    const message = (n: number, from: PersonView, at: number, body: MessageView['body'], more: Partial<MessageView> = {}): MessageView =>
      ({ message: msg(n), thread: thr(1), seq: n, at: Date.now() - at, from, mine: from === people.me, state: 'sent', error: null, body, ...more })
    this.#messages = [
      message(1, people.me, 26 * hour, { kind: 'title', title: 'Wrist after a fall, bed 12' }),
      message(2, people.me, 26 * hour, { kind: 'joined', people: [people.amara, people.lin] }),
      message(3, people.lin, 25 * hour, { kind: 'text', text: '64 year old, fell from a ladder. Closed, no numbness.\nCould you look at the films when they are done?' }),
      message(4, people.me, 3 * hour, { kind: 'consent-record', consent: con(1), version: 1, change: 'recorded', handedOn: false }),
      message(5, people.me, 2 * hour, { kind: 'images', caption: 'AP view, just now.', images: [image(1), image(2, { state: 'suspended', closedCode: 'attestation_lapsed', laterality: 'right' }), image(3, { state: 'destroyed', closedCode: 'consent_withdrawn', kind: 'photograph' })] }),
      message(6, people.amara, hour, { kind: 'text', text: 'Looks undisplaced to me. <img src=x onerror=alert(1)> Cast and review in a week. https://example.org/guideline' }),
      message(7, people.lin, hour, { kind: 'unverifiable', code: 'bad_signature' }, { state: 'unverifiable' }),
      message(8, people.me, hour / 2, { kind: 'tombstone', disclosure: dis(3), code: 'consent_withdrawn', state: 'destroyed', filed: null }),
      message(9, people.me, 60_000, { kind: 'text', text: 'Thank you. Cast is on.' }),
      message(10, people.me, 30_000, { kind: 'text', text: 'I will ring the ward.' }, { state: 'sending', seq: null }),
      message(11, people.me, 10_000, { kind: 'text', text: 'And the family.' }, { state: 'failed', seq: null, error: { code: 'server_busy', message: '', remedy: '', reasons: [] } }),
      message(31, people.sam, 3 * hour, { kind: 'title', title: 'Hand, cubicle 6' }, { thread: thr(10) }),
      message(32, people.sam, 3 * hour, { kind: 'consent-record', consent: con(1), version: 1, change: 'recorded', handedOn: true }, { thread: thr(10) }),
      message(33, people.sam, 2 * hour, { kind: 'renewed', people: [people.lin] }, { thread: thr(10) }),
      message(34, people.me, hour, { kind: 'text', text: 'Two doses so far. Shall we go on?' }, { thread: thr(10) }),
      ...historyMessages(message, image),
      ...[60, 30, 0].map((daysAgo, n) => message(21 + n, n === 1 ? people.lin : people.me, daysAgo * day + hour, {
        kind: 'images', caption: `Visit ${n + 1}.`, images: [image(21 + n, { kind: 'photograph', pixelSpacing: n === 2 ? { row: 200_000, column: 200_000 } : null, bodySite: 'back', laterality: null, takenAt: Date.now() - daysAgo * day - 2 * hour })],
      }, { thread: thr(9) })),
    ]
  }

  on(listener: Change) { this.#listeners.add(listener); return () => { this.#listeners.delete(listener) } }
  tell(what: Parameters<Change>[0]) { for (const listener of this.#listeners) listener(what, null) }
  become(status: Status) { this.status = status; this.tell('status') }
  raiseAlarm(code: LogAlarmView['code']) { this.logAlarm = { code, at: Date.now() - hour, person: code === 'log_split' ? people.amara : null }; this.tell('log') }
  unconfirm(unconfirmed: Unconfirmed) { this.unconfirmed = unconfirmed; this.tell('line') }
  setLine(line: Line) { this.line = line; this.tell('line') }

  lookAtInvitation(fragment: string) { return fragment.startsWith('used') ? fail('invitation_invalid') : Promise.resolve({ name: 'Dr Ilya Novak', organisationName: 'Base Hospital' }) }
  async enrol() { await soon(800); this.become('enrolling'); await soon(1500); this.become('ready') }
  /** Milliseconds for which the next passphrase has to wait: `?waits=`. */
  unlockWaitsUntil = Date.now() + Number(new URLSearchParams(location.search).get('waits') ?? 0)
  erasedBecause: Session['erasedBecause'] = new URLSearchParams(location.search).has('revoked') ? 'device_revoked' : null
  #devices: DeviceView[] = [
    { device: 'dev_1', label: 'Computer', setUpAt: Date.now() - 40 * day, revokedAt: null, current: true, confirmed: true, invited: true, signedInOn: '2026-11-28' },
    { device: 'dev_2', label: 'Phone or tablet', setUpAt: Date.now() - 200 * day, revokedAt: null, current: false, confirmed: false, invited: true, signedInOn: '2026-10-19' },
    ...(new URLSearchParams(location.search).has('beside') ? [{ device: 'dev_4', label: 'Ward 7, desk', setUpAt: Date.now() - day, revokedAt: null, current: false, confirmed: true, invited: false, signedInOn: '2026-11-28' }] : []),
    { device: 'dev_3', label: 'Phone or tablet', setUpAt: Date.now() - 500 * day, revokedAt: Date.now() - 201 * day, current: false, confirmed: false, invited: true, signedInOn: null },
  ]
  readonly mayAddDevices = !new URLSearchParams(location.search).has('second')
  deviceOffer: DeviceOfferView | null = null
  joining: JoiningView | null = null
  deviceThreads(): DeviceThreads { return { here: this.#brought, all: 30, underWay: this.#brought < 30 } }
  #brought = 12
  bring(here: number) { this.#brought = here; this.tell('devices') }
  offer(more: Partial<DeviceOfferView>) { this.deviceOffer = { link: `https://inscope.example/#/device/${'a'.repeat(43)}.${'b'.repeat(43)}`, expiresAt: Date.now() + 600_000, state: 'open', label: null, device: null, triesLeft: 3, ...more }; this.tell('devices') }
  async offerDevice(passphrase: string) { await soon(); if (passphrase !== 'correct horse battery') return fail('wrong_passphrase'); this.offer({}) }
  async confirmDevice(number: string) {
    await soon()
    if (number === '123456') return this.offer({ state: 'added', label: 'Ward 7, desk', device: 'dev_4' })
    const triesLeft = (this.deviceOffer?.triesLeft ?? 3) - 1
    this.offer(triesLeft === 0 ? { state: 'wrong_number', triesLeft } : { state: 'asked', label: 'Ward 7, desk', device: 'dev_4', triesLeft })
    return fail('wrong_number')
  }
  async endDeviceOffer() { this.deviceOffer = null; this.tell('devices') }
  lookAtDeviceLink(fragment: string) { return fragment.startsWith('used') ? fail('link_invalid') : Promise.resolve({ name: 'Dr Ilya Novak', organisationName: 'Base Hospital' }) }
  async join() { await soon(200); this.joining = { number: null, expiresAt: Date.now() + 600_000 }; this.become('enrolling'); await soon(400); this.joining = { ...this.joining, number: '042917' }; this.tell('status'); await new Promise<void>(() => undefined) }
  notAdded() { this.joining = null; this.erasedBecause = 'device_not_added'; this.status = 'new'; this.tell('status') }
  async devices() { await soon(); return this.#devices.filter(({ current }) => current || this.unconfirmed === null) }
  async revokeDevice(device: string) { this.#devices = this.#devices.map((one) => (one.device === device ? { ...one, revokedAt: Date.now() } : one)) }
  /** `?passkeys=2`: how many there are; `?support=`; `?cancels`: each ceremony is cancelled. */
  #asked = new URLSearchParams(location.search)
  passkeys: PasskeyView[] = ['Phone or tablet', 'Blue key'].slice(0, Number(this.#asked.get('passkeys') ?? 0)).map((label, n) => ({ passkey: `passkey-${n}`, label, addedAt: Date.now() - (n + 1) * 30 * day }))
  #making = ''
  async passkeySupport() { return (this.#asked.get('support') ?? 'possible') as PasskeySupport }
  async #ceremony() { await soon(); if (this.#asked.has('cancels')) await fail('passkey_cancelled') }
  async unlockWithPasskey() { await this.#ceremony(); this.become('ready') }
  async makePasskey(passphrase: string, label: string) {
    if (passphrase !== 'correct horse battery') await fail('wrong_passphrase')
    await this.#ceremony()
    if (label === 'Old key') await fail('passkey_without_prf')
    this.#making = label
  }
  async keepPasskey() { await this.#ceremony(); this.passkeys = [...this.passkeys, { passkey: 'passkey-new', label: this.#making, addedAt: Date.now() }] }
  dropPasskey() { this.#making = '' }
  async removePasskey(passkey: string, passphrase: string) {
    await soon()
    if (passphrase !== 'correct horse battery') await fail('wrong_passphrase')
    this.passkeys = this.passkeys.filter((one) => one.passkey !== passkey)
  }
  async unlock(passphrase: string) { await soon(); if (passphrase !== 'correct horse battery') return fail('wrong_passphrase'); this.become('ready') }
  lock() { this.become('locked') }
  async erase() { this.become('new') }

  threads() { return this.#threads }
  /** New objects at each look, as the session's views are. */
  messages(thread: string) { return structuredClone(this.#messages.filter((one) => one.thread === thread)) }
  markRead(thread: string) { this.#threads = this.#threads.map((one) => (one.thread === thread ? { ...one, unread: 0 } : one)); this.tell('threads') }
  consents() { return this.#consents.map((one) => (one.history.length > 0 ? one : { ...one, history: [one.scope] })) }
  person(person: string) { return Object.values(people).find((one) => one.person === person) ?? null }
  async searchPeople(query: string) { return Object.values(people).filter((one) => one !== people.me && `${one.name} ${one.organisationName}`.toLowerCase().includes(query.toLowerCase())) }
  organisations() { return organisations }

  async createThread(kind: ThreadView['kind'], purpose: ThreadView['purpose'], title: string, ids: string[]) {
    const thread = thr(++this.#n)
    this.#threads = [...this.#threads, { thread, kind, purpose, title, people: [people.me, ...ids.flatMap((one) => this.person(one) ?? [])], leaving: false, outdated: [], epoch: 0, lastAt: Date.now(), lastText: '', unread: 0, trouble: null, consents: [], refusedDrafts: 0 }]
    this.tell('threads')
    return thread
  }
  async addPeople(thread: string, ids: string[]) {
    const added = ids.flatMap((id) => this.person(id) ?? [])
    const others = (members: PersonView[]) => members.filter(({ person }) => !ids.includes(person))
    this.#threads = this.#threads.map((one) => (one.thread === thread ? { ...one, people: [...others(one.people), ...added], outdated: one.outdated.filter(({ person }) => !ids.includes(person.person)) } : one))
    this.tell('threads')
  }
  async tryAdd(thread: string, ids: string[]) {
    const place = this.#threads.find((one) => one.thread === thread) as ThreadView
    const denials = this.#images(thread).filter((one) => one.state === 'live').flatMap((image) => {
      const reasons = this.#decide(image.consent, { ...place, people: [...place.people, ...ids.flatMap((id) => this.person(id) ?? [])] }, { ...image, onward: false })
      return reasons.length > 0 ? [{ disclosure: image.disclosure, image: image.image, consent: image.consent, reasons }] : []
    })
    return { permit: denials.length === 0, denials }
  }
  historyOffer(thread: string, ids: string[], since: number | null) { return historyOffer(this.messages(thread), ids, since) }
  async shareHistory(thread: string, ids: string[], since: number | null) {
    const { messages, images, withheld, since: first } = this.historyOffer(thread, ids, since)
    this.#say(thread, { kind: 'history', to: ids.flatMap((id) => this.person(id) ?? []), toMe: false, messages, images: images.length, withheld: withheld.length, since: first ?? Date.now() })
  }
  async leaveThread(thread: string) { await soon(); this.#threads = this.#threads.map((one) => (one.thread === thread ? { ...one, leaving: true } : one)); this.tell('threads') }
  async forgetThread(thread: string) { await soon(); this.#threads = this.#threads.filter((one) => one.thread !== thread); this.tell('threads') }
  async removePeople(thread: string, ids: string[]) {
    this.#threads = this.#threads.map((one) => (one.thread === thread ? { ...one, people: one.people.filter((person) => !ids.includes(person.person)) } : one))
    this.tell('threads')
  }
  async sendText(thread: string, text: string) { this.#say(thread, { kind: 'text', text }) }
  async retry(message: string) { this.#messages = this.#messages.map((one) => (one.message === message ? { ...one, state: 'sent', error: null } : one)); this.tell('messages') }

  async sheets() { return sheets.map(({ sections: _, ...offer }) => offer) }
  async sheetText(offer: SheetOffer) { return sheets.find(({ text }) => text === offer.text) ?? fail('sheet_altered') }

  async recordConsent(thread: string, draft: ConsentDraft) {
    const n = ++this.#n
    this.#consents = [...this.#consents, { consent: con(n), envelopeHash: '', history: [], emergency: false, mine: true, record: draft.record, scope: this.#scopeOf(n, draft) }]
    this.#threads = this.#threads.map((one) => (one.thread === thread ? { ...one, consents: [...one.consents, con(n)] } : one))
    this.tell('consents'); this.tell('threads')
    return con(n)
  }
  async amendConsent(consent: string, draft: ConsentDraft) {
    this.#consents = this.#consents.map((one) => (one.consent === consent ? { ...one, record: draft.record, scope: { ...this.#scopeOf(0, draft), consent, subject: one.scope.subject, version: one.scope.version + 1 } } : one))
    this.tell('consents')
  }
  async withdrawConsent(consent: string) {
    this.#consents = this.#consents.map((one) => (one.consent === consent ? { ...one, scope: { ...one.scope, decision: 'withdrawn' } } : one))
    this.#close((image) => image.consent === consent, 'consent_withdrawn')
  }

  #questions = new Map<string, QuestionView>()
  async askPatient(thread: string, draft: ConsentDraft, base: string | null) {
    const request = `req_${++this.#n}`
    const link = 'http://localhost:8443/patient/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA#BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB'
    const question: QuestionView = { request, consent: base ?? con(this.#n), thread, link, code: '482913', expiresAt: Date.now() + hour / 2, state: 'put', failure: null, asked: draft }
    this.#questions.set(request, question)
    this.asked = draft
    return question
  }
  /** What was asked last. */
  asked: ConsentDraft | null = null
  question(request: string) { return this.#questions.get(request) ?? null }
  settleQuestions(state: QuestionView['state']) {
    for (const [request, question] of this.#questions) this.#questions.set(request, { ...question, state })
    this.tell('consents')
  }
  async lookBackLink() { return { link: 'http://localhost:8443/patient/look/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', code: '482913' } }

  verdicts(consent: string | null, image: AskedImage, threads = this.#threads.map((one) => one.thread)): Verdict[] {
    return this.#threads.filter((one) => threads.includes(one.thread)).map((thread) => {
      const reasons = this.#decide(consent, thread, image)
      return { thread: thread.thread, permit: reasons.length === 0, reasons }
    })
  }
  async attach(thread: string, consent: string, images: PreparedImage[], caption: string, kept?: () => void) {
    // The screens overwrite theirs once it is kept.
    images = images.map((image) => ({ ...image, bytes: image.bytes.slice() }))
    this.attached = images[0] ?? null
    this.series = images
    this.caption = caption
    const message = msg(++this.#n)
    this.#write(message, thread, { kind: 'draft', caption, images: images.map(({ bytes: _, grey: __, ...image }) => ({ ...image, subject: '' })), consent, endsAt: Date.now() + day, transfer: null, failure: null, stoppable: true, onward: false })
    kept?.()
    await this.#journey(message)
    if (!this.#drafts().some((one) => one.message === message)) return
    this.#messages = this.#messages.filter((one) => one.message !== message)
    const subject = this.#consents.find((one) => one.consent === consent)?.scope.subject ?? ''
    const views = images.map(({ bytes, grey: _, ...rest }): ImageView => {
      const n = ++this.#n
      this.#pixels.set(dis(n), new Blob([bytes as Uint8Array<ArrayBuffer>]))
      return { ...rest, pixelSpacing: rest.pixelSpacing ?? null, disclosure: dis(n), image: img(n), subject, consent, version: 1, state: 'live', closedCode: null, origin: null, sealedSize: bytes.length, preview: null, filed: null, filing: null }
    })
    this.#say(thread, { kind: 'images', caption, images: views })
    for (const [n, { grey }] of images.entries()) if (grey) await this.remember(views[n]!.disclosure, grey)
  }
  /** `?poor`: it stays where the line broke. */
  async #journey(message: string) {
    for (let sent = 0; sent <= 10; sent += 1) {
      this.draftBecomes(message, { transfer: { done: sent * 52_400, total: 524_000, waits: null, held: false } })
      await soon(120)
      if (sent === 4 && poor()) { this.draftBecomes(message, { transfer: { done: 209_600, total: 524_000, waits: 'unreachable', held: false } }); await soon(600_000) }
    }
  }
  people() { return { sam: people.sam.person } }
  #drafts() { return this.#messages.filter(({ body }) => body.kind === 'draft') }
  draftBecomes(message: string, change: Partial<DraftView>) {
    this.#messages = this.#messages.map((one) => (one.message === message && one.body.kind === 'draft' ? { ...one, body: { ...one.body, ...change } } : one))
    this.#threads = this.#threads.map((one) => ({ ...one, refusedDrafts: this.#drafts().filter(({ thread, body }) => thread === one.thread && body.kind === 'draft' && body.failure !== null).length }))
    this.tell('messages')
  }
  holdDraft(message: string, held: boolean) {
    const body = this.#drafts().find((one) => one.message === message)?.body
    if (body?.kind === 'draft' && body.transfer) this.draftBecomes(message, { transfer: { ...body.transfer, held, waits: null } })
  }
  async discardDraft(message: string) { this.#messages = this.#messages.filter((one) => one.message !== message); this.tell('messages') }
  async redirectDraft(message: string, thread: string, _consent: string, caption: string, kept?: () => void) { await this.discardDraft(message); kept?.(); this.#say(thread, { kind: 'text', text: caption }) }
  /** A draft of an x-ray in the first thread, as it stands. */
  addDraft(change: Partial<DraftView>) {
    const image = { subject: sub(1), kind: 'radiograph' as const, deidentified: false, sensitive: [], takenAt: Date.now(), bodySite: 'forearm', laterality: 'left' }
    const message = msg(++this.#n)
    this.#write(message, thr(1), { kind: 'draft', caption: 'Lateral view.', images: [image], consent: con(1), endsAt: Date.now() + 23 * hour, transfer: null, failure: null, stoppable: true, onward: false })
    this.draftBecomes(message, change)
  }
  /** What the screens handed over last. */
  attached: PreparedImage | null = null
  series: PreparedImage[] = []
  caption = ''
  #pixels = new Map<string, Blob>()
  /** How often an image was asked for. */
  opened = 0
  /** Bytes a second, once something came. */
  pace: number | null = null
  /** A slow line: what comes, comes at this pace, which is known from then on. */
  slow: number | null = null
  /** What was asked for, in order: an image or its preview. */
  renditions: ('full' | 'preview')[] = []
  async open(thread: string, disclosure: string, { progress, pause }: Journey = {}) {
    this.opened += 1
    const view = this.#images(thread).find((one) => one.disclosure === disclosure || one.preview === disclosure) as ImageView
    const rendition = view.preview === disclosure ? 'preview' : 'full'
    this.renditions.push(rendition)
    const bytes = new Uint8Array(await (this.#pixels.get(view.disclosure) ?? (await fetch('/sample-xray.jpg'))).arrayBuffer())
    const size = rendition === 'preview' ? 65_577 : view.sealedSize
    for (let done = 0; this.slow !== null && rendition === 'full' && done < size; done += this.slow / 4) {
      progress?.(done, size)
      await soon(250)
      await pause?.passed()
    }
    this.pace = this.slow ?? 10_000_000
    return { view: { ...view, disclosure, mediaType: 'image/jpeg' }, bytes: rendition === 'preview' ? (await previewOf(bytes, 'image/jpeg'))!.bytes : bytes, since: Date.now() }
  }
  /** The x-ray of the first thread is large, and has a preview. */
  get images() { return this.#images(thr(1)) }
  enlarge(disclosure: string) { this.settleFiling(disclosure, { sealedSize: 1_200_000, preview: dis(900) }) }
  #watchers = new Set<(failure: Failure) => void>()
  watch(_thread: string, _opened: unknown, ended: (failure: Failure) => void) {
    this.#watchers.add(ended)
    return () => { this.#watchers.delete(ended) }
  }
  get watched() { return this.#watchers.size }
  /** What is open may not stay so. */
  endViewing(code: string, reasons: Reason[] = []) {
    for (const ended of this.#watchers) ended({ code, message: '', remedy: '', reasons })
  }
  /** The real recognition, over what was made up. */
  #seenImages = new Map<string, SeenImage>()
  #seen = new SeenImages({
    clock: { now: () => Date.now() },
    records: {
      all: () => [...this.#seenImages.values()],
      get: (kind: string, id: string) => (kind === 'seen-image' ? (this.#seenImages.get(id) ?? null) : kind === 'thread' ? { group: {} } : this.#known(id)),
      write: async (edits: Edit[]) => { for (const edit of edits) if ('put' in edit && edit.kind === 'seen-image') this.#seenImages.set(edit.put.image, edit.put) },
    },
  } as unknown as DeviceContext)
  #known(id: string) {
    for (const { thread, body } of this.#messages) {
      const view = body.kind === 'images' ? body.images.find(({ disclosure }) => disclosure === id) : undefined
      if (view) return { thread, state: view.state, statement: { consent: view.consent, preview_of: null, image: { image: view.image, subject: view.subject } } }
    }
    return null
  }
  get remembered() { return this.#seenImages.size }
  remember(disclosure: string, grey: Grey) { return this.#seen.remember(disclosure, grey) }
  recognise(grey: Grey) { return this.#seen.recognise(grey) }
  async forward(_from: string, _disclosure: string, to: string, _consent: string, caption: string, kept?: () => void) { kept?.(); this.#say(to, { kind: 'text', text: caption || 'Forwarded.' }) }
  /** What has been drawn, by whom; the newest of each. */
  drawn: { disclosure: string; person: PersonView; marks: Mark[] }[] = [
    { disclosure: dis(23), person: people.lin, marks: [{ kind: 'arrow', start: { x: 700, y: 250 }, end: { x: 480, y: 330 }, text: 'irregular edge' }, { kind: 'line', start: { x: 330, y: 520 }, end: { x: 560, y: 600 } }] },
    { disclosure: dis(23), person: people.amara, marks: [{ kind: 'words', at: { x: 200, y: 800 }, text: 'Excise with <b>2 mm</b>' }] },
  ]
  annotations(_thread: string, disclosure: string) {
    return this.drawn.filter((one) => one.disclosure === disclosure).map(({ person, marks }, n) => ({ message: msg(50 + n), person, mine: person === people.me, at: Date.now() - hour, marks }))
  }
  async annotate(thread: string, disclosure: string, marks: Mark[]) {
    this.drawn = [...this.drawn.filter((one) => one.disclosure !== disclosure || one.person !== people.me), ...(marks.length > 0 ? [{ disclosure, person: people.me, marks }] : [])]
    this.#say(thread, { kind: 'annotation', disclosure, image: this.#images(thread).find((one) => one.disclosure === disclosure) ?? null, marks })
  }
  async removeImage(disclosure: string) { this.#close((image) => image.disclosure === disclosure, 'taken_out') }
  async openings() {
    return [
      { person: people.amara, at: Date.now() - hour, outcome: 'permit', proven: true, rendition: 'preview' as const }, { person: people.lin, at: Date.now() - hour / 2, outcome: 'permit', proven: false, rendition: 'full' as const },
      { person: people.sam, at: Date.now() - hour / 3, outcome: 'person_not_covered', proven: true, rendition: 'full' as const },
    ]
  }
  medicalRecord = { organisation: organisations[0]!.organisation, organisationName: organisations[0]!.name, name: 'Medical records' }
  /** Why it cannot be filed, if it cannot. */
  notFiled: Reason[] = []
  recordOffer(thread: string) {
    const messages = this.#messages.filter((one) => one.thread === thread && one.body.kind === 'text' && one.state === 'sent').map(({ message }) => message)
    return { ...this.medicalRecord, reasons: this.notFiled, hasRecord: true, messages, followed: messages.slice(1) }
  }
  /** What was filed last. */
  filed: string[] = []
  async file(_thread: string, disclosure: string, messages: string[], progress?: (sent: number, total: number) => void) {
    progress?.(1, 2)
    await soon()
    this.filed = messages
    this.settleFiling(disclosure, { filing: { state: 'filing', failure: null } })
  }
  settleFiling(disclosure: string, change: Partial<ImageView>) {
    this.#messages = this.#messages.map((one) => (one.body.kind === 'images' ? { ...one, body: { ...one.body, images: one.body.images.map((image) => (image.disclosure === disclosure ? { ...image, ...change } : image)) } } : one))
    this.tell('messages')
  }
  async emergencies(after: string | null) {
    await soon()
    const start = Number(after ?? 0)
    return { emergencies: this.#emergencies.slice(start, start + 4), next: start + 4 < this.#emergencies.length ? String(start + 4) : null }
  }
  async reviewEmergency(emergency: EmergencyView, outcome: ReviewOutcome) {
    await soon()
    const review: ReviewView = { person: people.me, at: Date.now(), outcome }
    this.#emergencies = this.#emergencies.map((one) => (one.consent === emergency.consent ? { ...one, review } : one))
    return review
  }
  async staff(name: string, only: StaffMark | null, after: string | null) {
    await soon()
    const start = Number(after ?? 0)
    const all = found(name, only)
    return { people: all.slice(start, start + 20), next: start + 20 < all.length ? String(start + 20) : null }
  }
  async staffCounts() { return { people: madeUpStaff.length, waiting: counted('waiting'), soon: counted('soon'), over: counted('over'), withoutDevice: counted('without_device') } }
  #revoked = new Set<string>()
  async staffMember(person: string) { await soon(); return devicesOf(person, this.#revoked) }
  async revokeStaffDevice(device: string) { await soon(); this.#revoked.add(device) }
  /** None, for the screen that says so. */
  denied = madeUpDenials
  async denials(after: string | null) {
    await soon()
    const start = Number(after ?? 0)
    return { denials: this.denied.slice(start, start + 4), next: start + 4 < this.denied.length ? String(start + 4) : null }
  }
  async denialDays() { return this.denied.length === 0 ? [] : madeUpDenialDays }
  notified: NotificationsView = { state: 'off', kinds: [] }
  async notifications() { await soon(); return this.notified }
  async notifyOf(kinds: ThreadKind[]) { await soon(); this.notified = { state: kinds.length > 0 ? 'on' : 'off', kinds } }
  async checkLog() { await soon() }
  reviews: ReviewView[] = []
  async reviewsOf() { return this.reviews }
  async connect() { this.setLine('online') }
  disconnect() { this.setLine('offline') }

  #images(thread: string) { return this.messages(thread).flatMap(({ body }) => (body.kind === 'images' ? body.images : [])) }
  #close(which: (image: ImageView) => boolean, code: string) {
    this.#messages = this.#messages.map((one) => (one.body.kind === 'images' ? { ...one, body: { ...one.body, images: one.body.images.map((image) => (which(image) ? { ...image, state: 'destroyed' as const, closedCode: code } : image)) } } : one))
    this.tell('messages'); this.tell('consents')
  }
  #say(thread: string, body: MessageView['body']) { this.#write(msg(++this.#n), thread, body) }
  #write(message: string, thread: string, body: MessageView['body']) {
    this.#messages = [...this.#messages, { message, thread, seq: this.#n, at: Date.now(), from: people.me, mine: true, state: body.kind === 'draft' ? 'sending' : 'sent', error: null, body }]
    this.tell('messages')
  }
  #scopeOf(n: number, draft: ConsentDraft): Scope {
    return scope(n, {
      subject: draft.subject ?? sub(n), decision: draft.decision, basis: draft.basis, taken: { how: draft.how, witness: draft.witness, interpreter: draft.interpreter, sheet: draft.sheet, representative: draft.representative, assent: draft.assent, reason: draft.reason, answer: null }, purposes: draft.purposes, recipients: draft.recipients,
      conditions: { deidentified_only: draft.deidentifiedOnly, no_onward_sharing: draft.noOnwardSharing, image_kinds: draft.imageKinds, sensitive: draft.sensitive }, valid_from: draft.validFrom, valid_until: draft.validUntil,
    })
  }
  #decide(consent: string | null, thread: ThreadView, image: AskedImage): Reason[] {
    const found = this.#consents.find((one) => one.consent === consent)?.scope ?? null
    const recipients = thread.people.map((one) => ({ person: one.person, attestations: [attestationOf(one)] }))
    return decide(found, policyNamed(found?.policy), thread, recipients, { ...image, image: img(1) }, Date.now()).reasons
  }
}
