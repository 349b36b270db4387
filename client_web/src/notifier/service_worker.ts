/**
 * `notifier.js`, the one service worker: it says that something is new, and does nothing else (SPEC S14.6). It answers no request of a page
 * and keeps nothing, so that no text and no picture is ever in its hands. It stands alone: what it imported would be a second file.
 */
interface Push extends Event { waitUntil(done: Promise<unknown>): void }
interface Pressed extends Push { notification: Notification }
interface Page { focus(): Promise<unknown> }
interface ServiceWorker {
  registration: { showNotification(title: string, options: NotificationOptions & { renotify?: boolean }): Promise<void> }
  clients: { matchAll(of: { type: 'window'; includeUncontrolled: boolean }): Promise<Page[]>; openWindow(address: string): Promise<unknown> }
  addEventListener(kind: 'push', listener: (event: Push) => void): void
  addEventListener(kind: 'notificationclick', listener: (event: Pressed) => void): void
}
const worker = self as unknown as ServiceWorker

/** Held by a page that is unlocked and in front (platform/push_channel.ts): whoever reads needs no telling. */
const IN_FRONT = 'inscope in front'

worker.addEventListener('push', (event) => event.waitUntil(tell()))
worker.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(open())
})

async function tell(): Promise<void> {
  const { held = [] } = await navigator.locks.query()
  if (held.some(({ name }) => name === IN_FRONT)) return
  await worker.registration.showNotification('InScope', { body: 'Something new. Open InScope to read it.', icon: '/icon.svg', tag: 'new', renotify: true })
}

async function open(): Promise<void> {
  const [page] = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true })
  await (page === undefined ? worker.clients.openWindow('/') : page.focus())
}
