/** Records as the screens see them. */
import { recorderOf, type Scope } from '../protocol/types'
import { amongMessages } from './among_messages'
import { changeOf, isUntold } from './consent_changes'
import type { DeviceContext } from './device_context'
import { peopleOf } from './gate'
import { epochOf } from './group_crypto'
import { isReader, peopleNamed } from './history_readers'
import { leaversOf } from './leavers'
import { outdatedMembers } from './outdated_members'
import { isPreview, previewOf } from './previews'
import type { Disclosure, ImageDraft, StoredMessage, Thread } from './records'
import type { ImageView, MessageView, ThreadView, Transfer } from './session'

export function imageView(context: DeviceContext, record: Disclosure): ImageView {
  const { statement, manifest, state, closedCode, filed } = record
  const { disclosure, image, consent, version, origin } = statement
  const underWay = context.records.get('filing', disclosure)
  return {
    filed: filed === undefined ? null : { organisationName: context.people.organisationName(filed.organisation), at: filed.at },
    filing: underWay === null ? null : { state: underWay.state, failure: underWay.failure },
    disclosure, ...image, consent, version, origin, state, closedCode, sealedSize: statement.sealed_size, preview: previewOf(context, record)?.disclosure ?? null,
    width: manifest?.width ?? 1, height: manifest?.height ?? 1, mediaType: manifest?.media_type ?? '',
    takenAt: manifest?.taken_at ?? null, bodySite: manifest?.body_site ?? null, laterality: manifest?.laterality ?? null, pixelSpacing: manifest?.pixel_spacing ?? null,
  }
}

/** Long enough for a version's message to follow it; what comes later tells somebody who was added of what stood before. */
const NEWS_MS = 10 * 60_000
const isNews = (scope: Scope, { person, at }: StoredMessage) => recorderOf(scope) === person && at - scope.recorded_at < NEWS_MS

/** Recorded before this device was in the thread: whoever tells of it tells what stood already. */
function isFromBefore({ records }: DeviceContext, { recorded_at: at }: Scope, { thread }: StoredMessage): boolean {
  const joined = records.get('thread', thread)?.joined
  const joining = joined === undefined ? null : records.get('message', `${thread}:${joined.seq}:joined`)
  return joining !== null && at < joining.at
}

function body(context: DeviceContext, message: StoredMessage): MessageView['body'] {
  const { body: stored } = message
  switch (stored.kind) {
    case 'images': {
      const images = stored.disclosures.flatMap((id) => context.records.get('disclosure', id) ?? [])
      return { kind: 'images', caption: stored.caption, images: images.filter((one) => !isPreview(one)).map((one) => imageView(context, one)) }
    }
    case 'history': return { ...stored, to: peopleNamed(context, stored.to).map((person) => context.people.view(person)), toMe: isReader(context.account, stored.to) }
    case 'joined': case 'left': case 'renewed': case 'another': case 'fewer': return { kind: stored.kind, people: stored.people.map((person) => context.people.view(person)) }
    case 'tombstone': return { kind: 'tombstone', disclosure: stored.disclosure, code: stored.code, state: stored.state, filed: stored.filed === undefined ? null : { organisationName: context.people.organisationName(stored.filed.organisation), at: stored.filed.at } }
    case 'annotation': {
      const drawnOn = context.records.get('disclosure', stored.disclosure)
      return { ...stored, image: drawnOn === null ? null : imageView(context, drawnOn) }
    }
    case 'consent-record': {
      const scope = context.records.get('consent', stored.consent)?.scopes[stored.version - 1]
      return { ...stored, change: scope === undefined ? null : changeOf(scope), handedOn: scope !== undefined && (!isNews(scope, message) || isFromBefore(context, scope, message)) }
    }
    default: return stored
  }
}

export function messageView(context: DeviceContext, stored: StoredMessage): MessageView {
  const { message, thread, seq, at, person, state, error, sharedBy } = stored
  const shared = sharedBy === undefined ? {} : { sharedBy: context.people.view(sharedBy) }
  return { ...shared, message, thread, seq, at, from: context.people.view(person), mine: person === context.account.person, state, error, body: body(context, stored) }
}

