/** What a screen is told when something cannot be done: a `Failure` that can be thrown (SPEC S8). */
import type { Reason } from '../protocol/types'
import { ProtocolError } from '../protocol/failures'
import type { Failure } from './session'

export class SessionFailure extends Error implements Failure {
  override readonly name = 'SessionFailure'

  constructor(readonly code: string, message: string, readonly remedy: string, readonly reasons: Reason[] = []) {
    super(message)
  }
}

/** Nothing came back from the server; whether it acted is unknown. */
export function unreachable(): SessionFailure {
  return new SessionFailure('unreachable', 'The server cannot be reached.', 'try_again')
}

export function locked(): SessionFailure {
  return new SessionFailure('locked', 'This device is locked.', 'unlock')
}

/** The failure as plain data. What is not ours to explain says only that it happened: a foreign message may quote content. */
export function toFailure(error: unknown): Failure {
  if (error instanceof SessionFailure) return { code: error.code, message: error.message, remedy: error.remedy, reasons: error.reasons }
  if (error instanceof ProtocolError) return { code: error.code, message: error.message, remedy: error.remedy, reasons: [] }
  return { code: 'internal', message: 'Something went wrong on this device.', remedy: 'try_again', reasons: [] }
}
