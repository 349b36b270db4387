/** Everything this device remembers, in memory while unlocked and in sealed storage always. Records are values: changed by replacement only. */
import { fromBase64url, toBase64url } from '../protocol/encoding'
import type { Envelope } from '../protocol/statements'
import type { ContentBody, DisclosureStatement, ImageManifest, LogHead, Mark, Purpose, Reader, Scope, ThreadKind, TreeHead } from '../protocol/types'
import { decodeState, encodeState, type GroupState } from './group_crypto'
import type { Change, SealedStorage, Table } from './sealed_storage'
import type { ConsentDraft, DisclosureState, Failure, LogAlarmCode, PreparedImage, QuestionState } from './session'

/** A commit on its way: which of two the log will show decides whether `next` becomes the state. base64url. */
export interface PendingCommit { commit: string; next: string }

/** `head`: the last entry of the log that was applied. `group` is null once this device is out. `joined`: the commit that added this device, and the epoch that it made. */
export interface Thread {
  thread: string; kind: ThreadKind; purpose: Purpose | 'none'; suite: number; group: GroupState | null; head: number; readSeq: number
  title: string; trouble: string | null; consents: string[]; pending: PendingCommit | null; createdAt: number
  joined?: { seq: number; epoch: number }
}

export type StoredBody =
  | { kind: 'text'; text: string } | { kind: 'title'; title: string } | { kind: 'images'; caption: string; disclosures: string[] }
  | { kind: 'consent-record'; consent: string; version: number } | { kind: 'annotation'; disclosure: string; marks: Mark[] } | { kind: 'leaving' } | { kind: 'joined' | 'left' | 'renewed' | 'another' | 'fewer'; people: string[] }
  | { kind: 'tombstone'; disclosure: string; code: string; state: DisclosureState; filed?: Filed } | { kind: 'unverifiable'; code: string }
  | { kind: 'restored' }
  | { kind: 'history'; to: Reader[]; messages: number; images: number; withheld: number; since: number } | { kind: 'withheld'; images: number; code: string }

export interface StoredMessage {
  message: string; thread: string; seq: number | null; at: number; person: string; device: string
  state: 'sending' | 'sent' | 'failed' | 'unverifiable'; error: Failure | null; body: StoredBody
  /** Of a text and of marks: its author's own statement (S6.5), by which a record can show whose it is (S12.4). */
  signed?: Envelope
  /** Of images: the same, which holds their client halves, and is forgotten with the first of them that is destroyed (S6.8). */
  signedImages?: Envelope
  /** Of what this device forgot when it was taken out of the thread: the hash (S3.3) of the signed content, by which it is known again (S6.9). base64url. */
  forgotten?: string
  /** The person who shared it with this device, which was not there when it was said (S6.9). */
  sharedBy?: string
}

/** The exact bytes to send until they are acknowledged. `mls`: base64url. */
export interface OutboxItem { message: string; thread: string; epoch: number; mls: string; disclosures: Envelope[]; body: ContentBody; at: number }

/** Proven by the statements of S12.9. `at`: the gateway's time. */
export interface Filed { organisation: string; at: number }

/** `manifest` is null once the image was destroyed: the client half is forgotten with it. */
export interface Disclosure {
  disclosure: string; thread: string; message: string; statement: DisclosureStatement; envelope: Envelope; manifest: ImageManifest | null
  state: DisclosureState; closedCode: string | null; filed?: Filed
}

/** `scopes` are the verified payloads of `versions`. */
export interface Consent { consent: string; versions: Envelope[]; scopes: Scope[] }
/** A full record as a message brought it, checked against its commitment when shown (S5.2). A row of its own: nobody who verifies a chain meanwhile writes over it. */
export interface FullRecord { consent: string; version: number; thread: string; record: string }

/** `published` and `secret`: base64url. */
export interface KeyPackageSecret { ref: string; published: string; secret: string; suite: number; madeAt: number }

export interface PersonRecord { person: string; attestations: Envelope[]; devices: { device: Envelope; revoked_at: number | null }[] }

