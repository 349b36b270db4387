/**
 * Where the reader is, kept in the address's fragment so that Back works: `#/threads`, `#/reviews`, `#/administration`, `#/devices`, `#/thread/<id>`, `#/thread/<id>/<panel>/<about>`.
 * Only identifiers without meaning stand there (S1.3).
 */
export interface Route { page: 'threads' | 'new' | 'settings' | 'devices' | 'reviews' | 'administration' | 'invitation' | 'thread'; thread: string; panel: string; about: string; fragment: string }

const start: Route = { page: 'threads', thread: '', panel: '', about: '', fragment: '' }

export function parseRoute(hash: string): Route {
  const [page = '', first = '', panel = '', about = ''] = hash.replace(/^#\/?/, '').split('/')
  if (page === 'new' || page === 'settings' || page === 'devices' || page === 'reviews' || page === 'administration') return { ...start, page }
  if (page === 'invitation' && first !== '') return { ...start, page, fragment: first }
  if (page === 'thread' && first !== '') return { ...start, page, thread: first, panel, about }
  return start
}

let current = $state(parseRoute(location.hash))
/** How many entries of this page's history are ours: Back is safe only while there are some. */
let depth = 0

function follow() {
  depth = typeof history.state?.depth === 'number' ? history.state.depth : 0
  current = parseRoute(location.hash)
}
window.addEventListener('popstate', follow)

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
  if (depth > 0) history.back()
  else replace(fallback)
}

export const threadPath = (thread: string, panel = '', about = '') => ['#/thread', thread, panel, about].filter((part) => part !== '').join('/')
