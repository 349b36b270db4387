/**
 * What the screens, the demo's second participant and the tests may ask of a signed-in device. No DOM here or below.
 * `createSession(platform)` in `create_session.ts` builds one; `platform` brings storage, fetch, socket, clock and randomness.
 */
import type { Journey } from './blobs'
import type { PasskeyView } from './passkeys'
import type { PasskeySupport } from './platform'
import type { Grey } from './recognition/grey'
import type { VersionChange } from './consent_changes'
import type { Envelope } from '../protocol/statements'
import type { Basis, ConsentDecision, ImageKind, Mark, PixelSpacing, PolicyName, Purpose, Reason, Recipient, Sensitivity, Taken, ThreadKind, Scope } from '../protocol/types'

export type Status = 'new' | 'locked' | 'enrolling' | 'ready'
export type Line = 'online' | 'connecting' | 'offline'

/** Why nothing goes from or to this device at present: another has taken its place (S4.8), or its organisation does not confirm it. */
export type Unconfirmed = { code: 'device_replaced'; since: number } | { code: 'not_attested' }

export interface PersonView { person: string; name: string; organisation: string; organisationName: string; roles: string[]; teams: string[]; verified: boolean }
/** A member who has other devices by now than those in the thread (S6.7). `ended`: one in it is over for good; `fresh`: another could be added; `reads`: none has to be, for them to read it. */
export interface OutdatedView { person: PersonView; ended: boolean; fresh: boolean; reads: boolean }
/** `people`: with a device in the roster, the `outdated` ones among them. `leaving`: this person said so, and is in it still (S6.10). */
export interface ThreadView {
  thread: string; kind: ThreadKind; purpose: Purpose | 'none'; title: string; people: PersonView[]; outdated: OutdatedView[]; epoch: number
  lastAt: number; lastText: string; unread: number; trouble: string | null; consents: string[]; refusedDrafts: number; leaving: boolean
}
/** An organisation that this device's own organisation vouches for (S3.7), with the names of its teams and roles. */
export interface OrganisationView { organisation: string; name: string; teams: { team: string; name: string }[]; roles: { role: string; name: string }[] }
/**
 * `current`: the one that asks. `revokedAt`: null while it may sign in. `confirmed`: attested (S3.6). `invited`: by the organisation, and not put beside
 * another (S4.9). `signedInOn`: a day, `YYYY-MM-DD`, or null where it is not known.
 */
export interface DeviceView { device: string; label: string; setUpAt: number; revokedAt: number | null; current: boolean; confirmed: boolean; invited: boolean; signedInOn: string | null }
/** In how many of this device's threads another is. `underWay`: it is being brought into all of them. */
export interface DeviceThreads { here: number; all: number; underWay: boolean }
/** A link to another device (S4.9). `label`, `device`: of what asks by it; `triesLeft`: to type its number. */
export interface DeviceOfferView { link: string; expiresAt: number; state: 'open' | 'asked' | 'added' | 'over' | 'given_up' | 'not_proven' | 'wrong_number'; label: string | null; device: string | null; triesLeft: number }
/** This device waits to be confirmed on another. `number`: what is to be typed there; null until that one has been reached. */
export interface JoiningView { number: string | null; expiresAt: number }
export type DisclosureState = 'live' | 'suspended' | 'destroyed'
export interface ImageView {
  disclosure: string; image: string; subject: string; kind: ImageKind; deidentified: boolean; sensitive: Sensitivity[]; consent: string; version: number; width: number; height: number; mediaType: string
  state: DisclosureState; closedCode: string | null; takenAt: number | null; bodySite: string | null; laterality: string | null; pixelSpacing: PixelSpacing | null; origin: string | null
  /** As sealed, in bytes. `preview`: the disclosure of a small rendition of it, opened and logged on its own (S7.1). */
  sealedSize: number; preview: string | null
  filed: FiledView | null; filing: { state: 'filing' | 'failed'; failure: Failure | null } | null
}
/** How an image on its way stands, in bytes. `waits`: the code of why it does not go on for now, or null; `held`: by its person. */
export interface Transfer { done: number; total: number; waits: string | null; held: boolean }
/** What is said of an image, apart from its pixels. */
export type DescribedImage = Pick<ImageView, 'subject' | 'kind' | 'deidentified' | 'sensitive' | 'takenAt' | 'bodySite' | 'laterality'>
/**
 * Images that are not sent yet (S7.12). `transfer`: null while it is not being sent; `failure`: why it will not go by itself; `endsAt`: when its pictures are
 * deleted from this device; `stoppable`: the server cannot have it yet; `onward`: it is forwarded.
 */