/** A head that a message carried and that is to be compared with this device's own (S10.6): at most one of each device. */
export type ToldHead = LogHead & { device: string; person: string; thread: string; message: string }
export interface LogAlarm { code: LogAlarmCode; at: number; told: ToldHead | null; reported: boolean }
/** The newest head that was verified, and as it was signed; the first alarm that was raised. */
export interface LogRecord { id: 'self'; head: TreeHead | null; signed: Envelope | null; alarm: LogAlarm | null }

/** A question to a patient, and what is to be recorded once it is answered. `previous`: the version that it is to follow. */
export interface AskedPatient {
  request: string; consent: string; previous: string | null; thread: string; draft: ConsentDraft; link: string; code: string; expiresAt: number
  state: QuestionState; failure: Failure | null
}

/** What this device has begun to file, and why it failed. One for each disclosure: the newest. */
export interface FilingUnderWay { disclosure: string; filing: string; thread: string; state: 'filing' | 'failed'; failure: Failure | null }

/** An image that was open here or sent from here (S13.2). `hash`: packed, base64url; `fromPreview`: of its preview, as nothing else was seen of it. */
export interface SeenImage { image: string; fromPreview: boolean; disclosure: string; thread: string; consent: string; subject: string; at: number; hash: string }
/** A picture of a draft. Its bytes, where they are this device's own, lie in a row of their own and never in memory while they wait. */
export type DraftPicture = Omit<PreparedImage, 'bytes' | 'grey'> & { image: string; subject: string }
/**
 * A message with images that is not sent yet (S7.12). `origin`: what it forwards, which is opened anew when it is sent. `endsAt`: when its pictures are
 * deleted. `failure`: why it does not go, or null while it waits; only its sender sends it again then.
 */
export interface ImageDraft {
  message: string; thread: string; consent: string; caption: string; pictures: DraftPicture[]; origin: { thread: string; disclosure: string } | null
  at: number; endsAt: number; failure: Failure | null
}

/** A link to another device (S4.9); the newest. `opened`, `tokenHash`, `secret`: base64url. `asking`: what asked by it, with a proof that held; kept before `opened` is told, so that it cannot become another afterwards. `certificate`: signed for it, to be sent again as it is. `wrong`: numbers typed that were not its. */
export interface DeviceOffer {
  id: 'self'; secret: string; opened: string; tokenHash: string; link: string; expiresAt: number; state: 'open' | 'asked' | 'added' | 'over' | 'given_up' | 'not_proven' | 'wrong_number'
  asking: { device: string; deviceKey: string; label: string; proof: string } | null; revealed: boolean; certificate: Envelope | null; wrong: number
}
/** What its person decided here about another device of theirs, until every thread is so (S6.7). */
export interface OwnDeviceAct { device: string; act: 'add' | 'remove' }

interface Kinds {
  thread: Thread; message: StoredMessage; outbox: OutboxItem; disclosure: Disclosure; consent: Consent; 'key-package': KeyPackageSecret; person: PersonRecord
  organisations: { id: string; envelope: Envelope }; log: LogRecord; 'told-head': ToldHead; question: AskedPatient; 'consent-record': FullRecord
  gateway: { organisation: string; envelope: Envelope }; filing: FilingUnderWay; 'seen-image': SeenImage; draft: ImageDraft
  'device-offer': DeviceOffer; 'own-device-act': OwnDeviceAct
}
type Kind = keyof Kinds
const KINDS: Kind[] = ['thread', 'message', 'outbox', 'disclosure', 'consent', 'key-package', 'person', 'organisations', 'log', 'told-head', 'question', 'consent-record', 'gateway', 'filing', 'seen-image', 'draft', 'device-offer', 'own-device-act']

export type Edit = { [K in Kind]: { kind: K; put: Kinds[K] } | { kind: K; remove: string } }[Kind]

export function fullRecordId({ consent, version, thread }: Omit<FullRecord, 'record'>): string {
  return `${consent} ${version} ${thread}`
}

