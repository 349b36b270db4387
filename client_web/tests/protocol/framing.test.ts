/** Against messages that ts-mls makes, as the session sends them. */
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { fromUtf8, toUtf8 } from '../../src/protocol/encoding'
import { parseCommit, parsePrivateMessage } from '../../src/protocol/framing'
import { parseKeyPackage } from '../../src/protocol/key_packages'
import { ready, sodium } from '../../src/protocol/sodium'
import { GroupCrypto, type DeviceKey, type GroupState } from '../../src/session/group_crypto'
import { anyBytes, codeOf, mutated, resultOrRefusal } from './mutations'
import { id } from './samples'

const THREAD = { thread: id('thread'), kind: 'case', purpose: 'direct-care-advice' }

function deviceKey(number: number): DeviceKey {
  const { publicKey, privateKey } = sodium().crypto_sign_seed_keypair(new Uint8Array(32).fill(number))
  return { device: id('device', number), publicKey, secretKey: privateKey }
}

interface Sent { suite: number; keyPackages: Uint8Array[]; add: Uint8Array; swap: Uint8Array; message: Uint8Array }

/** One device makes a thread, adds two, then puts a fourth in the second's place, and writes. */
async function conversation(suite: number): Promise<Sent> {
  const [first, ...others] = await Promise.all([1, 2, 3, 4].map((n) => GroupCrypto.load(suite, deviceKey(n), async () => true)))
  const keyPackages = await Promise.all(others.map(async (one) => (await one.newKeyPackages(1, Date.now()))[0]!.published))
  const state: GroupState = await first!.create(THREAD, Date.now())
  const add = await first!.prepareCommit(state, keyPackages.slice(0, 2), [])
  const swap = await first!.prepareCommit(add.next, keyPackages.slice(2), [1])
  const { mls } = await first!.seal(swap.next, toUtf8('text'), toUtf8('authenticated'))
  return { suite, keyPackages, add: add.commit, swap: swap.commit, message: mls }
}

describe.each([3, 61_454])('suite %i', (suite) => {
  let sent: Sent
  beforeAll(async () => {
    await ready()
    sent = await conversation(suite)
  })

  test('a key package names its device', () => {
    const parsed = parseKeyPackage(sent.keyPackages[0]!)
    expect(parsed).toMatchObject({ suite, identity: id('device', 2), signatureKey: deviceKey(2).publicKey, raw: sent.keyPackages[0]!.slice(4) })
    expect(Number(parsed.notAfter) * 1000).toBeGreaterThan(Date.now())
  })

  test('a commit names its maker, whom it adds and whom it removes', () => {
    const path = { identity: id('device', 1), signatureKey: deviceKey(1).publicKey }
    const add = parseCommit(sent.add)
    expect(add).toMatchObject({ groupId: THREAD.thread, epoch: 0, sender: 0, removes: [], path })
    expect(add.adds.map(({ identity }) => identity)).toEqual([id('device', 2), id('device', 3)])
    const swap = parseCommit(sent.swap)
    expect(swap).toMatchObject({ epoch: 1, sender: 0, removes: [1], path })
    expect(swap.adds.map(({ identity }) => identity)).toEqual([id('device', 4)])
  })

  test('a message shows its header', () => {
    const { groupId, epoch, contentType, authenticatedData } = parsePrivateMessage(sent.message)
    expect({ groupId, epoch, contentType, text: fromUtf8(authenticatedData) }).toEqual({ groupId: THREAD.thread, epoch: 2, contentType: 1, text: 'authenticated' })
  })

  test('one kind of message is not taken for another', () => {
    expect(codeOf(() => parseCommit(sent.message))).toBe('malformed')
    expect(codeOf(() => parsePrivateMessage(sent.add))).toBe('malformed')
    expect(codeOf(() => parseKeyPackage(sent.add))).toBe('malformed')
  })

  test('a key package with any byte changed is refused: all of it is signed', () => {
    fc.assert(fc.property(fc.constant(null).chain(() => mutated(sent.keyPackages[0]!)), (bytes) => {
      if (Buffer.compare(bytes, sent.keyPackages[0]!) !== 0) expect(['malformed', 'bad_signature']).toContain(codeOf(() => parseKeyPackage(bytes)))
    }))
  })

  test('mutated messages are read or refused, and nothing else', () => {
    fc.assert(fc.property(fc.constant(null).chain(() => fc.oneof(mutated(sent.add), mutated(sent.swap), mutated(sent.message), anyBytes())), (bytes) => {
      resultOrRefusal(() => parseCommit(bytes))
      resultOrRefusal(() => parsePrivateMessage(bytes))
      resultOrRefusal(() => parseKeyPackage(bytes))
    }), { numRuns: 500 })
  })

  test('every shorter and longer commit is refused', () => {
    for (let length = 0; length < sent.swap.length; length++) expect(codeOf(() => parseCommit(sent.swap.subarray(0, length)))).not.toBe('none')
    expect(codeOf(() => parseCommit(Buffer.concat([sent.swap, Buffer.of(0)])))).toBe('malformed')
  })
})
