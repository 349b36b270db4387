/** The line to the server: one Socket.IO connection, opened again with backoff and jitter; whoever listens catches up at each opening. */
import type { OutboxItem } from './records'
import { SessionFailure, unreachable } from './failure'
import type { Socket } from './platform'
import type { Line as LineState } from './session'
import { failureOf } from './transport'

const FIRST_WAIT_MS = 500
const ACKNOWLEDGEMENT_MS = 10_000
/** The server is heard every four seconds (API.md, Socket.IO): after this long without, the line is dead, whatever the browser says. */
const SILENCE_MS = 10_000

export interface LineListeners {
  /** Before each opening: makes sure that there is a session cookie. Rejects when there can be none now. */
  prepare(): Promise<void>
  /** After each opening. */
  opened(): Promise<void>
  entry(entry: unknown): void
  welcome(): void
  changed(what: string, id: string | null): void
  /** Between two tries, in milliseconds. */
  longestWait(): number
  state(state: LineState): void
}

export class Line {
  private socket: Socket | null = null
  private timer: ReturnType<typeof setTimeout> | null = null
  private silence: ReturnType<typeof setTimeout> | null = null
  private failures = 0
  private attempts = 0
  private wanted = false
  private lose = () => {}
  current: LineState = 'offline'

  constructor(private readonly openSocket: () => Socket, private readonly listeners: LineListeners) {}

  /** Resolves after the first attempt, whether it succeeded or not; the line goes on trying. */
  async open(): Promise<void> {
    if (this.wanted) return
    this.wanted = true
    this.failures = 0
    await this.attempt()
  }

  close(): void {
    this.wanted = false
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    this.drop()
    this.become('offline')
  }

  /** The device's network came or went. What it says is a hint: without it, silence and the next attempt tell the same later. */
  network(online: boolean): void {
    if (!this.wanted) return
    if (!online) return this.lose()
    if (this.current === 'online') return
    this.failures = 0
    if (this.timer !== null) clearTimeout(this.timer)
    void this.attempt()
  }

  private heard(): void {
    if (this.silence !== null) clearTimeout(this.silence)
    this.silence = setTimeout(() => this.lose(), SILENCE_MS)
  }

  private drop(): void {
    const { socket } = this
    this.socket = null
    this.lose = () => {}
    if (this.silence !== null) clearTimeout(this.silence)
    this.silence = null
    socket?.close()
  }

  private become(state: LineState): void {
    if (this.current === state) return
    this.current = state
    this.listeners.state(state)
  }

  private async attempt(): Promise<void> {
    this.become('connecting')
    const attempt = ++this.attempts
    const isLatest = () => this.wanted && attempt === this.attempts
    try {
      await this.listeners.prepare()
      if (!isLatest()) return
      await this.connect()
      this.become('online')
      this.failures = 0
      await this.listeners.opened()
    } catch {
      if (isLatest() && this.current !== 'online') this.retryLater()
    }
  }

  private connect(): Promise<void> {
    this.drop()
    const socket = this.openSocket()
    this.socket = socket
    return new Promise((resolve, reject) => {
      const lost = () => {
        if (this.socket !== socket) return
        this.drop()
        reject(unreachable())
        if (this.wanted && this.current === 'online') this.retryLater()
      }
      this.lose = lost
      socket.on('connect', () => { this.heard(); resolve() })
      socket.on('ping', () => { if (this.socket === socket) this.heard() })
      socket.on('connect_error', lost)
      socket.on('disconnect', lost)
      this.listen(socket)
      socket.connect()
    })
  }

  private listen(socket: Socket): void {
    socket.on('entry', (entry) => this.listeners.entry(entry))
    socket.on('welcome', () => this.listeners.welcome())
    socket.on('changed', (news) => {
      const { what, id } = (news ?? {}) as { what?: unknown; id?: unknown }
      if (typeof what === 'string') this.listeners.changed(what, typeof id === 'string' ? id : null)
    })
    socket.on('goodbye', (news) => this.dismissed(socket, (news as { code?: unknown } | null)?.code))
  }

  /** The session or the attestation has ended, and which of them is found out at once: a device that was revoked erases itself (S4.6). */
  private dismissed(socket: Socket, code: unknown): void {
    if (this.socket !== socket || !this.wanted || (code !== 'not_signed_in' && code !== 'not_attested')) return
    this.drop()
    void this.attempt()
  }

  private retryLater(): void {
    this.become('offline')
    this.failures += 1
    const wait = Math.min(FIRST_WAIT_MS * 2 ** (this.failures - 1), this.listeners.longestWait())
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.attempt(), wait * (0.5 + Math.random() / 2))
  }

  /** Sends a message over the open socket; throws `unreachable` when there is none or no acknowledgement came. */
  async send({ thread, message, epoch, mls, disclosures }: OutboxItem): Promise<{ seq: number; at: number }> {
    if (this.socket === null || this.current !== 'online') throw unreachable()
    const acknowledgement = await this.socket.request('send', { thread, message, epoch, mls, disclosures }, ACKNOWLEDGEMENT_MS).catch(() => null)
    if (acknowledgement === null) throw unreachable()
    const { ok } = acknowledgement as { ok?: { seq: number; at: number } }
    if (ok === undefined) throw failureOf(acknowledgement) satisfies SessionFailure
    return ok
  }
}
