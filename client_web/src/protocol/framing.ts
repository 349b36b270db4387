/**
 * What can be read of MLS messages without a key (SPEC S6; RFC 9420 section 6), strictly: of an application message the
 * open header; of a commit who made it, whom it adds and removes, and the path's leaf.
 */
import { concat, fromUtf8, toBase64url, uint32 } from './encoding'
import { ProtocolError, malformed } from './failures'
import { fromIdentifier } from './identifiers'
import {
  MLS_VERSION, SOURCE_COMMIT, acceptKeyPackage, acceptLeaf, readKeyPackage, readLeaf, verifyKeyPackage, verifyWithLabel,
  type KeyPackage, type WrittenKeyPackage, type WrittenLeaf,
} from './key_packages'
import { Reader, writeOpaque } from './tls_encoding'

const WIRE_PUBLIC_MESSAGE = 1
const WIRE_PRIVATE_MESSAGE = 2
const SENDER_MEMBER = 1
const SENDERS = [1, 2, 3, 4]
const CONTENT_COMMIT = 3
const CONTENTS = [1, 2, 3]
const INLINE = 1
const BY_REFERENCE = 2
const PROPOSAL_ADD = 1
const PROPOSAL_REMOVE = 3
const MOST_PROPOSALS = 400
const MOST_PATH_NODES = 32
const MOST_PATH_SECRETS = 400

/** The open header of a PrivateMessage. `contentType`: 1 application, 2 proposal, 3 commit. */
export interface PrivateMessage { groupId: string; epoch: number; contentType: number; authenticatedData: Uint8Array }

/** A commit of the kind S6.3 allows, made in `epoch` by the device at leaf `sender`. `path`: the committer's new leaf. */
export interface Commit {
  groupId: string; epoch: number; sender: number; adds: KeyPackage[]; removes: number[]; path: { signatureKey: Uint8Array; identity: string }
}

/** A commit as it is written, nothing judged yet but its kind. */
interface WrittenCommit {
  groupId: Uint8Array; epoch: bigint; sender: number; adds: WrittenKeyPackage[]; removes: number[]; path: WrittenLeaf
}

/** The header of an MLSMessage with a PrivateMessage, or `malformed`. */
export function parsePrivateMessage(bytes: Uint8Array): PrivateMessage {
  const reader = open(bytes, WIRE_PRIVATE_MESSAGE)
  const [groupId, epoch, contentType, authenticatedData] = [reader.opaque(), reader.uint64(), reader.uint8(), reader.opaque()]
  reader.opaque() // encrypted_sender_data
  reader.opaque() // ciphertext
  reader.end()
  if (!CONTENTS.includes(contentType)) throw malformed('not a known kind of content', 'framing')
  return { groupId: toThread(groupId), epoch: toEpoch(epoch), contentType, authenticatedData }
}

/**
 * A commit in an MLSMessage with a PublicMessage, the signatures of its new leaves verified. Throws `malformed`,
 * `commit_not_allowed` (S6.3) or `bad_signature`. The commit's own signature is for the group's crypto to check.
 */
export function parseCommit(bytes: Uint8Array): Commit {
  const written = readCommit(bytes)
  const commit = acceptCommit(written)
  const placed = concat(written.path.signed, writeOpaque(written.groupId), uint32(written.sender))
  verifyWithLabel(commit.path.signatureKey, 'LeafNodeTBS', placed, written.path.signature)
  written.adds.forEach(verifyKeyPackage)
  return commit
}

function readCommit(bytes: Uint8Array): WrittenCommit {
  const reader = open(bytes, WIRE_PUBLIC_MESSAGE)
  const [groupId, epoch] = [reader.opaque(), reader.uint64()]
  requireKind(reader.uint8(), SENDER_MEMBER, SENDERS)
  const sender = reader.uint32()
  if (reader.opaque().length > 0) throw notAllowed() // authenticated_data
  requireKind(reader.uint8(), CONTENT_COMMIT, CONTENTS)
  const proposals = reader.vector(readProposal, MOST_PROPOSALS)
  requireKind(reader.uint8(), 1, [0, 1]) // the update path is there
  const path = readPath(reader)
  for (let i = 0; i < 3; i++) reader.opaque() // signature, confirmation_tag, membership_tag
  reader.end()
  const adds = proposals.filter((proposal) => typeof proposal !== 'number')
  const removes = proposals.filter((proposal) => typeof proposal === 'number')
  return { groupId, epoch, sender, adds, removes, path }
}

function acceptCommit(written: WrittenCommit): Commit {
  const [groupId, epoch] = [toThread(written.groupId), toEpoch(written.epoch)]
  const adds = written.adds.map(acceptKeyPackage)
  const path = { signatureKey: written.path.signatureKey, identity: acceptLeaf(written.path, SOURCE_COMMIT) }
  const keys = new Set(adds.map(({ signatureKey }) => toBase64url(signatureKey)))
  const gone = new Set([written.sender, ...written.removes])
  if (keys.size !== adds.length || gone.size !== written.removes.length + 1) throw notAllowed()
  return { groupId, epoch, sender: written.sender, adds, removes: written.removes, path }
}

function readProposal(reader: Reader): WrittenKeyPackage | number {
  requireKind(reader.uint8(), INLINE, [INLINE, BY_REFERENCE])
  const kind = reader.uint16()
  if (kind === PROPOSAL_ADD) return readKeyPackage(reader)
  if (kind === PROPOSAL_REMOVE) return reader.uint32()
  throw notAllowed()
}

function readPath(reader: Reader): WrittenLeaf {
  const leaf = readLeaf(reader)
  reader.vector((node) => {
    node.opaque() // encryption_key
    node.vector((secret) => [secret.opaque(), secret.opaque()], MOST_PATH_SECRETS) // kem_output, ciphertext
  }, MOST_PATH_NODES)
  return leaf
}

function open(bytes: Uint8Array, wireFormat: number): Reader {
  const reader = new Reader(bytes)
  const [version, format] = [reader.uint16(), reader.uint16()]
  if (version !== MLS_VERSION || format !== wireFormat) throw malformed('another kind of MLS message', 'framing')
  return reader
}

function requireKind(value: number, wanted: number, known: number[]): void {
  if (!known.includes(value)) throw malformed('not a known kind', 'framing')
  if (value !== wanted) throw notAllowed()
}

function toThread(groupId: Uint8Array): string {
  const thread = fromUtf8(groupId)
  fromIdentifier('thread', thread)
  return thread
}

function toEpoch(epoch: bigint): number {
  if (epoch > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed('an epoch out of range', 'framing')
  return Number(epoch)
}

function notAllowed(): ProtocolError {
  return new ProtocolError('commit_not_allowed', 'framing')
}