export interface DraftView { kind: 'draft'; caption: string; images: DescribedImage[]; consent: string; endsAt: number; transfer: Transfer | null; failure: Failure | null; stoppable: boolean; onward: boolean }
/** That earlier messages were shared (S6.8). `messages`, `images`, `withheld`: how many; `since`: the time of the first; `toMe`: with this device. */
export interface HistoryView { kind: 'history'; to: PersonView[]; toMe: boolean; messages: number; images: number; withheld: number; since: number }
/** What sharing would bring, by what this device has. `since`, `latest`: of the first and the last of all; `withheld`: what is not shared, and the code of why. */
export interface HistoryOffer {
  messages: number; since: number | null; latest: number | null; images: ImageView[]
  withheld: { message: string; from: PersonView; at: number; images: ImageView[]; code: string }[]
}
/** `patient` of a consent: who, where its thread speaks of more than one. `sharedBy`: who shared it with this device, which was not there when it was said; a `withheld` one is by their word. */
export interface MessageView {
  message: string; thread: string; seq: number | null; at: number; from: PersonView; mine: boolean
  state: 'sending' | 'sent' | 'failed' | 'unverifiable'; error: Failure | null; sharedBy?: PersonView
  body: { kind: 'text'; text: string } | HistoryView | { kind: 'withheld'; images: number; code: string } | DraftView | { kind: 'images'; caption: string; images: ImageView[] } | { kind: 'consent-record'; consent: string; version: number; change: VersionChange | null; handedOn: boolean; patient?: string | undefined } | { kind: 'title'; title: string }
    | { kind: 'annotation'; disclosure: string; image: ImageView | null; marks: Mark[] } | { kind: 'restored' } | { kind: 'leaving' } | { kind: 'reviewed'; outcome: ReviewOutcome }
    | { kind: 'joined' | 'left' | 'renewed' | 'another' | 'fewer'; people: PersonView[] } | { kind: 'tombstone'; disclosure: string; code: string; state: DisclosureState; filed: FiledView | null } | { kind: 'unverifiable'; code: string }
}
/** What the server must not see (S5.2). `offerAgainOn`: an ISO date from which a young patient is to be asked themselves, or empty. */
export interface ConsentRecord { patientName: string; recordNumber: string; dateOfBirth: string; note: string; representativeName: string; interpreterName: string; offerAgainOn: string }
/** `emergency`: some version of it was taken in one. `history`: every version, verified, the oldest first. */
export interface ConsentView { consent: string; scope: Scope; history: readonly Scope[]; envelopeHash: string; record: ConsentRecord | null; mine: boolean; emergency: boolean }
export interface ConsentDraft {
  subject: string | null; decision: ConsentDecision; basis: Basis; how: 'verbal' | 'written' | 'electronic'; witness: string | null
  sheet: Taken['sheet']; interpreter: Taken['interpreter']; representative: Taken['representative']; assent: Taken['assent']; reason: Taken['reason']
  purposes: Purpose[]; recipients: Recipient[]; deidentifiedOnly: boolean; noOnwardSharing: boolean; imageKinds: ImageKind[]; sensitive: Sensitivity[]
  validFrom: number; validUntil: number; record: ConsentRecord
}
/** What is said of an image where a place for it is looked for. */
export interface AskedImage { subject: string; kind: ImageKind; deidentified: boolean; sensitive: Sensitivity[]; onward: boolean }
/** An information sheet in one language. `languageName`: as its speakers write it; `text`: the hash by which a consent names it (S5.1). */
export interface SheetOffer { sheet: string; version: number; language: string; languageName: string; direction: 'ltr' | 'rtl'; title: string; text: string }
/** `sections[].text`: one paragraph a line. */
export interface SheetText extends SheetOffer { sections: { topic: string; heading: string; text: string }[] }
/** Already decoded, bounded and encoded afresh by the platform: nothing of the file but its pixels is left. `grey`: by which it is recognised later (S13.2). */
export interface PreparedImage {
  bytes: Uint8Array; mediaType: 'image/jpeg' | 'image/png' | 'image/webp'; width: number; height: number; kind: ImageKind; deidentified: boolean; sensitive: Sensitivity[]
  takenAt: number | null; bodySite: string | null; laterality: 'left' | 'right' | 'bilateral' | null; pixelSpacing?: PixelSpacing | null; grey?: Grey
}
export interface Failure { code: string; message: string; remedy: string; reasons: Reason[] }
/** `put`: the link waits to be opened; `opened`: the patient reads. */
export type QuestionState = 'put' | 'opened' | 'agreed' | 'refused' | 'over' | 'failed'
/** A question on its way to a patient. `code`: to be spoken, for looking back later; `consent`: what an agreement becomes. */
/** The lists that a question put. */
export type Asked = Pick<ConsentDraft, 'purposes' | 'recipients' | 'imageKinds' | 'sensitive'>
export interface QuestionView { request: string; consent: string; thread: string; link: string; code: string; expiresAt: number; state: QuestionState; failure: Failure | null; asked: Asked }
/** Proven by the hospital's own gateway (S12.9). */
export interface FiledView { organisationName: string; at: number }
/** The medical record that this person's organisation has connected. `name`: as its administrator calls it. */
export interface RecordPlace { organisation: string; organisationName: string; name: string }
/**
 * What filing one image would meet. `reasons`: none permits; `hasRecord`: this device knows the patient's name and number; `messages`: what could go
 * with it, oldest first; `followed`: those of them that came after the image.
 */
