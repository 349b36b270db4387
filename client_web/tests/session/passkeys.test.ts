import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { MemoryStorage } from '../../src/node/memory_storage'
import { fromBase64url, fromJson, toBase64url, toJson, toUtf8 } from '../../src/protocol/encoding'
import { ready, sodium } from '../../src/protocol/sodium'
import { createSession, type DeviceSession } from '../../src/session/create_session'
import { newAccount } from '../../src/session/enrolment'
import { KEYSTORE_RECORD, sealKeystore, type Secrets } from '../../src/session/keystore'
import { PASSKEYS_RECORD, type Copy } from '../../src/session/passkey_copies'
import { SealedStorage } from '../../src/session/sealed_storage'
import type { PasskeyView } from '../../src/session/passkeys'
import { NOW, random } from './device'
import { SoftwareAuthenticator } from './software_authenticator'

beforeAll(ready)
const PASSPHRASE = 'correct horse battery'
const WRONG = 'another passphrase'
const COST = { memory: 16 * 1024 * 1024, passes: 2 }

/** A device that is set up and locked, without a network; `clock` moves its time. */
interface Device { session: DeviceSession; storage: MemoryStorage; authenticator: SoftwareAuthenticator; secrets: Secrets; clock: { now: number } }
let device: Device

const over = (storage: MemoryStorage, authenticator: SoftwareAuthenticator, clock: { now: number }) => createSession({
  storage, authenticator, origin: 'https://test', random, now: () => clock.now,
  fetch: async () => { throw new Error('no network here') }, openSocket: () => { throw new Error('no network here') },
}, { cost: COST })

async function newDevice(): Promise<Device> {
  const [storage, authenticator, clock] = [new MemoryStorage(), new SoftwareAuthenticator(), { now: NOW }]
  const pair = () => sodium().crypto_sign_keypair().privateKey
  const secrets = { storageKey: random(32), identityKey: pair(), deviceKey: pair() }
  const looked = { person: `per_${'A'.repeat(22)}`, organisation: `org_${'A'.repeat(22)}`, organisation_key: toBase64url(random(32)), display_name: 'Dr Test', organisation_name: 'Test', secret: random(32) }
  const account = { ...newAccount(looked, secrets, 'Phone or tablet', NOW, random), invitationSecret: null }
  await new SealedStorage(storage, secrets.storageKey, random).transact([{ table: 'account', id: 'self', value: account }])
  await storage.transact([{ put: KEYSTORE_RECORD, value: sealKeystore(secrets, PASSPHRASE, random, COST) }])
  return { session: await over(storage, authenticator, clock), storage, authenticator, secrets, clock }
}

const reloaded = async (storage = device.storage, authenticator = device.authenticator) => over(storage, authenticator, device.clock)
const code = (expected: string) => expect.objectContaining({ code: expected })

async function stored(): Promise<{ salt: string; passkeys: Copy[] } | null> {
  const bytes = await device.storage.get(PASSKEYS_RECORD)
  return bytes === null ? null : (fromJson(bytes) as { salt: string; passkeys: Copy[] })
}

/** Unlocked by the passphrase, and locked again at the end. */
async function add(label = 'Phone'): Promise<void> {
  const { session } = device
  await session.unlock(PASSPHRASE)
  await session.makePasskey(PASSPHRASE, label)
  await session.keepPasskey()
  session.lock()
}

beforeEach(async () => { device = await newDevice() })

