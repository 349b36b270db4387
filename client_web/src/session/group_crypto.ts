/**
 * The one room in which ts-mls is used: a thread as an MLS group (SPEC S6.1 to S6.4, RFC 9420).
 *
 * States are values. A caller that stores the next state calls `spend()` afterwards, which zeroes the secrets that the step
 * consumed; a caller that could not store it throws the value away and reads the former one from storage again.
 */
import {
  contentTypes, createApplicationMessage, createCommit, createGroup, clientStateDecoder, clientStateEncoder, decode, defaultCredentialTypes,
  defaultKeyPackageEqualityConfig, defaultLifetimeConfig, defaultProposalTypes, encode, generateKeyPackageWithKey, getCiphersuiteImpl, isDefaultProposal,
  joinGroup, makeCustomExtension, makeKeyPackageRef, mlsMessageDecoder, mlsMessageEncoder, nodeTypes,
  privateKeyPackageDecoder, privateKeyPackageEncoder, processMessage, proposalOrRefTypes, protocolVersions, senderTypes, wireformats, zeroOutUint8Array,
  type CiphersuiteImpl, type CiphersuiteName, type ClientConfig, type ClientState, type Credential, type KeyPackage, type LeafNode, type MlsContext,
  type MlsMessage, type Proposal, type ProposalAdd, type ProposalRemove, type PublicMessage,
} from 'ts-mls'
import { equalBytes, fromUtf8, toBase64url, toJson, toUtf8 } from '../protocol/encoding'
import { sodium } from '../protocol/sodium'

export type GroupState = ClientState

export const SUITES: Record<number, CiphersuiteName> = {
  61454: 'MLS_256_XWING_CHACHA20POLY1305_SHA512_Ed25519',
  3: 'MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519',
}
const THREAD_EXTENSION = 0xf1c0
/** Key packages live this long before and after they are made, in seconds: a device's clock may be days off. */
const LIFETIME = { before: 7n * 86_400n, after: 60n * 86_400n }
/** Room in a padded message for the signature and the framing beside the plaintext. */
const FRAMING_BYTES = 96
const SMALLEST_BUCKET = 512

/** `secretKey` as libsodium has it: seed and public key, 64 bytes. */
export interface DeviceKey { device: string; publicKey: Uint8Array; secretKey: Uint8Array }
export interface ThreadContext { thread: string; kind: string; purpose: string }
export interface Member { device: string; leaf: number; key: Uint8Array }
/** Whether this key is certified for this device (S3.6). Must not depend on the time, or members would fork (DESIGN, Threads). */
export type CheckLeaf = (device: string, key: Uint8Array) => Promise<boolean>
/** `ref` names it in a welcome; `published` is an MLSMessage; `secret` is for sealed storage only. */
export interface NewKeyPackage { ref: string; published: Uint8Array; secret: Uint8Array }
export interface PreparedCommit { commit: Uint8Array; welcome: Uint8Array | null; next: GroupState }
export type AppliedCommit =
  | { kind: 'applied'; committer: string; added: Member[]; removed: Member[]; next: GroupState; spend(): void }
  | { kind: 'removed-self'; committer: string }
export interface SealedMessage { mls: Uint8Array; next: GroupState; spend(): void }
export interface OpenedMessage { plaintext: Uint8Array; authenticatedData: Uint8Array; next: GroupState; spend(): void }

/** A group message or commit that must not be applied. `message` says which rule, and carries nothing of the content. */
export class GroupError extends Error {
  override readonly name = 'GroupError'
}

function must(holds: unknown, rule: string): asserts holds {
  if (!holds) throw new GroupError(rule)
}

function spender(secrets: Uint8Array[]): () => void {
  return () => secrets.forEach(zeroOutUint8Array)
}

/** ts-mls would take WebCrypto's Ed25519; libsodium's is the one the statements use, takes the same key bytes and refuses small orders. */
async function suiteOf(number: number): Promise<CiphersuiteImpl> {
  const name = SUITES[number]
  must(name !== undefined, 'unknown cipher suite')
  const impl = await getCiphersuiteImpl(name)
  const signature: CiphersuiteImpl['signature'] = {
    sign: async (secretKey, message) => sodium().crypto_sign_detached(message, secretKey),
    verify: async (publicKey, message, sig) => sig.length === 64 && publicKey.length === 32 && sodium().crypto_sign_verify_detached(sig, message, publicKey),
    keygen: async () => {
      const pair = sodium().crypto_sign_keypair()
      return { publicKey: pair.publicKey, signKey: pair.privateKey }
    },
  }
  return { ...impl, signature }
}