export interface RecordOffer extends RecordPlace { reasons: Reason[]; hasRecord: boolean; messages: string[]; followed: string[] }
/** One thread as a place for one image: possible or not, and why. */
export interface Verdict { thread: string; permit: boolean; reasons: Reason[] }
/** `since`: from when, by the device's clock, the consent is known to stand (S5.12). */
export interface OpenedImage { view: ImageView; bytes: Uint8Array; since: number }
/** One person's marks on one image (S7.11). */
export interface AnnotationView { message: string; person: PersonView; mine: boolean; at: number; marks: Mark[] }
/** An image that this device has had open or sent, in which a new picture was recognised (S13.4). `open`: it is still shared there. */
export interface SeenView { image: string; disclosure: string; thread: string; consent: string; subject: string; at: number; open: boolean }
/** `proven`: it is in the server's log, under a head that this device has verified (S10.4). */
export interface OpeningView { person: PersonView; at: number; outcome: string; proven: boolean; rendition: 'full' | 'preview' }
/** `follow_up`: the officer wants to talk about it. */
export type ReviewOutcome = 'in_order' | 'follow_up'
export interface ReviewView { person: PersonView; at: number; outcome: ReviewOutcome }
/** A consent taken in an emergency, as its privacy officer sees it (S5.13). `settled`: what followed it; `mine`: recorded by this person. */
export interface EmergencyView {
  consent: string; organisation: string; version: number; recorder: PersonView; mine: boolean; recordedAt: number; reason: NonNullable<Taken['reason']>; witness: string | null
  purposes: Purpose[]; recipients: Recipient[]; conditions: Scope['conditions']; endsAt: number; ended: boolean
  images: number; openings: number; threads: { kind: ThreadKind; purpose: Purpose | 'none' }[]
  settled: { decision: ConsentDecision; basis: Basis; onPage: boolean; at: number } | null; review: ReviewView | null
}
export interface ReviewPage { emergencies: EmergencyView[]; next: string | null }
/** How somebody's attestation by their own organisation stands. `soon`: it ends within 30 days (S4.7). */
export type Standing = 'none' | 'coming' | 'holds' | 'soon' | 'over'
/** One of the organisation's own people. `waiting`: a device of theirs is to be confirmed; `hasDevice`: one that is not revoked. */
export interface StaffView {
  person: string; name: string; roles: string[]; teams: string[]; standing: Standing; waiting: boolean; hasDevice: boolean
  attestation: { serial: number; validFrom: number; validUntil: number } | null
}
export interface StaffPage { people: StaffView[]; next: string | null }
/** What people can be looked for by. */
export type StaffMark = 'waiting' | 'soon' | 'over' | 'without_device'
export interface StaffCounts { people: number; waiting: number; soon: number; over: number; withoutDevice: number }
export type StaffDeviceView = DeviceView
export interface StaffDevices { person: StaffView; devices: StaffDeviceView[] }
export type Attempt = 'ask' | 'attach' | 'open' | 'add' | 'file'
/** Who was denied what, and why; not of whom. `kind` and `purpose`: of the thread. */
export interface DenialView { person: string; name: string; at: number; attempt: Attempt; kind: ThreadKind | null; purpose: Purpose | 'none' | null; codes: string[] }
export interface DenialPage { denials: DenialView[]; next: string | null }
/** `codes`: for each reason how many denials it was one of. */
export interface DenialDayView { day: string; denials: number; codes: Record<string, number> }
export type LogAlarmCode = 'log_split' | 'log_rewritten' | 'log_shortened' | 'log_key_changed'
/** `root`: base64url; `at`: when it was signed. */
export interface LogHeadView { size: number; root: string; at: number; signed: Envelope }
/** The server's log is not the one that this device knows (S10.6). `person`: whose message brought it to light, if one did. */
export interface LogAlarmView { code: LogAlarmCode; at: number; person: PersonView | null }
/** `not_offered`: by the server; `forbidden`: by the browser's settings. `kinds`: of threads whose messages this device is told of (S14). */
export interface NotificationsView { state: 'not_offered' | 'unsupported' | 'forbidden' | 'off' | 'on'; kinds: ThreadKind[] }
export interface SessionEvents { change: (what: 'status' | 'line' | 'threads' | 'messages' | 'consents' | 'people' | 'log' | 'devices', id: string | null) => void }