describe('unlocking', () => {
  it('takes one ceremony, also through a reload, and the passphrase goes on working', async () => {
    await add()
    const before = device.authenticator.ceremonies
    const session = await reloaded()
    expect(session.passkeys).toEqual([{ passkey: expect.any(String), label: 'Phone', addedAt: NOW }])
    await session.unlockWithPasskey()
    expect([session.status, device.authenticator.ceremonies - before]).toEqual(['ready', 1])
    expect(session.device.context.secrets).toEqual(device.secrets)
    session.lock()
    await session.unlock(PASSPHRASE)
    expect(session.status).toBe('ready')
  })

  it('opens by the key that the specification names, and by nothing else', async () => {
    await add()
    const { salt, passkeys: [copy] } = (await stored())!
    const { nonce, sealed, ...named } = copy!
    const value = device.authenticator.functionAt(fromBase64url(named.credential), fromBase64url(salt))
    const label = toUtf8('inscope/passkey-keystore-key/v1')
    const id = fromBase64url(named.credential)
    const key = sodium().crypto_generichash(32, new Uint8Array([...label, 0, 0, 0, 0, id.length, ...id]), value)
    const open = (by: Uint8Array) => sodium().crypto_aead_xchacha20poly1305_ietf_decrypt(null, fromBase64url(sealed), toJson({ v: 1, salt, ...named }), fromBase64url(nonce), by)
    expect(JSON.parse(new TextDecoder().decode(open(key)))).toMatchObject({ storage: toBase64url(device.secrets.storageKey) })
    for (const other of [value, fromBase64url(salt), new Uint8Array(32)]) expect(() => open(other)).toThrow()
  })

  it('is not led on by a passkey of the same name under another secret', async () => {
    await add()
    const forger = new SoftwareAuthenticator()
    const session = await reloaded(device.storage.copy(), forger)
    await expect(session.unlockWithPasskey()).rejects.toThrow(code('passkey_cancelled'))
    forger.imitate(session.passkeys[0]!.passkey)
    await expect(session.unlockWithPasskey()).rejects.toThrow(code('passkey_unfit'))
    expect(session.status).toBe('locked')
  })

  it('opens no copy of another device, although the passkey is the same', async () => {
    await add()
    const { passkeys } = (await stored())!
    const other = await newDevice()
    await other.storage.transact([{ put: PASSKEYS_RECORD, value: toJson({ v: 1, salt: toBase64url(random(32)), passkeys }) }])
    await expect((await reloaded(other.storage)).unlockWithPasskey()).rejects.toThrow(code('passkey_unfit'))
  })

  it('refuses a copy of which anything was changed', async () => {
    await add()
    const { salt, passkeys: [copy] } = (await stored())!
    for (const changed of [{ label: 'Another' }, { added_at: 1 }, { transports: [] }, { nonce: toBase64url(random(24)) }]) {
      await device.storage.transact([{ put: PASSKEYS_RECORD, value: toJson({ v: 1, salt, passkeys: [{ ...copy, ...changed }] }) }])
      await expect((await reloaded()).unlockWithPasskey()).rejects.toThrow(code('passkey_unfit'))
    }
  })

  it('knows what another tab added and removed meanwhile', async () => {
    const other = await reloaded()
    await add()
    await other.unlockWithPasskey()
    await other.removePasskey(other.passkeys[0]!.passkey, PASSPHRASE)
    other.lock()
    await expect(device.session.unlockWithPasskey()).rejects.toThrow(code('passkey_unfit'))
  })

  it('leaves the passphrase, where what is stored of passkeys cannot be read', async () => {
    await add()
    await device.storage.transact([{ put: PASSKEYS_RECORD, value: toUtf8('{') }])
    const session = await reloaded()
    expect(session.passkeys).toEqual([])
    await session.unlock(PASSPHRASE)
    expect(session.status).toBe('ready')
  })

  it('does not open twice where the passphrase was typed during the ceremony', async () => {
    await add()
    const { session, authenticator } = device
    const answer = await authenticator.evaluate.call(authenticator, [{ credential: fromBase64url(session.passkeys[0]!.passkey), transports: [] }], fromBase64url((await stored())!.salt))
    let opened: unknown = null
    authenticator.evaluate = async () => { await session.unlock(PASSPHRASE); opened = session.device; return answer }
    await session.unlockWithPasskey()
    expect(session.device).toBe(opened)
    expect(authenticator.cancelled).toBeGreaterThan(0)
    session.lock()
  })
})

