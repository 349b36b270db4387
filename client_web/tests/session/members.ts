/** Devices for tests: real keys, and a register of which key is certified for which device. */
import { toIdentifier } from '../../src/protocol/identifiers'
import { sodium } from '../../src/protocol/sodium'
import { GroupCrypto, type CheckLeaf, type DeviceKey } from '../../src/session/group_crypto'

export function newDevice(): DeviceKey {
  const pair = sodium().crypto_sign_keypair()
  return { device: toIdentifier('device', sodium().randombytes_buf(16)), publicKey: pair.publicKey, secretKey: pair.privateKey }
}

/** The devices with whose keys `CheckLeaf` agrees. */
export function register(...devices: DeviceKey[]): CheckLeaf {
  return async (device, key) => devices.some((known) => known.device === device && sodium().memcmp(known.publicKey, key))
}

/** A thread of `count` devices at epoch 1, made by the first, in the order given. */
export async function newThread(suite: number, count: number) {
  const devices = Array.from({ length: count }, newDevice)
  const check = register(...devices)
  const groups = await Promise.all(devices.map((device) => GroupCrypto.load(suite, device, check)))
  const context = { thread: toIdentifier('thread', sodium().randombytes_buf(16)), kind: 'case', purpose: 'direct-care-advice' }
  const packages = await Promise.all(groups.slice(1).map(async (group) => (await group.newKeyPackages(1, Date.now()))[0]!))
  const made = await groups[0]!.prepareCommit(await groups[0]!.create(context, Date.now()), packages.map((one) => one.published), [])
  const joined = await Promise.all(packages.map((one, i) => groups[i + 1]!.join(made.welcome!, one, context)))
  return { devices, groups, context, states: [made.next, ...joined], check }
}
