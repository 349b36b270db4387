import { createContext } from 'svelte'
import type { Session, SessionEvents } from '../session/session'

type What = Parameters<SessionEvents['change']>[0]

/**
 * The session as Svelte sees it: reading through here is followed by a new look whenever the session reports a change.
 * Changes of one turn are shown together, so that a long catch-up draws once.
 */
export class LiveSession {
  #seen = $state<Record<What, number>>({ status: 0, line: 0, threads: 0, messages: 0, consents: 0, people: 0, log: 0, devices: 0 })
  #reported = new Set<What>()

  constructor(readonly core: Session) {
    core.on((what) => {
      if (this.#reported.size === 0) queueMicrotask(() => this.#show())
      this.#reported.add(what)
    })
  }

  #show() {
    for (const what of this.#reported) this.#seen[what] += 1
    this.#reported.clear()
  }

  #look(...whats: What[]) { for (const what of whats) void this.#seen[what] }

  get status() { this.#look('status'); return this.core.status }
  get line() { this.#look('line'); return this.core.line }
  get unconfirmed() { this.#look('status', 'line'); return this.core.unconfirmed }
  get joining() { this.#look('status'); return this.core.joining }
  get deviceOffer() { this.#look('status', 'devices'); return this.core.deviceOffer }
  deviceThreads(device: string) { this.#look('devices', 'threads'); return this.core.deviceThreads(device) }
  get me() { this.#look('status', 'people'); return this.core.me }
  get demo() { this.#look('status'); return this.core.demo === true }
  get policy() { this.#look('status'); return this.core.policy ?? null }
  get logAlarm() { this.#look('status', 'log'); return this.core.logAlarm }
  get logHead() { this.#look('status', 'log'); return this.core.logHead }
  get erasedBecause() { this.#look('status'); return this.core.erasedBecause }
  get isPrivacyOfficer() { this.#look('status', 'people'); return this.core.isPrivacyOfficer }
  get isAdministrator() { this.#look('status', 'people'); return this.core.isAdministrator }
  get organisations() { this.#look('status', 'people'); return this.core.organisations?.() ?? [] }
  get medicalRecord() { this.#look('status', 'people'); return this.core.medicalRecord }
  recordOffer(thread: string, disclosure: string) { this.#look('messages', 'consents', 'people'); return this.core.recordOffer(thread, disclosure) }
  historyOffer(...asked: Parameters<Session['historyOffer']>) { this.#look('messages', 'consents', 'people', 'threads'); return this.core.historyOffer(...asked) }
  threads() { this.#look('threads', 'messages', 'people'); return this.core.threads() }
  thread(id: string) { return this.threads().find((thread) => thread.thread === id) ?? null }
  messages(thread: string) { this.#look('messages', 'people'); return this.core.messages(thread) }
  annotations(thread: string, disclosure: string) { this.#look('messages', 'people'); return this.core.annotations(thread, disclosure) }
  consents() { this.#look('consents'); return this.core.consents() }
  question(request: string) { this.#look('consents'); return this.core.question(request) }
  consent(id: string) { return this.consents().find((consent) => consent.consent === id) ?? null }
  /** Asked again whenever a consent changed: the server says so when one is reviewed. */
  reviewsOf(consent: string) { this.#look('consents'); return this.core.reviewsOf(consent) }
  person(id: string) { this.#look('people'); return this.core.person(id) }
  verdicts(...asked: Parameters<Session['verdicts']>) { this.#look('consents', 'people', 'threads'); return this.core.verdicts(...asked) }
}

export const [useSession, provideSession] = createContext<LiveSession>()
