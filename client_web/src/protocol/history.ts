/** One earlier message as it is shared with who joins later, verified as its author's own (SPEC S6.9). */
import { equalBytes, fromBase64url, fromJson, toBase64url, toJson } from './encoding'
import { ProtocolError } from './failures'
import { payloadType } from './labels'
import { sealedSize } from './sealing'
import { statementHash, verify, type Envelope } from './statements'
import type { DisclosureStatement, ImageManifest, SharedContent, SharedMessage, StatementName } from './types'

/** Whose device signed it, as the reader verified: `key` 32 bytes; `until`: when the device had ended, or will. */
export interface Author { device: string; person: string; key: Uint8Array; until: number }
/** Where the reader came in: all that is shared is from before this epoch and this number of the log. */
export interface Joined { thread: string; purpose: string; epoch: number; seq: number }
/** `statements`: of its images, in their order. */
export interface Shared { content: SharedContent; signed: Envelope; statements: { statement: DisclosureStatement; envelope: Envelope }[] }

/** Throws `malformed`, `wrong_signer`, `bad_signature` or `not_as_declared`: it is shown without its body. */
export function readShared(item: SharedMessage, author: Author, joined: Joined): Shared {
  const { content } = item
  const signed = envelopeOf('content', content, author.device, item.sig)
  verify(signed, 'content', content.device, author.key)
  must(content.person === author.person && content.at < author.until, 'wrong_signer')
  must(content.thread === joined.thread, 'malformed')
  must(content.epoch < joined.epoch && item.seq < joined.seq, 'malformed')
  return { content, signed, statements: readStatements(item, author, joined.purpose) }
}

function readStatements({ content, statements }: SharedMessage, author: Author, purpose: string): Shared['statements'] {
  const manifests = content.body.kind === 'images' ? content.body.images : []
  must(manifests.length === statements.length, 'not_as_declared')
  return manifests.map((manifest, i) => {
    const { statement, sig } = statements[i]!
    const envelope = envelopeOf('disclosure', statement, author.device, sig)
    verify(envelope, 'disclosure', author.device, author.key)
    must(equalBytes(statementHash(envelope), fromBase64url(manifest.statement_hash)), 'not_as_declared')
    must(isDeclared(statement, manifest, content, purpose), 'not_as_declared')
    return { statement, envelope }
  })
}

/** Whether a statement and a manifest speak of one disclosure, in this message by this author (S7.8). */
export function isDeclared(statement: DisclosureStatement, manifest: ImageManifest, content: Omit<SharedContent, 'body'>, purpose: string): boolean {
  const { message, thread, epoch, person, device } = content
  return statement.disclosure === manifest.disclosure && statement.blob === manifest.blob && statement.message === message
    && statement.thread === thread && statement.epoch === epoch && statement.person === person && statement.device === device
    && statement.purpose === purpose && statement.sealed_size === sealedSize(manifest.size)
}

/** What is shared of a signed statement: its payload, which has one spelling (S1.5), and its signature. */
export function partsOf({ payload, signatures }: Envelope): { payload: unknown; sig: string } {
  return { payload: fromJson(fromBase64url(payload)), sig: signatures[0]!.sig }
}

function envelopeOf(name: StatementName, payload: unknown, device: string, sig: string): Envelope {
  return { payload: toBase64url(toJson(payload)), payloadType: payloadType(name), signatures: [{ keyid: device, sig }] }
}

function must(holds: boolean, code: 'malformed' | 'wrong_signer' | 'not_as_declared'): asserts holds {
  if (!holds) throw new ProtocolError(code, 'framing', 'a shared message that is not its author’s own, or not of this thread')
}
