/** Runs the shared vectors (protocol/vectors/README.md) against this half of the protocol. Pure: also bundled for a browser page. */
import { annotationWords } from '../../src/protocol/annotations'
import { saysAsAnswered } from '../../src/protocol/answering'
import { buildAuthenticatedData, parseAuthenticatedData } from '../../src/protocol/authenticated_data'
import { deviceLinkCommitment, deviceLinkFragment, deviceLinkNumber, deviceLinkPin, deviceLinkProof, deviceLinkToken, deviceLinkTokenHash } from '../../src/protocol/device_link'
import { decide } from '../../src/protocol/decision'
import { concat, fromBase64url, fromJson, hash, mac, toBase64url } from '../../src/protocol/encoding'
import { invitationFragment, invitationProof, invitationToken, invitationTokenHash, keyFingerprint, parseFragment } from '../../src/protocol/enrolment'
import { ProtocolError, malformed } from '../../src/protocol/failures'
import { decideFiling, locationHash, type FilingQuestion } from '../../src/protocol/filing'
import { parseCommit, parsePrivateMessage } from '../../src/protocol/framing'
import { readShared, type Author, type Joined } from '../../src/protocol/history'
import { PREFIXES, fromIdentifier, toIdentifier, type IdentifierKind } from '../../src/protocol/identifiers'
import { parseKeyPackage, type KeyPackage } from '../../src/protocol/key_packages'
import * as labels from '../../src/protocol/labels'
import { allocate, leafCount } from '../../src/protocol/leaves'
import { narrows } from '../../src/protocol/narrowing'
import { leafHash, treeRoot, verifyConsistency, verifyInclusion } from '../../src/protocol/merkle'
import { joinPackage, sealPackage } from '../../src/protocol/package'
import { openSealed } from '../../src/protocol/opening'
import { openGreeting, patientSealKey, patientToken, patientTokenHash, sealGreeting } from '../../src/protocol/patient_link'
import { blobHash, bucketOf, imageKey, keyCommitment, pad, partHash, plaintextCommitment, sealedSize } from '../../src/protocol/sealing'
import { ready, sodium } from '../../src/protocol/sodium'
import { publicKeyOf, sign, statementHash, verify } from '../../src/protocol/statements'
import { decodePayload, type StatementName } from '../../src/protocol/types'

export interface VectorResult { name: string; ok: boolean; detail: string }
type Expectation = { ok: unknown } | { fail: string }
interface VectorCase { name: string; call: string; input: Input; expect: Expectation }
// What a vector holds is whatever the file says; each call below reads the fields that its row of the README names.
type Input = Record<string, any>
/** How a long string of bytes stands in a file: repeated, or as that of another case with some bytes changed. */
type LongForm = { repeat: string; times: number } | { like: string; length: number; edits: [number, string][] }

/** `files`: parsed JSON by path. One result for each case of each file, in order. */
export async function runVectors(files: Record<string, unknown>): Promise<VectorResult[]> {
  await ready()
  return Object.entries(files).flatMap(([path, cases]) => (cases as VectorCase[]).map((one) => runCase(path, one, cases as VectorCase[])))
}

function runCase(path: string, { name, call, input, expect }: VectorCase, cases: VectorCase[]): VectorResult {
  const outcome = outcomeOf(call, writtenOut(input, cases))
  const expected = 'ok' in expect && isLongForm(expect.ok) ? { ok: spellOut(expect.ok, '', cases) } : expect
  const ok = sameValue(outcome, expected)
  return { name: `${path}: ${name}`, ok, detail: ok ? '' : `expected ${excerpt(expected)}, got ${excerpt(outcome)}` }
}

function outcomeOf(call: string, input: Input): unknown {
  const run = calls[call]
  if (run === undefined) return { unknown_call: call }
  try {
    return { ok: run(input) }
  } catch (error) {
    return error instanceof ProtocolError ? { fail: error.code } : { crash: String(error) }
  }
}

