import type { ImageView } from '../../session/session'
import type { LiveSession } from '../live_session.svelte'
import { joined } from '../words'

/** Whom in the thread the consent does not cover, as it is decided now, for the reason that closed the image: a tombstone names nobody. Empty where nobody is in its way any more. */
export function namesAgainst(session: Pick<LiveSession, 'verdicts' | 'person'>, image: ImageView, thread: string): string {
  if (image.state === 'live') return ''
  const [verdict] = session.verdicts(image.consent, { ...image, onward: image.origin !== null }, [thread])
  const people = (verdict?.reasons ?? []).flatMap(({ code, who }) => (code === image.closedCode && who !== null ? [who] : []))
  return joined(people.map((one) => session.person(one)?.name ?? 'a person this device does not know'))
}
