/** Identifiers: a prefix that says of what, and 16 random bytes that say nothing (SPEC S1.3). */
import { fromBase64url, toBase64url } from './encoding'
import { malformed } from './failures'

export const PREFIXES = {
  person: 'per', device: 'dev', organisation: 'org', team: 'tea', thread: 'thr', message: 'msg',
  consent: 'con', subject: 'sub', image: 'img', disclosure: 'dis', blob: 'blb', authority: 'aut', request: 'req', log: 'log',
  gateway: 'gat', filing: 'fil',
} as const
export type IdentifierKind = keyof typeof PREFIXES

/** The identifier of 16 random bytes. */
export function toIdentifier(kind: IdentifierKind, random: Uint8Array): string {
  if (random.length !== 16) throw malformed('an identifier needs 16 bytes')
  return `${PREFIXES[kind]}_${toBase64url(random)}`
}

/** The 16 bytes of an identifier of this kind, or `malformed`. */
export function fromIdentifier(kind: IdentifierKind, identifier: string): Uint8Array {
  if (!identifier.startsWith(`${PREFIXES[kind]}_`) || identifier.length !== 26) throw malformed(`not a ${kind} identifier`)
  return fromBase64url(identifier.slice(4))
}

/** A role's code: lower case, at most 48 characters. */
export function isRole(text: string): boolean {
  return /^[a-z][a-z0-9-]{0,47}$/.test(text)
}