describe('wrong passphrases', () => {
  it('are not counted by a ceremony that was cancelled, nor forgotten by one that was not, and hold no passkey up', async () => {
    await add()
    const { session, authenticator, clock } = device
    for (let n = 0; n < 4; n += 1) await expect(session.unlock(WRONG)).rejects.toThrow(code('wrong_passphrase'))
    const waits = session.unlockWaitsUntil
    expect(waits).toBe(NOW + 5_000)
    authenticator.cancels = true
    for (let n = 0; n < 9; n += 1) await expect(session.unlockWithPasskey()).rejects.toThrow(code('passkey_cancelled'))
    authenticator.cancels = false
    await session.unlockWithPasskey()
    session.lock()
    expect(session.unlockWaitsUntil).toBe(waits)
    clock.now = waits
    await expect(session.unlock(WRONG)).rejects.toThrow(code('wrong_passphrase'))
    expect(session.unlockWaitsUntil).toBe(clock.now + 15_000)
  })

  it('count and wait where a passkey would be added or removed too', async () => {
    await add()
    const { session } = device
    await session.unlockWithPasskey()
    const { passkey } = session.passkeys[0]!
    for (let n = 0; n < 2; n += 1) {
      await expect(session.makePasskey(WRONG, 'Another')).rejects.toThrow(code('wrong_passphrase'))
      await expect(session.removePasskey(passkey, WRONG)).rejects.toThrow(code('wrong_passphrase'))
    }
    await expect(session.removePasskey(passkey, PASSPHRASE)).rejects.toThrow(code('unlock_waits'))
    expect([session.passkeys.length, session.status, device.authenticator.named]).toEqual([1, 'ready', ['Phone']])
  })
})

describe('adding', () => {
  it('needs an open device', async () => {
    await expect(device.session.makePasskey(PASSPHRASE, 'Phone')).rejects.toThrow(code('locked'))
    expect(device.authenticator.ceremonies).toBe(0)
  })

  it('takes a function that is told only when it is asked', async () => {
    device.authenticator.tellsWhenMade = false
    await add()
    await device.session.unlockWithPasskey()
    expect(device.session.status).toBe('ready')
  })

  it('keeps nothing before it was tried; a try that was cancelled can be made again', async () => {
    const { session, authenticator } = device
    await session.unlock(PASSPHRASE)
    await session.makePasskey(PASSPHRASE, 'Phone')
    authenticator.cancels = true
    await expect(session.keepPasskey()).rejects.toThrow(code('passkey_cancelled'))
    expect([await stored(), session.passkeys, authenticator.disowned]).toEqual([null, [], []])
    authenticator.cancels = false
    await session.keepPasskey()
    expect(session.passkeys).toHaveLength(1)
  })

  it.each([['without the function', { hasFunction: false }], ['that answers otherwise later', { tellsAnother: true }]])('keeps none %s, and tells its keeper', async (_, how) => {
    const { session, authenticator } = Object.assign(device, { authenticator: Object.assign(device.authenticator, how) })
    await session.unlock(PASSPHRASE)
    const making = session.makePasskey(PASSPHRASE, 'Phone')
    if (authenticator.hasFunction) await making
    await expect(authenticator.hasFunction ? session.keepPasskey() : making).rejects.toThrow(code('passkey_without_prf'))
    await expect(session.keepPasskey()).rejects.toThrow(code('passkey_cancelled'))
    expect([await stored(), session.passkeys, authenticator.disowned.length]).toEqual([null, [], 1])
  })

  it('keeps none that is given up, or that the lock came before', async () => {
    const { session, authenticator } = device
    await session.unlock(PASSPHRASE)
    await session.makePasskey(PASSPHRASE, 'Phone')
    session.dropPasskey()
    await session.makePasskey(PASSPHRASE, 'Phone')
    const asked = authenticator.evaluate.bind(authenticator)
    authenticator.evaluate = async (...which) => { session.lock(); return asked(...which) }
    await expect(session.keepPasskey()).rejects.toThrow(code('locked'))
    await session.unlock(PASSPHRASE)
    await session.makePasskey(PASSPHRASE, 'Phone')
    authenticator.evaluate = async (...which) => { session.dropPasskey(); return asked(...which) }
    await expect(session.keepPasskey()).rejects.toThrow(code('passkey_cancelled'))
    expect([await stored(), authenticator.disowned.length]).toEqual([null, 3])
  })

  it('keeps none that was made before a lock', async () => {
    const { session, authenticator } = device
    await session.unlock(PASSPHRASE)
    await session.makePasskey(PASSPHRASE, 'Phone')
    const before = authenticator.cancelled
    session.lock()
    expect(authenticator.cancelled).toBe(before + 1)
    await session.unlock(PASSPHRASE)
    await expect(session.keepPasskey()).rejects.toThrow(code('passkey_cancelled'))
    expect([session.passkeys, authenticator.disowned.length]).toEqual([[], 1])
  })

  it('makes none of an authenticator that has one', async () => {
    await add()
    await device.session.unlock(PASSPHRASE)
    await expect(device.session.makePasskey(PASSPHRASE, 'Again')).rejects.toThrow(code('passkey_known'))
  })

  it('says so where nothing knows passkeys', async () => {
    const { storage, clock } = device
    const session = await createSession({ storage, origin: 'https://test', random, now: () => clock.now, fetch: async () => { throw new Error() }, openSocket: () => { throw new Error() } })
    expect(await session.passkeySupport()).toBe('none')
    await session.unlock(PASSPHRASE)
    await expect(session.makePasskey(PASSPHRASE, 'Phone')).rejects.toThrow(code('passkey_unavailable'))
  })
})