const calls: Record<string, (input: Input) => unknown> = {
  label: ({ name }) => (labels as Record<string, unknown>)[name],
  decode_base64url: ({ text }) => toHex(fromBase64url(text)),
  hash: ({ label, fields }) => toBase64url(hash(label, ...fields.map(toBytes))),
  mac: ({ label, fields, key }) => toBase64url(mac(toBytes(key), label, ...fields.map(toBytes))),
  check_identifier: ({ prefix, text }) => {
    fromIdentifier(kindOf(prefix), text)
    return text
  },
  make_identifier: ({ prefix, random }) => toIdentifier(kindOf(prefix), toBytes(random)),
  parse_canonical: ({ bytes }) => fromJson(toBytes(bytes)),
  decode_payload: ({ name, bytes }) => decodePayload(name, toBytes(bytes)),
  sign: signAndVerify,
  verify: ({ envelope, name, signer, public_key }) => verify(envelope, name, signer, toBytes(public_key)),
  decide: ({ scope, policy, thread, recipients, image, now }) => ({ reasons: decide(scope, policy, thread, recipients, image, now).reasons }),
  decide_filing: (question) => ({ reasons: decideFiling(question as FilingQuestion).reasons }),
  join_package: ({ document, image }) => toBase64url(sodium().crypto_generichash(32, joinPackage(toBytes(document), toBytes(image)), null)),
  seal_package: ({ sealing_key, plain, ephemeral }) => toBase64url(sealPackage(toBytes(sealing_key), toBytes(plain), toBytes(ephemeral))),
  annotation_words: ({ marks, spacing }) => annotationWords(marks, spacing),
  read_shared: ({ item, author: { public_key, ...author }, joined }) => readShared(item, { ...author, key: toBytes(public_key) } as Author, joined as Joined).content,
  location_hash: ({ location }) => toBase64url(locationHash(location)),
  patient_link: ({ secret }) => {
    const bytes = fromBase64url(secret)
    const token = patientToken(bytes)
    return { token: toBase64url(token), token_hash: toBase64url(patientTokenHash(token)), seal_key: toBase64url(patientSealKey(bytes)) }
  },
  seal_greeting: ({ name, secret, nonce }) => toBase64url(sealGreeting(name, toBytes(secret), toBytes(nonce))),
  open_greeting: ({ sealed, secret }) => openGreeting(toBytes(sealed), toBytes(secret)),
  says_as_answered: ({ scope, answer, answer_hash }) => saysAsAnswered(scope, answer, answer_hash),
  narrows: ({ before, after }) => narrows(before, after),
  invitation: makeInvitation,
  device_link: makeDeviceLink,
  device_link_number: ({ opened, proof }) => deviceLinkNumber(toBytes(opened), toBytes(proof)),
  parse_fragment: ({ text }) => {
    const { secret, fingerprint } = parseFragment(text)
    return { secret: toBase64url(secret), fingerprint: toBase64url(fingerprint) }
  },
  image_key: ({ client_half, server_half, ...binding }) =>
    toBase64url(imageKey(toBytes(client_half), toBytes(server_half), { disclosure: binding['disclosure'], thread: binding['thread'], image: binding['image'] })),
  key_commitment: ({ image_key }) => toBase64url(keyCommitment(toBytes(image_key))),
  plaintext_commitment: ({ image_key, plaintext }) => toBase64url(plaintextCommitment(toBytes(image_key), toBytes(plaintext))),
  part_hash: ({ part }) => toBase64url(partHash(toBytes(part))),
  blob_hash: ({ part_hashes }) => toBase64url(blobHash(part_hashes.map(toBytes))),
  bucket: ({ size }) => bucketOf(size),
  sealed_size: ({ size }) => sealedSize(size),
  pad: ({ plaintext }) => toBase64url(sodium().crypto_generichash(32, pad(toBytes(plaintext)), null)),
  open_sealed: open,
  parse_private_message: ({ bytes }) => {
    const { groupId, epoch, contentType, authenticatedData } = parsePrivateMessage(toBytes(bytes))
    return { group_id: groupId, epoch, content_type: contentType, authenticated_data: toBase64url(authenticatedData) }
  },
  parse_commit: readCommit,
  parse_key_package: ({ bytes }) => {
    const keyPackage = parseKeyPackage(toBytes(bytes))
    return { ...shown(keyPackage), not_before: Number(keyPackage.notBefore), not_after: Number(keyPackage.notAfter) }
  },
  build_authenticated_data: ({ message, hashes }) => toBase64url(buildAuthenticatedData({ message, hashes: hashes.map(toBytes) })),
  parse_authenticated_data: ({ bytes }) => {
    const { message, hashes } = parseAuthenticatedData(toBytes(bytes))
    return { message, hashes: hashes.map(toBase64url) }
  },
  allocate: ({ occupied, removes, adds }) => {
    const leaves = allocate(new Map(occupied), removes, adds)
    return { occupied: [...leaves], leaves: leafCount(leaves) }
  },
  tree_root: ({ entries }) => toBase64url(treeRoot(entries.map((entry: string) => leafHash(toBytes(entry))))),
  verify_inclusion: ({ entry, index, size, proof, root }) => verifyInclusion(leafHash(toBytes(entry)), index, size, proof.map(toBytes), toBytes(root)),
  verify_consistency: ({ first, second, first_root, second_root, proof }) =>
    verifyConsistency({ size: first, root: toBytes(first_root) }, { size: second, root: toBytes(second_root) }, proof.map(toBytes)),
}

