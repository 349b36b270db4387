import { io } from 'socket.io-client'
import type { Socket } from '../session/platform'

/**
 * `/socket` by websocket alone; when to connect again is the session's to decide.
 * `headers`: outside browsers, the cookie and the origin. A browser sends its own, and Socket.IO's cookie jar would displace ours.
 */
export function socketTo(origin: string, headers?: Record<string, string>): Socket {
  const credentials = headers === undefined ? { withCredentials: true } : { extraHeaders: headers }
  const socket = io(origin, { path: '/socket', transports: ['websocket'], reconnection: false, autoConnect: false, forceNew: true, ...credentials })
  return {
    get connected() { return socket.connected },
    on: (event, listener) => { if (event === 'ping') socket.io.on(event, listener); else socket.on(event, listener) },
    request: (event, body, timeout) => socket.timeout(timeout).emitWithAck(event, body),
    connect: () => { socket.connect() },
    close: () => { socket.disconnect() },
  }
}