export interface Session {
  readonly status: Status
  readonly line: Line
  /** Null while the organisation confirms this device, and before that was asked. */
  readonly unconfirmed: Unconfirmed | null
  readonly me: PersonView | null
  /** The server says it is a demonstration: the screens may then offer the sample picture. */
  readonly demo?: boolean
  /** The policy profile in force (S5.7), once the server was reached. */
  readonly policy?: PolicyName | null
  /** Persistent, and the first that was raised. */
  readonly logAlarm: LogAlarmView | null
  /** The newest head of the log that was verified, and its signed statement. */
  readonly logHead: LogHeadView | null
  /** Whether an organisation attests this person as its privacy officer. */
  readonly isPrivacyOfficer: boolean
  /** Whether their own organisation attests this person as its administrator. */
  readonly isAdministrator: boolean
  on(listener: SessionEvents['change']): () => void

  /** Invitation from the link's fragment: who is invited, before anything is used up. */
  lookAtInvitation(fragment: string): Promise<{ name: string; organisationName: string }>
  /** Makes the keys, seals the keystore under the passphrase, redeems the invitation, waits for the attestation. */
  enrol(fragment: string, passphrase: string, label: string): Promise<void>
  /** A link from another device of the same person: whose it is, before it is used up. */
  lookAtDeviceLink(fragment: string): Promise<{ name: string; organisationName: string }>
  /** Makes this device's key, seals the keystore, asks by the link, and waits until its owner has confirmed it on the other device (S4.9). */
  join(fragment: string, passphrase: string, label: string): Promise<void>
  /** Null unless this device waits for that. */
  readonly joining: JoiningView | null
  unlock(passphrase: string): Promise<void>
  /** Forgets every key and plaintext in memory. */
  lock(): void
  /** When a passphrase is looked at next, by the device's clock: after wrong ones it takes longer and longer. */
  readonly unlockWaitsUntil: number
  /** Those of this device, known while it is locked too. */
  readonly passkeys: PasskeyView[]
  passkeySupport(): Promise<PasskeySupport>
  /** One ceremony with any of them. Cancelled or failed, it counts for no wrong passphrase. */
  unlockWithPasskey(): Promise<void>
  /** Looks at the passphrase (S2.1), then makes a passkey. It is not kept before `keepPasskey` has tried it; throws `passkey_without_prf` for one that is of no use here. */
  makePasskey(passphrase: string, label: string): Promise<void>
  keepPasskey(): Promise<void>
  /** Of one that is being made, or was made and will not be tried. */
  dropPasskey(): void
  removePasskey(passkey: string, passphrase: string): Promise<void>
  /** Signs out and erases this device. Locked, it erases alone: the server is not told. */
  erase(): Promise<void>
  /** Why this browser is no device: it was revoked and has erased itself, or nobody confirmed it in time. Null where it never was, or was erased here. */
  readonly erasedBecause: 'device_revoked' | 'device_not_added' | null
  /** Of this person: this one first, then those that may sign in. */
  devices(): Promise<DeviceView[]>
  /** For good, and out of all threads of this device. */
  revokeDevice(device: string): Promise<void>
  deviceThreads(device: string): DeviceThreads
  /** Whether this device holds the person's identity key, and so can put others beside itself. */
  readonly mayAddDevices: boolean
  /** Makes a link for another device, in place of any before. Throws `too_large` where there are five already. */
  offerDevice(passphrase: string): Promise<void>
  readonly deviceOffer: DeviceOfferView | null
  /** `number`: as the new device shows it. Throws `wrong_number`; the third ends the link. */
  confirmDevice(number: string): Promise<void>
  /** Ends the link, if it has not ended, and forgets it. */
  endDeviceOffer(): Promise<void>

