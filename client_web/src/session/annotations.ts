/** What is drawn on shared images, as messages of its own (SPEC S7.11). It goes when the image does. */
import type { Mark } from '../protocol/types'
import type { DeviceContext } from './device_context'
import type { Disclosures } from './disclosures'
import type { Outbox } from './outbox'
import type { Disclosure, Edit, StoredMessage } from './records'
import type { AnnotationView } from './session'
import { inOrder } from './views'

type Annotation = StoredMessage & { body: { kind: 'annotation'; disclosure: string; marks: Mark[] } }

const isAnnotation = (message: StoredMessage): message is Annotation => message.body.kind === 'annotation'

/** In the order of the log, what is still on its way last. From before this device joined in the order of time: of what was shared, that is its author's and signed, its place in the log just the sharer's word (S6.9). */
function annotationsOf({ records }: DeviceContext, thread: string, disclosure: string): Annotation[] {
  const joined = records.get('thread', thread)?.joined?.seq ?? 0
  const all = inOrder(records.messagesOf(thread).filter(isAnnotation).filter(({ body }) => body.disclosure === disclosure))
  const isBefore = ({ seq }: Annotation) => (seq ?? Infinity) < joined
  return [...all.filter(isBefore).sort((a, b) => a.at - b.at), ...all.filter((one) => !isBefore(one))]
}

/** Each person's newest, unless it is empty: that takes back what was drawn before. */
export function standing(context: DeviceContext, thread: string, disclosure: string): Annotation[] {
  const newest = new Map(annotationsOf(context, thread, disclosure).filter(({ state }) => state !== 'failed').map((one) => [one.person, one]))
  return [...newest.values()].filter(({ body }) => body.marks.length > 0)
}

/** Empty unless the image can be open in that thread. */
export function annotationViews(context: DeviceContext, thread: string, disclosure: string): AnnotationView[] {
  const drawnOn = context.records.get('disclosure', disclosure)
  if (drawnOn === null || drawnOn.thread !== thread || drawnOn.state !== 'live') return []
  return standing(context, thread, disclosure).map(({ message, person, at, body }) => (
    { message, person: context.people.view(person), mine: person === context.account.person, at, marks: body.marks }))
}

/** Throws what opening would: nobody draws on what they could not look at. */
export async function annotate(outbox: Outbox, disclosures: Disclosures, thread: string, disclosure: string, marks: Mark[]): Promise<void> {
  disclosures.requireOpen(thread, disclosure)
  await outbox.postBody(thread, { kind: 'annotation', disclosure, marks })
}

function emptied({ signed: _, forgotten: __, ...message }: Annotation): Annotation {
  return { ...message, body: { ...message.body, marks: [] } }
}

/** Marks on an image that is not in this thread, or is no longer shared, are not kept. */
export function unlessGone({ records }: DeviceContext, message: StoredMessage): StoredMessage {
  if (!isAnnotation(message)) return message
  const drawnOn = records.get('disclosure', message.body.disclosure)
  return drawnOn === null || drawnOn.thread !== message.thread || drawnOn.state === 'destroyed' ? emptied(message) : message
}

/** With the client half of an image that was destroyed, what was drawn on it is forgotten (S7.9). */
export function withoutMarks(context: DeviceContext, { thread, disclosure }: Pick<Disclosure, 'thread' | 'disclosure'>): Edit[] {
  return annotationsOf(context, thread, disclosure).map((message): Edit => ({ kind: 'message', put: emptied(message) }))
}