describe('removing', () => {
  it('deletes that copy and no other, and the salt with the last', async () => {
    const [first, second] = [device.authenticator, new SoftwareAuthenticator()]
    await add('Phone')
    device.session = await reloaded(device.storage, second)
    await add('Blue key')
    const { session } = device
    await session.unlock(PASSPHRASE)
    const { salt } = (await stored())!
    await session.removePasskey(session.passkeys[0]!.passkey, PASSPHRASE)
    expect([session.passkeys.map(({ label }) => label), (await stored())!.salt]).toEqual([['Blue key'], salt])
    session.lock()
    await expect((await reloaded(device.storage, first)).unlockWithPasskey()).rejects.toThrow(code('passkey_cancelled'))
    await session.unlockWithPasskey()
    await session.removePasskey(session.passkeys[0]!.passkey, PASSPHRASE)
    expect([await stored(), session.passkeys]).toEqual([null, []])
    session.lock()
    await expect(session.unlockWithPasskey()).rejects.toThrow(code('passkey_unfit'))
  })

  it('is done by erasing the device too', async () => {
    await add()
    const [{ passkey }] = device.session.passkeys as [PasskeyView]
    await device.session.erase()
    expect([device.session.passkeys, await device.storage.list(''), device.authenticator.disowned]).toEqual([[], [], [passkey]])
  })
})

it('shows no key and no value in what is stored', async () => {
  await add()
  const { salt, passkeys: [copy] } = (await stored())!
  const value = device.authenticator.functionAt(fromBase64url(copy!.credential), fromBase64url(salt))
  const everything = (await device.storage.list('')).map(([key, bytes]) => `${key}\n${new TextDecoder('latin1').decode(bytes)}`).join('\n')
  for (const secret of [value, ...(Object.values(device.secrets) as Uint8Array[])]) {
    expect(everything).not.toContain(toBase64url(secret).slice(2, 20))
    expect(everything).not.toContain(new TextDecoder('latin1').decode(secret.subarray(0, 16)))
  }
})
