/** The browser's push subscription, and the one worker that it wakes (W3C Push API; SPEC S14). */
import { toBase64url } from '../protocol/encoding'
import type { PushChannel } from '../session/platform'

const SCRIPT = '/notifier.js'
const IN_FRONT = 'inscope in front'

interface ScriptPolicies { createPolicy(name: string, rules: { createScriptURL(input: string): string }): { createScriptURL(input: string): string } }
const policies = (globalThis as { trustedTypes?: ScriptPolicies }).trustedTypes
/** This one address alone gets through (Trusted Types). Named in the server's Content-Security-Policy. */
let address: string | undefined
const notifier = () => (address ??= policies?.createPolicy('notifier', { createScriptURL: () => SCRIPT }).createScriptURL(SCRIPT) ?? SCRIPT)

/** Null where this browser has no push: on an iPhone, outside an application on its Home Screen. */
export function pushChannel(): PushChannel | null {
  if (!('serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis)) return null
  return {
    get permission() { return Notification.permission === 'default' ? 'ask' : Notification.permission },
    async subscribe(key) {
      if (await Notification.requestPermission() !== 'granted') return null
      await navigator.serviceWorker.register(notifier())
      const { pushManager } = await navigator.serviceWorker.ready
      const there = await pushManager.getSubscription()
      const current = there !== null && isOf(there, key) ? there : null
      if (current === null) await there?.unsubscribe()
      return (current ?? await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })).endpoint
    },
    async unsubscribe() {
      const registration = await navigator.serviceWorker.getRegistration()
      await (await registration?.pushManager.getSubscription())?.unsubscribe()
      await registration?.unregister()
    },
  }
}

/** A server that has another key by now could not push by an older subscription. */
function isOf({ options: { applicationServerKey } }: PushSubscription, key: string): boolean {
  if (applicationServerKey === null) return false
  return toBase64url(new Uint8Array(applicationServerKey)) === key
}

/** While its page is unlocked and in front: nobody needs telling, and what was told is seen. The answer ends that. */
export function staysInFront(): () => void {
  let leave: (() => void) | null = null
  const look = () => {
    leave?.()
    leave = document.visibilityState === 'visible' ? hold() : null
    if (leave !== null) void seen()
  }
  document.addEventListener('visibilitychange', look)
  look()
  return () => { document.removeEventListener('visibilitychange', look); leave?.() }
}

function hold(): () => void {
  const ends = new AbortController()
  let release: () => void = () => ends.abort()
  const held = navigator.locks.request(IN_FRONT, { mode: 'shared', signal: ends.signal }, () => new Promise<void>((done) => { release = done }))
  held.catch(() => undefined)
  return () => release()
}

async function seen(): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration()
  for (const told of await registration?.getNotifications({ tag: 'new' }) ?? []) told.close()
}
