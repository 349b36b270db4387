import { beforeAll, describe, expect, it, vi } from 'vitest'
import { createCommit, decode, defaultProposalTypes, encode, mlsMessageDecoder, mlsMessageEncoder, type CiphersuiteImpl, type Proposal } from 'ts-mls'
import { equalBytes, fromUtf8, toUtf8 } from '../../src/protocol/encoding'
import { ready } from '../../src/protocol/sodium'
import { GroupCrypto, GroupError, SUITES, decodeState, encodeState, epochOf, roster } from '../../src/session/group_crypto'
import { newDevice, newThread, register } from './members'

beforeAll(ready)
const DATA = toUtf8('declared')

describe.each(Object.keys(SUITES).map(Number))('suite %i', (suite) => {
  it('carries text and authenticated data to every member', async () => {
    const { groups, states } = await newThread(suite, 3)
    const sealed = await groups[0]!.seal(states[0]!, toUtf8('Is this fracture stable?'), DATA)
    for (const i of [1, 2]) {
      const opened = await groups[i]!.open(states[i]!, sealed.mls)
      expect(fromUtf8(opened.plaintext)).toBe('Is this fracture stable?')
      expect(opened.authenticatedData).toEqual(DATA)
    }
  })

  it('opens nothing when the authenticated data was changed on the way', async () => {
    const { groups, states } = await newThread(suite, 2)
    const sealed = await groups[0]!.seal(states[0]!, toUtf8('text'), DATA)
    const message = decode(mlsMessageDecoder, sealed.mls)!
    if (!('privateMessage' in message)) throw new Error('not private')
    message.privateMessage.authenticatedData = toUtf8('Declared')
    await expect(groups[1]!.open(states[1]!, encode(mlsMessageEncoder, message))).rejects.toThrow()
  })

  it('opens no message twice', async () => {
    const { groups, states } = await newThread(suite, 2)
    const sealed = await groups[0]!.seal(states[0]!, toUtf8('once'), DATA)
    const opened = await groups[1]!.open(states[1]!, sealed.mls)
    await expect(groups[1]!.open(opened.next, sealed.mls)).rejects.toThrow()
  })

  it('goes on from a state that was stored', async () => {
    const { groups, states } = await newThread(suite, 2)
    const first = await groups[0]!.seal(states[0]!, toUtf8('first'), DATA)
    const stored = encodeState(first.next)
    first.spend()
    const second = await groups[0]!.seal(decodeState(stored), toUtf8('second'), DATA)
    const one = await groups[1]!.open(decodeState(encodeState(states[1]!)), first.mls)
    const two = await groups[1]!.open(decodeState(encodeState(one.next)), second.mls)
    expect(fromUtf8(two.plaintext)).toBe('second')
  })

  it('shuts a removed member out, also when only one is removed', async () => {
    const { groups, states, devices } = await newThread(suite, 3)
    const removal = await groups[0]!.prepareCommit(states[0]!, [], [2])
    const staying = await groups[1]!.applyCommit(states[1]!, removal.commit)
    expect(staying).toMatchObject({ kind: 'applied', committer: devices[0]!.device, added: [], removed: [{ device: devices[2]!.device, leaf: 2 }] })
    expect(await groups[2]!.applyCommit(states[2]!, removal.commit)).toEqual({ kind: 'removed-self', committer: devices[0]!.device })
    const after = await groups[0]!.seal(removal.next, toUtf8('without you'), DATA)
    await expect(groups[2]!.open(states[2]!, after.mls)).rejects.toThrow()
    if (staying.kind !== 'applied') throw new Error('not applied')
    expect(roster(staying.next).map((member) => member.device)).toEqual([devices[0]!.device, devices[1]!.device])
  })

  it('puts a newcomer at the left-most blank leaf', async () => {
    const { groups, states, devices, context } = await newThread(suite, 3)
    const removal = await groups[0]!.prepareCommit(states[0]!, [], [1])
    const other = await groups[2]!.applyCommit(states[2]!, removal.commit)
    if (other.kind !== 'applied') throw new Error('not applied')
    const newcomer = newDevice()
    const check = register(...devices, newcomer)
    const [adder, joiner] = await Promise.all([GroupCrypto.load(suite, devices[2]!, check), GroupCrypto.load(suite, newcomer, check)])
    const [keyPackage] = await joiner.newKeyPackages(1, Date.now())
    const addition = await adder.prepareCommit(other.next, [keyPackage!.published], [])
    const joined = await joiner.join(addition.welcome!, keyPackage!, context)
    expect(roster(joined)).toMatchObject([{ leaf: 0 }, { device: newcomer.device, leaf: 1 }, { leaf: 2 }])
    expect(epochOf(joined)).toBe(3)
    expect(joiner.readWelcome(addition.welcome!)).toEqual([keyPackage!.ref])
  })
})