function idOf(edit: Edit): string {
  if ('remove' in edit) return edit.remove
  switch (edit.kind) {
    case 'thread': return edit.put.thread
    case 'message': return edit.put.message
    case 'outbox': case 'draft': return edit.put.message
    case 'disclosure': return edit.put.disclosure
    case 'consent': return edit.put.consent
    case 'key-package': return edit.put.ref
    case 'person': return edit.put.person
    case 'organisations': case 'log': case 'device-offer': return edit.put.id
    case 'own-device-act': return edit.put.device
    case 'told-head': return edit.put.device
    case 'question': return edit.put.request
    case 'gateway': return edit.put.organisation
    case 'filing': return edit.put.disclosure
    case 'seen-image': return edit.put.image
    case 'consent-record': return fullRecordId(edit.put)
  }
}

function stored(edit: Edit): unknown {
  if ('remove' in edit) return null
  if (edit.kind !== 'thread') return edit.put
  const { group } = edit.put
  return { ...edit.put, group: group === null ? null : toBase64url(encodeState(group)) }
}

function restored(kind: Kind, value: unknown): unknown {
  if (kind !== 'thread') return value
  const thread = value as Omit<Thread, 'group'> & { group: string | null }
  return { ...thread, group: thread.group === null ? null : decodeState(fromBase64url(thread.group)) }
}

export class Records {
  private readonly maps = Object.fromEntries(KINDS.map((kind) => [kind, new Map()])) as { [K in Kind]: Map<string, Kinds[K]> }
  private readonly byThread = new Map<string, Map<string, StoredMessage>>()

  constructor(private storage: SealedStorage) {}

  async load(): Promise<void> {
    for (const kind of KINDS) {
      for (const [id, value] of await this.storage.list(kind as Table)) this.keep(kind, id, restored(kind, value) as never)
    }
  }

  get<K extends Kind>(kind: K, id: string): Kinds[K] | null {
    return this.maps[kind].get(id) ?? null
  }

  all<K extends Kind>(kind: K): Kinds[K][] {
    return [...this.maps[kind].values()]
  }

  messagesOf(thread: string): StoredMessage[] {
    return [...(this.byThread.get(thread)?.values() ?? [])]
  }

  /** All edits in one storage transaction, and only then in memory: when it rejects, both are as before. `pictures`: of drafts, by image id; null removes one. */
  async write(edits: Edit[], pictures: [image: string, bytes: Uint8Array | null][] = []): Promise<void> {
    const changes = edits.map((edit): Change => ({ table: edit.kind as Table, id: idOf(edit), value: stored(edit) }))
    await this.storage.transact([...changes, ...pictures.map(([id, value]): Change => ({ table: 'draft-picture', id, value }))])
    for (const edit of edits) this.keep(edit.kind, idOf(edit), 'remove' in edit ? null : (edit.put as never))
  }

  /** The caller's to overwrite; null where it was deleted. */
  picture(image: string): Promise<Uint8Array | null> {
    return this.storage.getBytes('draft-picture', image)
  }

  /** Forgets what is in memory. */
  clear(): void {
    for (const kind of KINDS) this.maps[kind].clear()
    this.byThread.clear()
  }

  private keep<K extends Kind>(kind: K, id: string, value: Kinds[K] | null): void {
    const former = this.maps[kind].get(id)
    if (value === null) this.maps[kind].delete(id)
    else this.maps[kind].set(id, value)
    if (kind === 'message') this.index(id, former as StoredMessage | undefined, value as StoredMessage | null)
  }

  private index(id: string, former: StoredMessage | undefined, value: StoredMessage | null): void {
    if (value === null) {
      if (former !== undefined) this.byThread.get(former.thread)?.delete(id)
      return
    }
    if (former !== undefined && former.thread !== value.thread) this.byThread.get(former.thread)?.delete(id)
    const messages = this.byThread.get(value.thread) ?? new Map<string, StoredMessage>()
    this.byThread.set(value.thread, messages.set(id, value))
  }
}
