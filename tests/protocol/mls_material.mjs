// Makes mls_material.json: real MLS messages for the framing cases. `node tests/protocol/mls_material.mjs > tests/protocol/mls_material.json`
// The library draws fresh randomness, so every run gives other bytes; the file is committed and the cases are made of it.
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { register } from 'node:module'

register('./mls_hooks.mjs', import.meta.url)
const mls = await import('ts-mls')

const SUITES = { 3: 'MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519', 61454: 'MLS_256_XWING_CHACHA20POLY1305_SHA512_Ed25519' }
const THREAD_EXTENSION = 0xf1c0
const proposals = mls.defaultProposalTypes
const utf8 = (text) => new TextEncoder().encode(text)
const base64url = (bytes) => Buffer.from(bytes).toString('base64url')
const wire = (message) => base64url(mls.encode(mls.mlsMessageEncoder, message))
const identifier = (prefix, number) => `${prefix}_${base64url(Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? number : 0)))}`

function deviceKey(number) {
  const seed = Buffer.alloc(32, 100 + number)
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const publicKey = Buffer.from(createPublicKey(privateKey).export({ format: 'jwk' }).x, 'base64url')
  return { signKey: new Uint8Array(der), publicKey: new Uint8Array(publicKey) }
}

async function scene(suite) {
  const cipherSuite = await mls.getCiphersuiteImpl(SUITES[suite])
  const context = { cipherSuite, authService: mls.unsafeTestingAuthenticationService }
  const thread = identifier('thr', 1)
  const extension = mls.makeCustomExtension({ extensionType: THREAD_EXTENSION, extensionData: utf8('{"v":1}') })
  const capabilities = { versions: [1], ciphersuites: [suite], extensions: [THREAD_EXTENSION], proposals: [], credentials: [1] }

  async function packageOf(number, identity = utf8(identifier('dev', number))) {
    return mls.generateKeyPackageWithKey({
      credential: { credentialType: 1, identity }, capabilities, extensions: [], signatureKeyPair: deviceKey(number),
      lifetime: { notBefore: 1_700_000_000n, notAfter: 1_900_000_000n }, cipherSuite,
    })
  }
  const add = ({ publicPackage }) => ({ proposalType: proposals.add, add: { keyPackage: publicPackage } })
  const remove = (removed) => ({ proposalType: proposals.remove, remove: { removed } })
  const published = ({ publicPackage }) => wire({ version: 1, wireformat: 5, keyPackage: publicPackage })
  const commit = (state, extraProposals, options = {}) =>
    mls.createCommit({ context, state, wireAsPublicMessage: true, ratchetTreeExtension: true, extraProposals, ...options })

  const [first, second, third, fourth] = await Promise.all([1, 2, 3, 4].map((number) => packageOf(number)))
  const founded = await mls.createGroup({
    context, groupId: utf8(thread), keyPackage: first.publicPackage, privateKeyPackage: first.privatePackage, extensions: [extension],
  })
  const added = await commit(founded, [add(second)])
  const joined = await mls.joinGroup({
    context, welcome: added.welcome.welcome, keyPackage: second.publicPackage, privateKeys: second.privatePackage,
  })
  const addedTwo = await commit(added.newState, [add(third), add(fourth)])
  const exchanged = await commit(addedTwo.newState, [remove(1), remove(2), add(await packageOf(5)), add(await packageOf(6))])
  const removed = await commit(exchanged.newState, [remove(3)])
  const rekeyed = await commit(removed.newState, [])
  const application = await mls.createApplicationMessage({ context, state: rekeyed.newState, message: utf8('x'), authenticatedData: utf8('any data') })
  const bare = await mls.createApplicationMessage({ context, state: added.newState, message: utf8('x') })

  const proposed = await mls.createProposal({ context, state: joined, wireAsPublicMessage: true, proposal: remove(0) })
  const offered = await mls.createProposal({ context, state: added.newState, wireAsPublicMessage: true, proposal: add(third) })
  const groupInfo = await mls.createGroupInfoWithExternalPubAndRatchetTree(added.newState, [], cipherSuite)
  const outsider = await packageOf(7)
  const external = await mls.joinGroupExternal({
    context, groupInfo, keyPackage: outsider.publicPackage, privateKeys: outsider.privatePackage, resync: false,
  })
  const leaves = (state) => state.ratchetTree.flatMap((node, index) =>
    node?.nodeType === mls.nodeTypes.leaf ? [[index / 2, new TextDecoder().decode(node.leaf.credential.identity)]] : [])
  return {
    suite,
    device_keys: Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((number) => [identifier('dev', number), base64url(deviceKey(number).publicKey)])),
    key_packages: { second: published(second), foreign: published(await packageOf(8, utf8('somebody'))) },
    welcome: wire(added.welcome),
    private_messages: { application: wire(application.message), bare: wire(bare.message),
      commit: wire((await commit(added.newState, [], { wireAsPublicMessage: false })).commit) },
    commits: { add: wire(added.commit), add_two: wire(addedTwo.commit), exchange: wire(exchanged.commit), remove: wire(removed.commit), rekey: wire(rekeyed.commit) },
    rosters: [founded, added.newState, addedTwo.newState, exchanged.newState, removed.newState].map(leaves),
    not_allowed: {
      'external commit': wire({ version: 1, wireformat: 1, publicMessage: external.publicMessage }),
      'a proposal alone': wire(proposed.message),
      'a proposal by reference': wire((await commit(offered.newState, [])).commit),
      'group context extensions': wire((await commit(added.newState, [{ proposalType: proposals.group_context_extensions, groupContextExtensions: { extensions: [extension] } }])).commit),
      'authenticated data': wire((await commit(added.newState, [], { authenticatedData: utf8('x') })).commit),
      'a re-init': wire((await commit(added.newState, [{ proposalType: proposals.reinit, reinit: { groupId: utf8('other'), version: 1, cipherSuite: suite, extensions: [] } }])).commit),
    },
  }
}

console.log(JSON.stringify([await scene(3), await scene(61454)], null, 1))
