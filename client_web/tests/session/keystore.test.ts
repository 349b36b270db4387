import { beforeAll, expect, it } from 'vitest'
import { fromJson, toBase64url, toJson } from '../../src/protocol/encoding'
import { ready, sodium } from '../../src/protocol/sodium'
import { openKeystore, sealKeystore, type Secrets } from '../../src/session/keystore'

beforeAll(ready)
const random = (length: number) => sodium().randombytes_buf(length)
const newSecrets = (): Secrets => ({ storageKey: random(32), identityKey: random(64), deviceKey: random(64) })
const PASSPHRASE = 'correct horse battery'

it('gives the keys back to the passphrase, however its accents are spelled', () => {
  const secrets = newSecrets()
  const sealed = sealKeystore(secrets, 'cafe\u0301 au lait', random)
  expect(openKeystore(sealed, 'caf\u00e9 au lait')).toEqual(secrets)
})

it('says so when the passphrase is wrong', () => {
  const sealed = sealKeystore(newSecrets(), PASSPHRASE, random)
  expect(() => openKeystore(sealed, 'correct horse batterz')).toThrow(expect.objectContaining({ code: 'wrong_passphrase' }))
})

it('shows no key in what is stored', () => {
  const secrets = newSecrets()
  const stored = new TextDecoder().decode(sealKeystore(secrets, PASSPHRASE, random))
  for (const key of Object.values(secrets) as Uint8Array[]) expect(stored).not.toContain(toBase64url(key).slice(2, 20))
})

it('refuses a passphrase of nine characters', () => {
  expect(() => sealKeystore(newSecrets(), '123456789', random)).toThrow(expect.objectContaining({ code: 'weak_passphrase' }))
})

it('makes a guess cost 64 MiB and three passes', () => {
  expect(fromJson(sealKeystore(newSecrets(), PASSPHRASE, random))).toMatchObject({ kdf: 'argon2id13', memory: 64 * 1024 * 1024, passes: 3 })
})

it('refuses a keystore whose cost was changed', () => {
  const stored = fromJson(sealKeystore(newSecrets(), PASSPHRASE, random)) as Record<string, unknown>
  expect(() => openKeystore(toJson({ ...stored, passes: 2 }), PASSPHRASE)).toThrow(expect.objectContaining({ code: 'wrong_passphrase' }))
  expect(() => openKeystore(toJson({ ...stored, memory: 8192 }), PASSPHRASE)).toThrow(expect.objectContaining({ code: 'keystore_broken' }))
})
