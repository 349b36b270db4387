import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { fromBase64url, toBase64url, toUtf8 } from '../../src/protocol/encoding'
import { payloadType } from '../../src/protocol/labels'
import { ready, sodium } from '../../src/protocol/sodium'
import { parseEnvelope, preAuthenticationEncoding, publicKeyOf, sign, statementHash, verify, type Envelope } from '../../src/protocol/statements'
import { checkPayload } from '../../src/protocol/types'
import { codeOf, mutated, resultOrRefusal } from './mutations'
import { aText, id } from './samples'

const SEED = new Uint8Array(32).fill(7)
const SIGNER = id('device')
let envelope: Envelope
let publicKey: Uint8Array
beforeAll(async () => {
  await ready()
  envelope = sign('content', aText('Fracture of the scaphoid?'), SIGNER, SEED)
  publicKey = publicKeyOf(SEED)
})

/** Signed as well as can be, over any bytes. */
function signedOver(payload: Uint8Array): Envelope {
  const { privateKey } = sodium().crypto_sign_seed_keypair(SEED)
  const sig = sodium().crypto_sign_detached(preAuthenticationEncoding(payloadType('content'), payload), privateKey)
  return { payload: toBase64url(payload), payloadType: payloadType('content'), signatures: [{ keyid: SIGNER, sig: toBase64url(sig) }] }
}

const verdict = (value: unknown) => codeOf(() => verify(value, 'content', SIGNER, publicKey))

test('what is signed is read back', () => {
  expect(verify(envelope, 'content', SIGNER, publicKey)).toEqual(aText('Fracture of the scaphoid?'))
})

test('nothing is signed that no reader would take', () => {
  const tooLong = { ...aText(''), body: { kind: 'text' as const, text: 'x'.repeat(16_385) } }
  expect(codeOf(() => sign('content', tooLong, SIGNER, SEED))).toBe('malformed')
  expect(codeOf(() => sign('content', { ...aText(''), at: 1.5 }, SIGNER, SEED))).toBe('malformed')
})

test('each check has its code', () => {
  const [signature] = envelope.signatures
  expect(verdict({ ...envelope, extra: 1 })).toBe('malformed')
  expect(verdict({ ...envelope, signatures: [] })).toBe('malformed')
  expect(verdict({ ...envelope, signatures: [signature, { ...signature, keyid: id('device', 2) }] })).toBe('malformed')
  expect(verdict({ ...envelope, payload: `${envelope.payload}=` })).toBe('malformed')
  expect(verdict({ ...envelope, payloadType: payloadType('consent') })).toBe('wrong_type')
  expect(verdict({ ...envelope, signatures: [{ ...signature, keyid: id('device', 2) }] })).toBe('wrong_signer')
  expect(codeOf(() => verify(envelope, 'content', SIGNER, publicKeyOf(new Uint8Array(32))))).toBe('bad_signature')
  expect(codeOf(() => verify(envelope, 'content', SIGNER, new Uint8Array(31)))).toBe('bad_signature')
  expect(verdict(signedOver(toUtf8('{"a": 1}')))).toBe('not_canonical')
  expect(verdict(signedOver(toUtf8('{"a":1}')))).toBe('malformed')
})

test('the checks come in the order of S3.4', () => {
  const wrongInAll = { ...signedOver(toUtf8(' ')), payloadType: 'x', signatures: [{ keyid: 'y', sig: toBase64url(new Uint8Array(64)) }] }
  expect(verdict({ ...wrongInAll, payload: '=' })).toBe('malformed')
  expect(verdict(wrongInAll)).toBe('wrong_type')
  expect(verdict({ ...wrongInAll, payloadType: payloadType('content') })).toBe('wrong_signer')
  expect(verdict({ ...wrongInAll, payloadType: payloadType('content'), signatures: [{ ...wrongInAll.signatures[0]!, keyid: SIGNER }] })).toBe('bad_signature')
})

test('a statement of one type is not one of another, though its payload fits', () => {
  expect(codeOf(() => verify(envelope, 'consent', SIGNER, publicKey))).toBe('wrong_type')
  const relabelled = { ...envelope, payloadType: payloadType('consent') }
  expect(codeOf(() => verify(relabelled, 'consent', SIGNER, publicKey))).toBe('bad_signature')
})

test('the hash is of what was signed, whatever the signature', () => {
  const other = { ...envelope, signatures: [{ keyid: 'other', sig: toBase64url(new Uint8Array(64)) }] }
  expect(statementHash(other)).toEqual(statementHash(envelope))
  expect(statementHash({ ...envelope, payloadType: payloadType('consent') })).not.toEqual(statementHash(envelope))
})

test('no changed byte of payload or signature passes', () => {
  const changed = (original: string) => mutated(fromBase64url(original)).map(toBase64url).filter((text) => text !== original)
  fc.assert(fc.property(fc.constant(null).chain(() => changed(envelope.payload)), (payload) => {
    expect(['bad_signature', 'malformed']).toContain(verdict({ ...envelope, payload }))
  }))
  fc.assert(fc.property(fc.constant(null).chain(() => changed(envelope.signatures[0]!.sig)), (sig) => {
    expect(['bad_signature', 'malformed']).toContain(verdict({ ...envelope, signatures: [{ keyid: SIGNER, sig }] }))
  }))
})

test('signed bytes that are not a statement are refused as a ProtocolError', () => {
  fc.assert(fc.property(fc.constant(null).chain(() => mutated(fromBase64url(envelope.payload))), (payload) => {
    const content = resultOrRefusal(() => verify(signedOver(payload), 'content', SIGNER, publicKey))
    if (content !== null) expect(checkPayload('content', content)).toEqual(content)
  }))
})

test('whatever is no envelope is refused', () => {
  fc.assert(fc.property(fc.anything(), (value) => {
    expect(resultOrRefusal(() => parseEnvelope(value))).toBe(null)
  }))
})