function deviceOf(credential: Credential): string {
  must(credential.credentialType === defaultCredentialTypes.basic && 'identity' in credential, 'not a basic credential')
  return fromUtf8(credential.identity)
}

function decodeMessage(bytes: Uint8Array): MlsMessage {
  const message = decode(mlsMessageDecoder, bytes)
  must(message !== undefined && message.version === protocolVersions.mls10, 'not an MLS message')
  must(equalBytes(encode(mlsMessageEncoder, message), bytes), 'an MLS message with bytes left over')
  return message
}

function contextExtension({ thread, kind, purpose }: ThreadContext) {
  return makeCustomExtension({ extensionType: THREAD_EXTENSION, extensionData: toJson({ v: 1, thread, kind, purpose }) })
}

/** The devices at the leaves of the tree, by leaf. */
export function roster(state: GroupState): Member[] {
  return state.ratchetTree.flatMap((node, index) =>
    node?.nodeType === nodeTypes.leaf ? [{ device: deviceOf(node.leaf.credential), leaf: index / 2, key: node.leaf.signaturePublicKey }] : [])
}

export function epochOf(state: GroupState): number {
  return Number(state.groupContext.epoch)
}

export function encodeState(state: GroupState): Uint8Array {
  return encode(clientStateEncoder, state)
}

export function decodeState(bytes: Uint8Array): GroupState {
  const state = decode(clientStateDecoder, bytes)
  must(state !== undefined, 'not a group state')
  return state
}

/** The log is read in order, so keys of past epochs have no use: none are kept. */
function withoutPast(state: GroupState): GroupState {
  return { ...state, historicalReceiverData: new Map() }
}

/** Overwrites the secrets of an epoch that has ended: key schedule and message keys. The state must not be used again. */
export function forgetEpoch({ keySchedule, secretTree }: GroupState): void {
  const ratchets = Object.values(secretTree.leafNodes).flatMap(({ application, handshake }) => [application, handshake])
  const messageKeys = ratchets.flatMap(({ secret, unusedGenerations }) => [secret, ...Object.values(unusedGenerations)])
  spender([...Object.values(keySchedule), ...Object.values(secretTree.intermediateNodes), ...messageKeys])()
}

/** Powers of two from 512 bytes, so that a ciphertext's length tells little of a text's. */
function bucketFor(length: number): number {
  let bucket = SMALLEST_BUCKET
  while (bucket < length + FRAMING_BYTES) bucket *= 2
  return bucket
}

export class GroupCrypto {
  private constructor(
    readonly suite: number,
    private readonly cipherSuite: CiphersuiteImpl,
    private readonly owner: DeviceKey,
    private readonly checkLeaf: CheckLeaf,
  ) {}

  static async load(suite: number, owner: DeviceKey, checkLeaf: CheckLeaf): Promise<GroupCrypto> {
    return new GroupCrypto(suite, await suiteOf(suite), owner, checkLeaf)
  }

  private context(paddedLength = SMALLEST_BUCKET): MlsContext {
    const clientConfig: ClientConfig = {
      keyRetentionConfig: { retainKeysForGenerations: 16, retainKeysForEpochs: 1, maximumForwardRatchetSteps: 1000 },
      lifetimeConfig: defaultLifetimeConfig,
      keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
      paddingConfig: { kind: 'padUntilLength', padUntilLength: paddedLength },
    }
    const validateCredential = async (credential: Credential, key: Uint8Array) => this.checkLeaf(deviceOf(credential), key)
    return { cipherSuite: this.cipherSuite, authService: { validateCredential }, clientConfig }
  }

  private async newPair(now: number) {
    const seconds = BigInt(Math.floor(now / 1000))
    return generateKeyPackageWithKey({
      credential: { credentialType: defaultCredentialTypes.basic, identity: toUtf8(this.owner.device) },
      capabilities: {
        versions: [protocolVersions.mls10], ciphersuites: [this.suite], extensions: [THREAD_EXTENSION], proposals: [], credentials: [defaultCredentialTypes.basic],
      },
      lifetime: { notBefore: seconds - LIFETIME.before, notAfter: seconds + LIFETIME.after },
      extensions: [],
      signatureKeyPair: { signKey: this.owner.secretKey, publicKey: this.owner.publicKey },
      cipherSuite: this.cipherSuite,
    })
  }

