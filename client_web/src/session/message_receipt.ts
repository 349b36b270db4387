/** Another member's message: opened, verified, and turned into what is to be written (SPEC S6.5). */
import { fromBase64url } from '../protocol/encoding'
import { ProtocolError } from '../protocol/failures'
import type { Content } from '../protocol/types'
import { unlessGone } from './annotations'
import { readContent, type Received, type Sender } from './content'
import type { DeviceContext } from './device_context'
import type { MessageEntry } from './entries'
import { amongMembers } from './history_readers'
import { receiveHistory } from './history_receipt'
import { toldHead } from './log_heads'
import { roster, type GroupState } from './group_crypto'
import { fullRecordId, type Edit, type StoredMessage, type Thread } from './records'
import { proof, storedBody } from './stored_message'

/** `group`: the state after this message. `code`: why its body is not shown, or null. */
interface Opened { group: GroupState; spend(): void; received: Received | null; code: string | null }
export interface Receipt { edits: Edit[]; spend(): void; content: Content | null; code: string | null }

/** Edits for the message, the thread's state and head, and whatever the message carries; nothing is written yet. */
export async function receiveMessage(context: DeviceContext, thread: Thread, group: GroupState, entry: MessageEntry): Promise<Receipt> {
  const opened = await open(context, thread, group, entry)
  const next: Thread = { ...thread, group: opened.group, head: entry.seq }
  const { received, code, spend } = opened
  if (received === null) return { edits: [{ kind: 'thread', put: next }, unverifiable(context, entry, code ?? 'cannot_open')], spend, content: null, code }
  const edits: Edit[] = [
    { kind: 'thread', put: withContent(next, received.content) },
    { kind: 'message', put: amongMembers(context, opened.group, unlessGone(context, storedMessage(entry, received))) },
    ...received.disclosures.map((disclosure): Edit => ({ kind: 'disclosure', put: disclosure })),
    ...consentText(context, received.content), ...toldHead(context.records, received.content),
  ]
  const shared = await receiveHistory(context, thread, entry, received.content)
  return { edits: [...edits, ...shared.edits], spend, content: received.content, code: shared.code }
}

function senderOf(context: DeviceContext, group: GroupState, device: string): Sender {
  const member = roster(group).find((each) => each.device === device)
  const person = context.people.ownerOf(device)
  if (member === undefined || person === null) throw new ProtocolError('wrong_signer', 'framing', 'a sender who is not in the thread')
  return { device, person, key: member.key }
}

async function open(context: DeviceContext, thread: Thread, group: GroupState, entry: MessageEntry): Promise<Opened> {
  const crypto = await context.group(thread.suite)
  const message = await crypto.open(group, fromBase64url(entry.mls)).catch(() => null)
  if (message === null) return { group, spend: () => undefined, received: null, code: 'cannot_open' }
  const { next, spend } = message
  try {
    const seen = context.records.get('message', entry.message)
    // What was shared is by the sharer's choice; it must not stand in the way of what the log brings.
    if (seen !== null && seen.sharedBy === undefined) throw new ProtocolError('malformed', 'framing', 'a message id seen before')
    const sender = senderOf(context, group, entry.device)
    return { group: next, spend, received: readContent(entry, sender, message.plaintext, message.authenticatedData, thread.purpose), code: null }
  } catch (error) {
    return { group: next, spend, received: null, code: error instanceof ProtocolError ? error.code : 'malformed' }
  }
}

function storedMessage(entry: MessageEntry, { content, signed }: Received): StoredMessage {
  const { message, thread, seq, at, device } = entry
  return { message, thread, seq, at, device, person: content.person, state: 'sent', error: null, body: storedBody(content.body), ...proof(content.body, signed) }
}

function unverifiable(context: DeviceContext, entry: MessageEntry, code: string): Edit {
  const { thread, seq, at, device } = entry
  const person = context.people.ownerOf(device) ?? ''
  return { kind: 'message', put: { message: `${thread}:${seq}`, thread, seq, at, device, person, state: 'unverifiable', error: null, body: { kind: 'unverifiable', code } } }
}

/** A title replaces the former; a consent of which a record came is one of the thread's. */
export function withContent(thread: Thread, { body }: Pick<Content, 'body'>): Thread {
  if (body.kind === 'title') return { ...thread, title: body.title }
  if (body.kind === 'consent-record' && !thread.consents.includes(body.consent)) return { ...thread, consents: [...thread.consents, body.consent] }
  return thread
}

/** Keeps a full record, the first that a thread brings of a version; whether it is the one that was committed to is checked when it is shown (S5.2). */
export function consentText({ records }: Pick<DeviceContext, 'records'>, { thread, body }: Pick<Content, 'thread' | 'body'>): Edit[] {
  if (body.kind !== 'consent-record') return []
  const { consent, version, record } = body
  const full = { consent, version, thread, record }
  return records.get('consent-record', fullRecordId(full)) === null ? [{ kind: 'consent-record', put: full }] : []
}
