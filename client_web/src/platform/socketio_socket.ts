import { io } from 'socket.io-client'
import type { Socket } from '../session/platform'

/** `/socket` by websocket alone; when to connect again is the session's to decide. `extraHeaders`: outside browsers, the cookie. */
export function socketTo(origin: string, extraHeaders: Record<string, string> = {}): Socket {
  const socket = io(origin, { extraHeaders, forceNew: true, path: '/socket', transports: ['websocket'], reconnection: false, autoConnect: false, withCredentials: true })
  return {
    get connected() { return socket.connected },
    on: (event, listener) => { socket.on(event, listener) },
    request: (event, body, timeout) => socket.timeout(timeout).emitWithAck(event, body),
    connect: () => { socket.connect() },
    close: () => { socket.disconnect() },
  }
}