describe('update paths', () => {
  const suite = 3

  it('are in every commit', async () => {
    const { groups, states } = await newThread(suite, 3)
    for (const removes of [[1], [1, 2]]) {
      const { commit } = await groups[0]!.prepareCommit(states[0]!, [], removes)
      const message = decode(mlsMessageDecoder, commit)!
      expect('publicMessage' in message && message.publicMessage.content).toMatchObject({ commit: { path: { leafNode: {} } } })
    }
  })

  it('hold no secret for a leaf that the same commit fills, before or after', async () => {
    const { groups, states, devices, context } = await newThread(suite, 4)
    const newcomer = newDevice()
    const check = register(...devices, newcomer)
    const [adder, stayer, joiner] = await Promise.all([devices[0]!, devices[1]!, newcomer].map((device) => GroupCrypto.load(suite, device, check)))
    const [keyPackage] = await joiner!.newKeyPackages(1, Date.now())
    const swap = await adder!.prepareCommit(states[0]!, [keyPackage!.published], [2])
    const message = decode(mlsMessageDecoder, swap.commit)!
    if (!('publicMessage' in message) || !('commit' in message.publicMessage.content)) throw new Error('not a commit')
    // To leaf 1 alone, and of the other half to leaf 3 alone: leaf 2 changes hands.
    expect(message.publicMessage.content.commit.path!.nodes.map((node) => node.encryptedPathSecret.length)).toEqual([1, 1])
    const joined = await joiner!.join(swap.welcome!, keyPackage!, context)
    const stayed = await stayer!.applyCommit(states[1]!, swap.commit)
    if (stayed.kind !== 'applied') throw new Error('not applied')
    expect(stayed.added).toMatchObject([{ device: newcomer.device, leaf: 2 }])
    const sealed = await joiner!.seal(joined, toUtf8('hello'), DATA)
    expect(fromUtf8((await stayer!.open(stayed.next, sealed.mls)).plaintext)).toBe('hello')
    expect(groups).toHaveLength(4)
  })

  it('leave the last member with a commit secret that nobody else can derive', async () => {
    const { groups, states } = await newThread(suite, 2)
    const { kdf } = (groups[0] as unknown as { cipherSuite: CiphersuiteImpl }).cipherSuite
    const extract = kdf.extract.bind(kdf)
    const commitSecrets: Uint8Array[] = []
    const initSecret = states[0]!.keySchedule.initSecret.slice()
    vi.spyOn(kdf, 'extract').mockImplementation((salt, secret) => {
      if (equalBytes(new Uint8Array(salt), initSecret)) commitSecrets.push(new Uint8Array(secret).slice())
      return extract(salt, secret)
    })
    await groups[0]!.prepareCommit(states[0]!, [], [1])
    expect(commitSecrets).toHaveLength(1)
    expect(commitSecrets[0]!.some((byte) => byte !== 0)).toBe(true)
  })
})

describe('what must not be applied', () => {
  const suite = 3

  it('refuses a key package whose key is not the device\'s', async () => {
    const { groups, states, devices } = await newThread(suite, 2)
    const impostor = { ...newDevice(), device: devices[1]!.device }
    const fake = await GroupCrypto.load(suite, impostor, register(impostor))
    const [keyPackage] = await fake.newKeyPackages(1, Date.now())
    await expect(groups[0]!.prepareCommit(states[0]!, [keyPackage!.published], [])).rejects.toThrow('credential')
  })

  it('refuses another member\'s commit that adds an uncertified device', async () => {
    const { groups, states, devices } = await newThread(suite, 2)
    const madeUp = newDevice()
    const lenient = await GroupCrypto.load(suite, devices[0]!, register(...devices, madeUp))
    const [keyPackage] = await (await GroupCrypto.load(suite, madeUp, register(madeUp))).newKeyPackages(1, Date.now())
    const addition = await lenient.prepareCommit(states[0]!, [keyPackage!.published], [])
    await expect(groups[1]!.applyCommit(states[1]!, addition.commit)).rejects.toThrow('credential')
  })

  it('refuses to join a group of another kind or purpose than was said', async () => {
    const { groups, states, devices, context } = await newThread(suite, 2)
    const newcomer = newDevice()
    const check = register(...devices, newcomer)
    const joiner = await GroupCrypto.load(suite, newcomer, check)
    const [keyPackage] = await joiner.newKeyPackages(1, Date.now())
    const adder = await GroupCrypto.load(suite, devices[0]!, check)
    const addition = await adder.prepareCommit(states[0]!, [keyPackage!.published], [])
    await expect(joiner.join(addition.welcome!, keyPackage!, { ...context, purpose: 'teaching' })).rejects.toThrow(GroupError)
    expect(groups).toHaveLength(2)
  })

  it('refuses a commit of a past epoch, and one with a byte changed', async () => {
    const { groups, states } = await newThread(suite, 3)
    const removal = await groups[0]!.prepareCommit(states[0]!, [], [2])
    const applied = await groups[1]!.applyCommit(states[1]!, removal.commit)
    if (applied.kind !== 'applied') throw new Error('not applied')
    await expect(groups[1]!.applyCommit(applied.next, removal.commit)).rejects.toThrow(GroupError)
    for (const at of [removal.commit.length - 1, removal.commit.length - 80, 60]) {
      const changed = removal.commit.slice()
      changed[at]! ^= 1
      await expect(groups[1]!.applyCommit(states[1]!, changed)).rejects.toThrow()
    }
  })

  it('refuses proposals other than add and remove', async () => {
    const { groups, states } = await newThread(suite, 2)
    const context = (groups[0] as unknown as { context(): Parameters<typeof createCommit>[0]['context'] }).context()
    const extensions: Proposal = { proposalType: defaultProposalTypes.group_context_extensions, groupContextExtensions: { extensions: [] } }
    const made = await createCommit({ context, state: states[0]!, wireAsPublicMessage: true, extraProposals: [extensions] })
    await expect(groups[1]!.applyCommit(states[1]!, encode(mlsMessageEncoder, made.commit))).rejects.toThrow('other than add and remove')
  })

  it('pads texts to buckets', async () => {
    const { groups, states } = await newThread(suite, 2)
    const lengths = await Promise.all(['a', 'a'.repeat(300)].map(async (text) => (await groups[0]!.seal(states[0]!, toUtf8(text), DATA)).mls.length))
    expect(lengths[0]).toBe(lengths[1])
  })
})