  notifications(): Promise<NotificationsView>
  /** Of which threads; of none turns them off. The browser asks its person first. */
  notifyOf(kinds: ThreadKind[]): Promise<void>

  threads(): ThreadView[]
  messages(thread: string): MessageView[]
  markRead(thread: string): void
  consents(): ConsentView[]
  person(person: string): PersonView | null
  searchPeople(query: string): Promise<PersonView[]>
  /** Names for the team, organisation and role identifiers that a consent may cover; own organisation first. */
  organisations?(): OrganisationView[]

  createThread(kind: ThreadKind, purpose: Purpose | 'none', title: string, people: string[]): Promise<string>
  /** With every device of theirs, in place of those that have ended. */
  addPeople(thread: string, people: string[]): Promise<void>
  /** What an add would meet; nothing changes. */
  tryAdd(thread: string, people: string[]): Promise<{ permit: boolean; denials: { disclosure: string; image: string; consent: string; reasons: Reason[] }[] }>
  removePeople(thread: string, people: string[]): Promise<void>
  /** For good, unless somebody adds this person again. Until another member's device is online they are in it still. */
  leaveThread(thread: string): Promise<void>
  /** Deletes from this device what it has of a thread that this person is out of. */
  forgetThread(thread: string): Promise<void>
  /** What of the thread could be shared with people who joined it later, or are about to, from a time on; nothing changes. */
  historyOffer(thread: string, people: string[], since: number | null): HistoryOffer
  /** Shares that. Resolves when the server has it all. */
  shareHistory(thread: string, people: string[], since: number | null): Promise<void>
  /** Written to the encrypted outbox first; resolves when the server has it durably. */
  sendText(thread: string, text: string): Promise<void>
  retry(message: string): Promise<void>

  /** What may be shown to patients: every version in every language, the newest version first. */
  sheets(): Promise<SheetOffer[]>
  /** The words of a sheet, checked here against the hash that a consent will name. */
  sheetText(offer: SheetOffer): Promise<SheetText>
  /** Records version 1 in a thread: scope to the server, full record to the thread. */
  recordConsent(thread: string, draft: ConsentDraft): Promise<string>
  /** The next version: narrower, wider, refused or withdrawn. */
  amendConsent(consent: string, draft: ConsentDraft, thread: string): Promise<void>
  withdrawConsent(consent: string): Promise<void>
  /** Lets the patient answer on their own page; the answer is recorded as soon as this device hears of it. `base`: the consent that would become wider. */
  askPatient(thread: string, draft: ConsentDraft, base: string | null): Promise<QuestionView>
  question(request: string): QuestionView | null
  /** A link and a code for a patient who answered otherwise, to look back at their consent. An earlier link ends. */
  lookBackLink(consent: string): Promise<{ link: string; code: string }>

