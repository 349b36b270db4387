/** What a message leaves in its thread's row. */
import { toBase64url } from '../protocol/encoding'
import { statementHash, type Envelope } from '../protocol/statements'
import type { ContentBody, HistoryItem } from '../protocol/types'
import type { DeviceContext } from './device_context'
import type { Disclosure, Edit, StoredBody, StoredMessage } from './records'

export function storedBody(body: ContentBody): StoredBody {
  switch (body.kind) {
    case 'text': case 'title': case 'annotation': case 'leaving': return body
    case 'images': return { kind: 'images', caption: body.caption, disclosures: body.images.map(({ disclosure }) => disclosure) }
    case 'consent-record': return { kind: 'consent-record', consent: body.consent, version: body.version }
    case 'history': return { kind: 'history', to: body.to, ...counts(body.items) }
  }
}

/** Pictures are counted without their previews: to people they are one. */
function counts(items: HistoryItem[]): { messages: number; images: number; withheld: number; since: number } {
  const shared = items.flatMap((item) => (item.kind === 'message' ? [item] : []))
  const pictures = shared.flatMap(({ statements }) => statements).filter(({ statement }) => statement.preview_of === null)
  const since = items.reduce((first, { at }) => Math.min(first, at), Infinity)
  return { messages: shared.length, images: pictures.length, withheld: items.length - shared.length, since }
}

/** By which it can be shown whose it is: to a medical record (S12.4), and to who joins later (S6.8). What leads to images is kept apart: it goes when they do. */
export function proof(body: ContentBody, signed: Envelope): Pick<StoredMessage, 'signed' | 'signedImages'> {
  if (body.kind === 'images') return { signedImages: signed }
  return body.kind === 'text' || body.kind === 'annotation' ? { signed } : {}
}

/** With the client half of an image that was destroyed, the signed content that holds it is forgotten (S6.8). */
export function withoutSignedImages({ records }: Pick<DeviceContext, 'records'>, { message }: Pick<Disclosure, 'message'>): Edit[] {
  const stored = records.get('message', message)
  if (stored?.signedImages === undefined) return []
  const { signedImages: _, ...without } = stored
  return [{ kind: 'message', put: without }]
}

/** Of what these edits forget the hash stays: who is in the thread again may be shared that very content, and no other (S6.9). */
export function recallable({ records }: Pick<DeviceContext, 'records'>, edits: Edit[]): Edit[] {
  return edits.map((edit) => {
    const held = edit.kind === 'message' && 'put' in edit ? records.get('message', edit.put.message) : null
    const signed = held?.signed ?? held?.signedImages
    return edit.kind !== 'message' || !('put' in edit) || signed === undefined ? edit : { kind: 'message', put: { ...edit.put, forgotten: toBase64url(statementHash(signed)) } }
  })
}
