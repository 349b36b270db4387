import { io } from 'socket.io-client'
import type { Socket } from '../session/platform'

/** `/socket` by websocket alone; when to connect again is the session's to decide. */
export function socketTo(origin: string): Socket {
  const socket = io(origin, { path: '/socket', transports: ['websocket'], reconnection: false, autoConnect: false, withCredentials: true })
  return {
    get connected() { return socket.connected },
    on: (event, listener) => { socket.on(event, listener) },
    request: (event, body, timeout) => socket.timeout(timeout).emitWithAck(event, body),
    connect: () => { socket.connect() },
    close: () => { socket.disconnect() },
  }
}
