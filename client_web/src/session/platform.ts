/** What the session core asks of its surroundings: a browser, Node, or a test. Nothing here knows which. */

export type Write = { put: string; value: Uint8Array } | { remove: string }

/** An async key-value store. Keys are opaque text and values are sealed bytes; see `sealed_storage.ts`. */
export interface Storage {
  get(key: string): Promise<Uint8Array | null>
  /** Every entry whose key begins with `prefix`, in no particular order. */
  list(prefix: string): Promise<[string, Uint8Array][]>
  /** All of the writes or, when it rejects, none of them. */
  transact(writes: Write[]): Promise<void>
  clear(): Promise<void>
}

export interface HttpAnswer {
  status: number
  /** Names in lower case. */
  headers?: Record<string, string>
  bytes(): Promise<Uint8Array>
  /** The body as it comes; where there is none, it comes all at once. */
  pieces?(): AsyncIterable<Uint8Array>
}

export interface HttpRequest {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  headers: Record<string, string>
  body?: Uint8Array
  /** Breaks it off. */
  signal?: AbortSignal
}

/** The part of a Socket.IO socket that the line uses. */
export interface Socket {
  readonly connected: boolean
  /** The events that the server sends, and `connect`, `connect_error`, `disconnect`, `ping` (the server was heard). */
  on(event: string, listener: (...args: unknown[]) => void): void
  /** Sends and waits for the acknowledgement; rejects after `timeout` milliseconds. */
  request(event: string, body: unknown, timeout: number): Promise<unknown>
  connect(): void
  close(): void
}

/** A small rendition of a picture (S7.1). */
export interface PicturePreview { bytes: Uint8Array; mediaType: 'image/jpeg'; width: number; height: number }

/** The browser's own way to tell its person that something is new while nobody looks (SPEC S14). */
export interface PushChannel {
  /** Whether its person lets it; `ask`: they were not asked yet. */
  readonly permission: 'granted' | 'denied' | 'ask'
  /** The address by which the server's push reaches this browser. `key`: the server's, base64url. Its person is asked first; null where they say no. Rejects where the browser gets no subscription. */
  subscribe(key: string): Promise<string | null>
  unsubscribe(): Promise<void>
}

/** What a passkey is called by, and how it is reached (WebAuthn's `transports`). */
export interface PasskeyHandle { credential: Uint8Array; transports: string[] }
/** `prf`: it has a pseudo-random function; `value`: that function at the salt, where it is told already when the passkey is made. */
export interface MadePasskey extends PasskeyHandle { prf: boolean; value: Uint8Array | null }

/** Whether passkeys can unlock here; `built-in`: by this device's own finger, face or PIN. */
export type PasskeySupport = 'none' | 'possible' | 'built-in'

/** What makes and asks passkeys (SPEC S2.2), always with user verification. It throws the `passkey_` failures alone. */
export interface Authenticator {
  support(): Promise<PasskeySupport>
  /** `name` is what the keeper of passkeys lists it by. None of the `present` ones is made again. */
  make(name: string, salt: Uint8Array, present: PasskeyHandle[]): Promise<MadePasskey>
  /** The function of whichever of these its person takes, at the salt; null where it has none. */
  evaluate(passkeys: PasskeyHandle[], salt: Uint8Array): Promise<{ credential: Uint8Array; value: Uint8Array | null }>
  /** Ends a ceremony that is under way, as if its person had cancelled it. */
  cancel(): void
  /** Tells the keeper of a passkey that it opens nothing any more, where keepers can be told. */
  disown(credential: Uint8Array): void
}

export interface Platform {
  storage: Storage
  /** The server's origin, as the statements of sign-in name it. */
  origin: string
  /** A call to `path` on the origin, with this device's session cookie and no other. Rejects when nothing was answered. */
  fetch(path: string, request: HttpRequest): Promise<HttpAnswer>
  /** A Socket.IO socket to `/socket`, websocket only, that does not reconnect by itself. Not yet connected. */
  openSocket(): Socket
  /** Calls the listener whenever the device finds or loses its network; the answer ends that. Where nobody tells, there is none. */
  onNetwork?(listener: (online: boolean) => void): () => void
  /** Milliseconds since 1970 by the device's clock, which may be wrong. */
  now(): number
  random(length: number): Uint8Array
  /** Of a picture's own pixels, at most 640 on the long side and 60 kB; null where that cannot be. Where nothing decodes pictures, there is none. */
  preview?(bytes: Uint8Array, mediaType: 'image/jpeg' | 'image/png' | 'image/webp'): Promise<PicturePreview | null>
  /** Null where this browser has none; where nobody looks at a screen, there is none either. */
  push?: PushChannel | null
  /** Where nothing knows passkeys, there is none. */
  authenticator?: Authenticator
  /** Resolves with a release function once this is the one active holder, or with null when there is another. */
  holdLock?(): Promise<(() => void) | null>
}