  async newKeyPackages(count: number, now: number): Promise<NewKeyPackage[]> {
    return Promise.all(Array.from({ length: count }, async () => {
      const { publicPackage, privatePackage } = await this.newPair(now)
      const message = { version: protocolVersions.mls10, wireformat: wireformats.mls_key_package, keyPackage: publicPackage } as const
      const ref = toBase64url(await makeKeyPackageRef(publicPackage, this.cipherSuite.hash))
      const published = encode(mlsMessageEncoder, message)
      return { ref, published, secret: encode(privateKeyPackageEncoder, privatePackage) }
    }))
  }

  /** Who a claimed key package would add. Throws for another suite, wire format or credential. */
  readKeyPackage(published: Uint8Array): { device: string; key: Uint8Array } {
    const leaf = this.decodeKeyPackage(published).leafNode
    return { device: deviceOf(leaf.credential), key: leaf.signaturePublicKey }
  }

  private decodeKeyPackage(published: Uint8Array): KeyPackage {
    const message = decodeMessage(published)
    must(message.wireformat === wireformats.mls_key_package && message.keyPackage.cipherSuite === this.suite, 'not a key package of this suite')
    return message.keyPackage
  }

  /** A group with only this device in it, at epoch 0 (S6.1, S6.2). */
  async create(context: ThreadContext, now: number): Promise<GroupState> {
    const { publicPackage, privatePackage } = await this.newPair(now)
    return createGroup({
      context: this.context(), groupId: toUtf8(context.thread), keyPackage: publicPackage, privateKeyPackage: privatePackage,
      extensions: [contextExtension(context)],
    })
  }

  /** A commit with inline adds (published key packages) and removes (leaf indices), always with an update path (S6.3). */
  async prepareCommit(state: GroupState, adds: Uint8Array[], removes: number[]): Promise<PreparedCommit> {
    const extraProposals: Proposal[] = [
      ...removes.map((removed): ProposalRemove => ({ proposalType: defaultProposalTypes.remove, remove: { removed } })),
      ...adds.map((published): ProposalAdd => ({ proposalType: defaultProposalTypes.add, add: { keyPackage: this.decodeKeyPackage(published) } })),
    ]
    const made = await createCommit({ context: this.context(), state, wireAsPublicMessage: true, ratchetTreeExtension: true, extraProposals })
    must('publicMessage' in made.commit && hasUpdatePath(made.commit.publicMessage), 'a commit without an update path')
    return {
      commit: encode(mlsMessageEncoder, made.commit), welcome: made.welcome === undefined ? null : encode(mlsMessageEncoder, made.welcome),
      next: withoutPast(made.newState),
    }
  }

  /** Another member's commit. Throws `GroupError` (or what ts-mls throws) when it must not be applied; nothing has changed then. */
  async applyCommit(state: GroupState, mls: Uint8Array): Promise<AppliedCommit> {
    const message = decodeMessage(mls)
    must(message.wireformat === wireformats.mls_public_message, 'a commit that is not a PublicMessage')
    const { committer, proposals } = readCommit(state, message.publicMessage)
    const removesSelf = proposals.some((proposal) => 'remove' in proposal && proposal.remove.removed === state.privatePath.leafIndex)
    let seen = false
    const result = await processMessage({
      context: this.context(), state, message,
      // Called when signature, membership tag and proposals have been checked. Whoever is removed has no key for the path beyond.
      callback: (incoming) => {
        seen = incoming.kind === 'commit'
        return seen && !removesSelf ? 'accept' : 'reject'
      },
    })
    must(seen && result.kind === 'newState', 'a commit that is no commit')
    if (removesSelf) return { kind: 'removed-self', committer: deviceOf(committer.credential) }
    must(result.actionTaken === 'accept', 'a refused commit')
    const [before, after] = [roster(state), roster(result.newState)]
    return {
      kind: 'applied', committer: deviceOf(committer.credential), added: without(after, before), removed: without(before, after),
      next: withoutPast(result.newState), spend: () => forgetEpoch(state),
    }
  }

  /** The references of the key packages for which a welcome has secrets. */
  readWelcome(welcome: Uint8Array): string[] {
    const message = decodeMessage(welcome)
    must(message.wireformat === wireformats.mls_welcome && message.welcome.cipherSuite === this.suite, 'not a welcome of this suite')
    return message.welcome.secrets.map((secret) => toBase64url(secret.newMember))
  }