/** In place of the message that it becomes, until it is sent. */
function draftView(context: DeviceContext, draft: ImageDraft, transfer: Transfer | null): MessageView {
  const { message, thread, at, caption, consent, pictures, origin, endsAt, failure } = draft
  const stoppable = context.records.get('message', message) === null
  return {
    message, thread, seq: null, at, from: context.people.view(context.account.person), mine: true, state: failure === null ? 'sending' : 'failed', error: null,
    body: { kind: 'draft', caption, images: pictures, consent, endsAt, transfer, failure, stoppable, onward: origin !== null },
  }
}

/** The versions of a thread's consents of which no message tells, as entries of its log. */
function untold(context: DeviceContext, thread: Thread): MessageView[] {
  const scopes = thread.consents.flatMap((consent) => context.records.get('consent', consent)?.scopes ?? [])
  return scopes.filter(isUntold).map((scope) => {
    const { consent, version, recorded_at: at } = scope
    const person = recorderOf(scope) ?? ''
    return {
      message: `${consent}:${version}`, thread: thread.thread, seq: null, at, from: context.people.view(person), mine: person === context.account.person, state: 'sent', error: null,
      body: { kind: 'consent-record', consent, version, change: changeOf(scope), handedOn: false },
    }
  })
}

/** All that a thread's log shows: its messages in the order of the log, what is on its way, and between them, by their time, what no message tells. */
export function messageViews(context: DeviceContext, id: string, transferOf: (message: string) => Transfer | null): MessageView[] {
  const waiting = context.records.all('draft').filter((draft) => draft.thread === id)
  const said = context.records.messagesOf(id).filter(({ message }) => context.records.get('draft', message) === null)
  const views = inOrder([...said.map((message) => messageView(context, message)), ...waiting.map((draft) => draftView(context, draft, transferOf(draft.message)))])
  const thread = context.records.get('thread', id)
  return thread === null ? views : amongMessages(views, untold(context, thread))
}

/** In the order of the log; what is still on its way comes last, oldest first. */
export function inOrder<T extends { seq: number | null; at: number }>(messages: T[]): T[] {
  return messages.sort((a, b) => (a.seq ?? Infinity) - (b.seq ?? Infinity) || a.at - b.at)
}

const SAID = new Set<StoredMessage['body']['kind']>(['text', 'images', 'annotation', 'unverifiable'])

function lastText(messages: StoredMessage[]): string {
  for (const { body: stored } of [...messages].reverse()) {
    if (stored.kind === 'text') return stored.text
    if (stored.kind === 'images' && stored.caption !== '') return stored.caption
  }
  return ''
}

export function threadView(context: DeviceContext, thread: Thread): ThreadView {
  const { thread: id, kind, purpose, title, trouble, consents, group, readSeq, createdAt } = thread
  const messages = inOrder(context.records.messagesOf(id))
  const isSaid = ({ body }: StoredMessage) => SAID.has(body.kind) || (body.kind === 'history' && isReader(context.account, body.to))
  const spoken = messages.filter(isSaid)
  const unread = spoken.filter(({ seq, person }) => seq !== null && seq > readSeq && person !== context.account.person).length
  // What its person decided about their own devices is being carried out (own_devices.ts).
  const isPuttingRight = context.records.all('own-device-act').length > 0
  return {
    thread: id, kind, purpose, title, trouble, consents, unread, refusedDrafts: context.records.all('draft').filter((draft) => draft.thread === id && draft.failure !== null).length, people: peopleOf(context, thread).map((person) => context.people.view(person)),
    leaving: leaversOf(context, thread).includes(context.account.person),
    outdated: outdatedMembers(context, thread).filter(({ person }) => person !== context.account.person || !isPuttingRight).map(({ person, ended, fresh, reads }) => ({ person: context.people.view(person), ended: ended.length > 0, fresh: fresh.length > 0, reads })),
    epoch: group === null ? 0 : epochOf(group), lastAt: messages.reduce((latest, { at }) => Math.max(latest, at), createdAt), lastText: lastText(spoken),
  }
}