  /** Decided here, for every thread; also before the server is asked. `except`: person ids already being removed. */
  verdicts(consent: string | null, image: AskedImage, threads?: string[]): Verdict[]
  /** One message; each image is a disclosure of its own, and so is its preview. At most 16 in all (S6.4), previews as far as there is room. Kept sealed first, then `kept` is called; resolves when it is sent, and is decided then (S7.11). */
  attach(thread: string, consent: string, images: PreparedImage[], caption: string, kept?: () => void): Promise<void>
  /** An image, or its preview. */
  open(thread: string, disclosure: string, journey?: Journey): Promise<OpenedImage>
  /** Bytes a second of the last image that came; null where none came lately. */
  readonly pace: number | null
  /** For as long as it is on the screen: `ended` says that it may not stay there, and why. The answer stops the watch. */
  watch(thread: string, opened: Pick<OpenedImage, 'view' | 'since'>, ended: (failure: Failure) => void): () => void
  /** What people have drawn on it, each one's newest alone; for whom it is open. */
  annotations(thread: string, disclosure: string): AnnotationView[]
  /** Takes the place of what this person drew on it before; nothing takes that back. */
  annotate(thread: string, disclosure: string, marks: Mark[]): Promise<void>
  /** That an image was shown here (S13.2). Nothing of it leaves the device. */
  remember(disclosure: string, grey: Grey): Promise<void>
  /** The image of which a picture is another rendering or a part, or null (S13.4). */
  recognise(grey: Grey): Promise<SeenView | null>
  forward(from: string, disclosure: string, to: string, consent: string, caption: string, kept?: () => void): Promise<void>
  /** Of images on their way: holds them back, or lets them go on without waiting for the line. */
  holdDraft(message: string, held: boolean): void
  /** Stops images and deletes them from this device. Throws `on_its_way` once the server may have them. */
  discardDraft(message: string): Promise<void>
  /** Sends what was refused to another thread, or under another consent of the same patient. */
  redirectDraft(message: string, thread: string, consent: string, caption: string, kept?: () => void): Promise<void>
  removeImage(disclosure: string): Promise<void>
  /** Of an image and of its preview. */
  openings(disclosure: string): Promise<OpeningView[]>

  /** Null where this person's organisation has connected none. */
  readonly medicalRecord: RecordPlace | null
  recordOffer(thread: string, disclosure: string): RecordOffer | null
  /** Resolves when it is on its way, sealed to the hospital's gateway. That it is filed, the image says, once that is proven. */
  file(thread: string, disclosure: string, messages: string[], progress?: (sent: number, total: number) => void): Promise<void>

  /** Emergencies that this privacy officer reviews: those that wait first. `after`: the `next` of the page before. */
  emergencies(after: string | null): Promise<ReviewPage>
  reviewEmergency(emergency: EmergencyView, outcome: ReviewOutcome): Promise<ReviewView>
  /** What privacy officers have said of a consent that was taken in an emergency, the newest last. */
  reviewsOf(consent: string): Promise<ReviewView[]>

  /** For administrators, of their own organisation's people (S4.7). `only`: those of whom this holds; `after`: the `next` of the page before. */
  staff(name: string, only: StaffMark | null, after: string | null): Promise<StaffPage>
  staffCounts(): Promise<StaffCounts>
  staffMember(person: string): Promise<StaffDevices>
  /** For good, and the log says by whom. */
  revokeStaffDevice(device: string): Promise<void>
  /** Of the last 30 days, the newest first. */
  denials(after: string | null): Promise<DenialPage>
  denialDays(): Promise<DenialDayView[]>
  /** Fetches the newest head of the log and verifies that it continues the one held (S10.5); an alarm where it does not. */
  checkLog(): Promise<void>

  connect(): Promise<void>
  disconnect(): void
}
