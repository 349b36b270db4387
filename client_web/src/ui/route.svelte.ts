/**
 * Where the reader is, kept in the address's fragment so that Back works: `#/threads`, `#/reviews`, `#/administration`, `#/devices`, `#/add-device`, `#/passkeys`, `#/thread/<id>`, `#/thread/<id>/<panel>/<about>`.
 * Only identifiers without meaning stand there (S1.3).
 */
export interface Route { page: 'threads' | 'new' | 'settings' | 'devices' | 'add-device' | 'passkeys' | 'reviews' | 'administration' | 'invitation' | 'device' | 'thread'; thread: string; panel: string; about: string; fragment: string }

const start: Route = { page: 'threads', thread: '', panel: '', about: '', fragment: '' }

export function parseRoute(hash: string): Route {
  const [page = '', first = '', panel = '', about = ''] = hash.replace(/^#\/?/, '').split('/')
  if (page === 'new' || page === 'settings' || page === 'devices' || page === 'add-device' || page === 'passkeys' || page === 'reviews' || page === 'administration') return { ...start, page }
  if ((page === 'invitation' || page === 'device') && first !== '') return { ...start, page, fragment: first }
  if (page === 'thread' && first !== '') return { ...start, page, thread: first, panel, about }
  return start
}

let current = $state(parseRoute(location.hash))
/** How many entries of this page's history are ours: Back is safe only while there are some. */
let depth = 0
/** Entries that we made say so; one without was typed into the address bar. */
const depthHere = (): number | null => (typeof history.state?.depth === 'number' ? history.state.depth : null)
if (depthHere() === null) history.replaceState({ depth }, '')

/** What stands here unsent, and asks before it is left; the newest last. */
let holds: (() => void)[] = []
/** A step back of our own, after whatever was to be asked. */
let leaving = false

function follow() {
  depth = depthHere() ?? 0
  current = parseRoute(location.hash)
}
/** The browser has gone already when it tells: where something would be lost it is brought back to the very entry, and asked about. */
function moved() {
  const hold = leaving ? undefined : holds.at(-1)
  leaving = false
  const there = depthHere()
  if (hold === undefined || there === depth) return follow()
  history.go(there === null ? -1 : depth - there)
  hold()
}
const unloading = (event: BeforeUnloadEvent) => { if (holds.length > 0) event.preventDefault() }
follow()
window.addEventListener('popstate', moved)
window.addEventListener('beforeunload', unloading)

/** While something unsent stands here, Back and its gesture `ask` in place of leaving, and closing the page asks in the browser's own words. The answer ends that. */
export function holdBack(ask: () => void): () => void {
  holds = [...holds, ask]
  return () => { holds = holds.filter((one) => one !== ask) }
}

export const route = () => current

export function go(hash: string) {
  if (location.hash === hash) return
  history.pushState({ depth: depth + 1 }, '', hash)
  follow()
}

/** Shows another place without a step in the history: for what Back must not return to. */
export function replace(hash: string) {
  history.replaceState({ depth }, '', hash)
  follow()
}

/** Leaves a panel or page: one step back if we came from inside, else to `fallback`. */
export function leave(fallback: string) {
  if (depth === 0) return replace(fallback)
  leaving = true
  history.back()
}

export const threadPath = (thread: string, panel = '', about = '') => ['#/thread', thread, panel, about].filter((part) => part !== '').join('/')
