import { currentTime } from '../current_time.svelte'
import type { LiveSession } from '../live_session.svelte'
import { route } from '../route.svelte'

/** How many emergencies wait for this officer, and whether there are more than were counted. */
export interface WaitingReviews { readonly count: number; readonly more: boolean }

/** Asked again after each look at them, and every five minutes; 0 for who reviews none. Called while a component is made. */
export function waitingReviews(session: LiveSession): WaitingReviews {
  const time = currentTime()
  const period = $derived(Math.floor(time.now / 300_000))
  let waiting = $state.raw<WaitingReviews>({ count: 0, more: false })
  $effect(() => {
    void period
    if (!session.isPrivacyOfficer || session.line !== 'online' || route().page === 'reviews') return
    session.core.emergencies(null).then(({ emergencies, next }) => {
      waiting = {
        count: emergencies.filter(({ review, mine }) => review === null && !mine).length,
        more: next !== null && emergencies.every(({ review }) => review === null),
      }
    }, () => undefined)
  })
  return { get count() { return waiting.count }, get more() { return waiting.more } }
}