  /** Joins by a welcome; a group whose extension is not the thread's as the server tells it is refused (S6.2). */
  async join(welcome: Uint8Array, keyPackage: { published: Uint8Array; secret: Uint8Array }, expected: ThreadContext): Promise<GroupState> {
    const message = decodeMessage(welcome)
    const privateKeys = decode(privateKeyPackageDecoder, keyPackage.secret)
    must(message.wireformat === wireformats.mls_welcome && privateKeys !== undefined, 'not a welcome')
    const state = await joinGroup({
      context: this.context(), welcome: message.welcome, keyPackage: this.decodeKeyPackage(keyPackage.published), privateKeys,
    })
    must(equalBytes(state.groupContext.groupId, toUtf8(expected.thread)), 'a group of another thread')
    const [extension, ...others] = state.groupContext.extensions
    const same = extension !== undefined && others.length === 0 && extension.extensionType === THREAD_EXTENSION
      && equalBytes(extension.extensionData as Uint8Array, contextExtension(expected).extensionData)
    must(same, 'a group whose kind or purpose is another')
    return state
  }

  async seal(state: GroupState, plaintext: Uint8Array, authenticatedData: Uint8Array): Promise<SealedMessage> {
    const context = this.context(bucketFor(plaintext.length))
    const made = await createApplicationMessage({ context, state, message: plaintext, authenticatedData })
    return { mls: encode(mlsMessageEncoder, made.message), next: made.newState, spend: spender(made.consumed) }
  }

  /** An application message of the current epoch. ts-mls does not tell the sender's leaf: the plaintext is signed by its author (S6.5). */
  async open(state: GroupState, mls: Uint8Array): Promise<OpenedMessage> {
    const message = decodeMessage(mls)
    must(message.wireformat === wireformats.mls_private_message, 'an application message that is not a PrivateMessage')
    const { privateMessage } = message
    must(privateMessage.contentType === contentTypes.application, 'not an application message')
    must(equalBytes(privateMessage.groupId, state.groupContext.groupId) && privateMessage.epoch === state.groupContext.epoch, 'a message of another epoch')
    const result = await processMessage({ context: this.context(), state, message, callback: () => 'reject' })
    must(result.kind === 'applicationMessage', 'not an application message')
    return { plaintext: result.message, authenticatedData: result.aad, next: result.newState, spend: spender(result.consumed) }
  }
}

function without(members: Member[], others: Member[]): Member[] {
  return members.filter(({ device, leaf }) => !others.some((other) => other.device === device && other.leaf === leaf))
}

function hasUpdatePath(message: PublicMessage): boolean {
  return message.content.contentType === contentTypes.commit && message.content.commit.path !== undefined
}

/** The framing rules of S6.3, before any cryptography. */
function readCommit(state: GroupState, { content }: PublicMessage): { committer: LeafNode; proposals: (ProposalAdd | ProposalRemove)[] } {
  must(content.contentType === contentTypes.commit, 'a handshake that is not a commit')
  must(content.sender.senderType === senderTypes.member, 'a commit from outside the group')
  must(equalBytes(content.groupId, state.groupContext.groupId) && content.epoch === state.groupContext.epoch, 'a commit of another epoch')
  must(content.authenticatedData.length === 0, 'a commit with authenticated data')
  const node = state.ratchetTree[content.sender.leafIndex * 2]
  must(node?.nodeType === nodeTypes.leaf, 'a commit from a blank leaf')
  const { path, proposals } = content.commit
  must(path !== undefined, 'a commit without an update path')
  must(equalBytes(path.leafNode.signaturePublicKey, node.leaf.signaturePublicKey), 'a commit that changes the committer\'s key')
  must(deviceOf(path.leafNode.credential) === deviceOf(node.leaf.credential), 'a commit that changes the committer')
  return { committer: node.leaf, proposals: proposals.map(inlineAddOrRemove) }
}

function inlineAddOrRemove(entry: { proposalOrRefType: number; proposal?: Proposal }): ProposalAdd | ProposalRemove {
  const { proposal } = entry
  must(entry.proposalOrRefType === proposalOrRefTypes.proposal && proposal !== undefined && isDefaultProposal(proposal), 'a proposal by reference')
  must(proposal.proposalType === defaultProposalTypes.add || proposal.proposalType === defaultProposalTypes.remove, 'a proposal other than add and remove')
  return proposal
}