function signAndVerify({ name, payload, signer, seed }: Input): unknown {
  const envelope = sign(name as StatementName, payload, signer, toBytes(seed))
  const publicKey = publicKeyOf(toBytes(seed))
  if (!sameValue(verify(envelope, name, signer, publicKey), payload)) throw new Error('what was signed is not what is read')
  return { envelope, statement_hash: toBase64url(statementHash(envelope)), public_key: toBase64url(publicKey) }
}

function makeInvitation({ secret, organisation_key, identity_key, device_key, person, device }: Input): unknown {
  const token = invitationToken(toBytes(secret))
  const keys = { identityKey: toBytes(identity_key), deviceKey: toBytes(device_key), person, device }
  return {
    token: toBase64url(token),
    token_hash: toBase64url(invitationTokenHash(token)),
    proof: toBase64url(invitationProof(toBytes(secret), keys)),
    fingerprint: toBase64url(keyFingerprint(toBytes(organisation_key))),
    fragment: invitationFragment(toBytes(secret), toBytes(organisation_key)),
  }
}

function makeDeviceLink({ secret, organisation_key, identity_key, organisation, person, opened, device, device_key, label }: Input): unknown {
  const [drawn, identityKey, commitment] = [toBytes(secret), toBytes(identity_key), deviceLinkCommitment(toBytes(opened))]
  const pin = deviceLinkPin({ organisationKey: toBytes(organisation_key), identityKey, organisation, person, commitment })
  const proof = deviceLinkProof(drawn, identityKey, person, { device, deviceKey: toBytes(device_key), label })
  const token = deviceLinkToken(drawn)
  return {
    token: toBase64url(token), token_hash: toBase64url(deviceLinkTokenHash(token)), commitment: toBase64url(commitment), pin: toBase64url(pin),
    fragment: deviceLinkFragment(drawn, pin), proof: toBase64url(proof), number: deviceLinkNumber(toBytes(opened), proof),
  }
}

function open({ image_key, disclosure, size, key_commitment, plaintext_commitment, sealed }: Input): unknown {
  const sealing = { disclosure, size, keyCommitment: toBytes(key_commitment), plaintextCommitment: toBytes(plaintext_commitment) }
  return toBase64url(openSealed(toBytes(image_key), toBytes(sealed), sealing))
}

function readCommit({ bytes }: Input): unknown {
  const { groupId, epoch, sender, adds, removes, path } = parseCommit(toBytes(bytes))
  const pathLeaf = { signature_key: toBase64url(path.signatureKey), identity: path.identity }
  return { group_id: groupId, epoch, sender, adds: adds.map(shown), removes, path: pathLeaf }
}

function shown({ suite, signatureKey, identity, raw }: KeyPackage): object {
  return { suite, signature_key: toBase64url(signatureKey), identity, raw: toBase64url(raw) }
}

function kindOf(prefix: string): IdentifierKind {
  const kind = (Object.keys(PREFIXES) as IdentifierKind[]).find((each) => PREFIXES[each] === prefix)
  if (kind === undefined) throw malformed('an unknown prefix')
  return kind
}

function toBytes(spelled: string): Uint8Array {
  return fromBase64url(spelled)
}

/** The input with every long form written out. */
function writtenOut(input: Input, cases: VectorCase[]): Input {
  return Object.fromEntries(Object.entries(input).map(([field, value]) => [field, isLongForm(value) ? spellOut(value, field, cases) : value]))
}

function isLongForm(value: unknown): value is LongForm {
  return typeof value === 'object' && value !== null && ('repeat' in value || 'like' in value)
}

function spellOut(form: LongForm, field: string, cases: VectorCase[]): string {
  if ('repeat' in form) return toBase64url(concat(...Array.from({ length: form.times }, () => fromBase64url(form.repeat))))
  const original = cases.find(({ name }) => name === form.like)!.input[field]
  const bytes = new Uint8Array(form.length)
  bytes.set(fromBase64url(original).subarray(0, form.length))
  for (const [offset, edit] of form.edits) bytes.set(fromBase64url(edit), offset)
  return toBase64url(bytes)
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Whatever the order of keys. */
function sameValue(a: unknown, b: unknown): boolean {
  return sorted(a) === sorted(b)
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each) ? { sorted: Object.entries(each).sort(([x], [y]) => (x < y ? -1 : 1)) } : each)
}

function excerpt(value: unknown): string {
  return JSON.stringify(value).slice(0, 300)
}
