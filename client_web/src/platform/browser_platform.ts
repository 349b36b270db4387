import type { Platform } from '../session/platform'
import { httpAnswer } from './http_answer'
import { IndexedDbStorage } from './indexeddb_storage'
import { passkeyAuthenticator } from './passkey_authenticator'
import { previewOf } from './picture_preview'
import { pushChannel } from './push_channel'
import { socketTo } from './socketio_socket'

/** The session's surroundings in a browser tab. */
export async function browserPlatform(): Promise<Platform> {
  const { origin } = location
  return {
    storage: await IndexedDbStorage.open(),
    origin,
    async fetch(path, { method, headers, body, signal }) {
      const init: RequestInit = { ...(signal ? { signal } : {}), method, headers, credentials: 'same-origin', cache: 'no-store', redirect: 'error', referrerPolicy: 'no-referrer' }
      const answer = await fetch(new URL(path, origin), body ? { ...init, body: body as Uint8Array<ArrayBuffer> } : init)
      return httpAnswer(answer)
    },
    openSocket: () => socketTo(origin),
    onNetwork,
    now: () => Date.now(),
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    preview: previewOf,
    push: pushChannel(),
    authenticator: passkeyAuthenticator,
    holdLock,
  }
}

function onNetwork(listener: (online: boolean) => void): () => void {
  const told = (event: Event) => listener(event.type === 'online')
  addEventListener('online', told)
  addEventListener('offline', told)
  return () => { removeEventListener('online', told); removeEventListener('offline', told) }
}

/** One tab is active: two that send at once would use one MLS generation twice. */
function holdLock(): Promise<(() => void) | null> {
  return new Promise((resolve) => {
    void navigator.locks.request('inscope', { ifAvailable: true }, (lock) => {
      if (lock === null) { resolve(null); return }
      return new Promise<void>((release) => resolve(release))
    })
  })
}
