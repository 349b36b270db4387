/** Two threads in which earlier messages are shared: thread 11 with a newcomer, thread 12 with the one who looks. */
import type { HistoryOffer, ImageView, MessageView, PersonView } from '@client/session/session'
import { dis, people, thr } from './made_up_people'

const hour = 3_600_000
type Say = (n: number, from: PersonView, ago: number, body: MessageView['body'], more?: Partial<MessageView>) => MessageView

export function historyMessages(message: Say, image: (n: number, more?: Partial<ImageView>) => ImageView): MessageView[] {
  const knee = { bodySite: 'knee', laterality: 'left' } as const
  const elbow = { bodySite: 'elbow', laterality: 'right' } as const
  const sharedBy = people.lin
  return [
    message(61, people.me, 50 * hour, { kind: 'text', text: '19, twisted it at football. Locked at 20 degrees.' }, { thread: thr(11) }),
    message(62, people.me, 49 * hour, { kind: 'images', caption: 'Lateral view.', images: [image(31, { ...knee })] }, { thread: thr(11) }),
    message(63, people.lin, 48 * hour, { kind: 'images', caption: '', images: [image(32, { ...knee, kind: 'scan', state: 'destroyed', closedCode: 'taken_out' })] }, { thread: thr(11) }),
    message(64, people.lin, 47 * hour, { kind: 'text', text: 'Looks like a bucket handle. I will ask a colleague.' }, { thread: thr(11) }),
    message(65, people.me, 2 * hour, { kind: 'joined', people: [people.amara] }, { thread: thr(11) }),
    message(66, people.amara, hour, { kind: 'text', text: 'What did the first film show?' }, { thread: thr(11) }),
    message(71, people.jo, 30 * hour, { kind: 'text', text: 'Fell on the outstretched hand. Swollen, no open wound.' }, { thread: thr(12), sharedBy }),
    message(72, people.jo, 29 * hour, { kind: 'images', caption: 'AP and lateral.', images: [image(33, { ...elbow })] }, { thread: thr(12), sharedBy }),
    message(73, people.jo, 28 * hour, { kind: 'withheld', images: 1, code: 'consent_withdrawn' }, { thread: thr(12), sharedBy }),
    message(74, people.lin, 27 * hour, { kind: 'text', text: 'Radial head, I think. Who is on call for hands?' }, { thread: thr(12), sharedBy }),
    message(75, people.lin, hour, { kind: 'joined', people: [people.me] }, { thread: thr(12) }),
    message(76, people.lin, hour / 2, { kind: 'history', to: [people.me], toMe: true, messages: 3, images: 1, withheld: 1, since: Date.now() - 30 * hour }, { thread: thr(12) }),
    message(77, people.lin, hour / 3, { kind: 'unverifiable', code: 'bad_signature' }, { thread: thr(12), state: 'unverifiable' }),
  ]
}

/** As the session would find it: what was said before they joined, without what has ended. */
export function historyOffer(messages: MessageView[], ids: string[], since: number | null): HistoryOffer {
  const joining = messages.findIndex(({ body }) => body.kind === 'joined' && body.people.some(({ person }) => ids.includes(person)))
  const said = messages.slice(0, joining === -1 ? messages.length : joining).filter(({ at, body }) => at >= (since ?? 0) && (body.kind === 'text' || body.kind === 'images'))
  const images = (one: MessageView) => (one.body.kind === 'images' ? one.body.images : [])
  const ended = (one: MessageView) => images(one).find(({ state }) => state !== 'live')
  const kept = said.filter((one) => ended(one) !== undefined)
  const withheld = kept.map((one) => ({ message: one.message, from: one.from, at: one.at, images: images(one), code: ended(one)?.closedCode ?? 'disclosure_closed' }))
  const old = { message: dis(99), from: people.lin, at: 0, images: [], code: 'not_kept' }
  return { messages: said.length - kept.length, since: said[0]?.at ?? null, latest: said.at(-1)?.at ?? null, images: said.filter((one) => !kept.includes(one)).flatMap(images), withheld: since === null ? [...withheld, old] : withheld }
}
