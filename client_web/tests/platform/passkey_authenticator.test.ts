import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { passkeyAuthenticator as authenticator } from '../../src/platform/passkey_authenticator'

const SALT = new Uint8Array(32).fill(7)
const VALUE = new Uint8Array(32).fill(5)
const PRESENT = { credential: new Uint8Array([1, 2, 3]), transports: ['internal'] }
const code = (expected: string) => expect.objectContaining({ code: expected })
const verified = (flags: number) => new Uint8Array([...new Array<number>(32).fill(0), flags, 0, 0, 0, 0]).buffer

/** What the browser answers to either ceremony. */
function answer(flags: number, prf: object | undefined) {
  const data = verified(flags)
  return { rawId: new Uint8Array([9, 9]).buffer, getClientExtensionResults: () => ({ prf }), response: { getAuthenticatorData: () => data, authenticatorData: data, getTransports: () => ['usb'] } }
}

let asked: { publicKey: Record<string, unknown>; signal: AbortSignal }[]
let answers: () => Promise<unknown>
const disowned = vi.fn(async () => undefined)

beforeEach(() => {
  asked = []
  answers = async () => answer(0x05, { enabled: true, results: { first: VALUE.buffer.slice(0) } })
  const ceremony = (options: (typeof asked)[number]) => { asked.push(options); return answers() }
  vi.stubGlobal('navigator', { credentials: { create: ceremony, get: ceremony } })
  vi.stubGlobal('location', { hostname: 'inscope.example' })
  vi.stubGlobal('PublicKeyCredential', { signalUnknownCredential: disowned, isUserVerifyingPlatformAuthenticatorAvailable: async () => true, getClientCapabilities: async () => ({ 'extension:prf': true }) })
  disowned.mockClear()
})
afterEach(() => { vi.unstubAllGlobals() })

it('asks for a verified user each time, attests nothing, and names nobody', async () => {
  const made = await authenticator.make('Phone or tablet', SALT, [PRESENT])
  expect(made).toEqual({ credential: new Uint8Array([9, 9]), transports: ['usb'], prf: true, value: VALUE })
  await authenticator.evaluate([PRESENT], SALT)
  const [creation, request] = asked.map(({ publicKey }) => publicKey)
  expect(creation).toMatchObject({
    attestation: 'none', authenticatorSelection: { userVerification: 'required' }, rp: { name: 'InScope' }, user: { name: 'Phone or tablet', displayName: 'Phone or tablet' },
    excludeCredentials: [{ type: 'public-key', id: PRESENT.credential }], extensions: { prf: { eval: { first: SALT } } },
  })
  expect((creation!['user'] as { id: Uint8Array }).id).toHaveLength(32)
  expect(creation!['user']).not.toEqual((await authenticator.make('Phone or tablet', SALT, []), asked.at(-1)!.publicKey)['user'])
  expect(request).toMatchObject({ userVerification: 'required', allowCredentials: [{ type: 'public-key', id: PRESENT.credential, transports: ['internal'] }], extensions: { prf: { eval: { first: SALT } } } })
})

it('refuses an answer in which nobody was verified, and disowns what was made so', async () => {
  answers = async () => answer(0x01, { enabled: true, results: { first: VALUE } })
  await expect(authenticator.make('Phone', SALT, [])).rejects.toThrow(code('passkey_unverified'))
  expect(disowned).toHaveBeenCalledWith({ rpId: 'inscope.example', credentialId: 'CQk' })
  await expect(authenticator.evaluate([PRESENT], SALT)).rejects.toThrow(code('passkey_unverified'))
})

it.each([[undefined, false, null], [{ enabled: false }, false, null], [{ enabled: true }, true, null], [{ results: { first: VALUE } }, true, VALUE]])('reads from %o whether there is a function, and its value', async (prf, has, value) => {
  answers = async () => answer(0x05, prf)
  expect(await authenticator.make('Phone', SALT, [])).toMatchObject({ prf: has, value })
  expect(await authenticator.evaluate([PRESENT], SALT)).toMatchObject({ value })
})

it.each([['NotAllowedError', 'passkey_cancelled'], ['AbortError', 'passkey_cancelled'], ['InvalidStateError', 'passkey_known'], ['SecurityError', 'passkey_unavailable'], ['UnknownError', 'passkey_failed']])('calls %s %s', async (name, expected) => {
  answers = async () => { throw new DOMException('said by the browser', name) }
  await expect(authenticator.make('Phone', SALT, [])).rejects.toThrow(code(expected))
  await expect(authenticator.evaluate([PRESENT], SALT)).rejects.toThrow(code(expected))
})

it('has one ceremony at a time, which can be ended', async () => {
  await authenticator.evaluate([PRESENT], SALT)
  await authenticator.evaluate([PRESENT], SALT)
  expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, false])
  authenticator.cancel()
  expect(asked[1]!.signal.aborted).toBe(true)
})

it('knows whether this browser can', async () => {
  expect(await authenticator.support()).toBe('built-in')
  vi.stubGlobal('PublicKeyCredential', { isUserVerifyingPlatformAuthenticatorAvailable: async () => false })
  expect(await authenticator.support()).toBe('possible')
  vi.stubGlobal('PublicKeyCredential', { getClientCapabilities: async () => ({ 'extension:prf': false }), isUserVerifyingPlatformAuthenticatorAvailable: async () => true })
  expect(await authenticator.support()).toBe('none')
  vi.stubGlobal('PublicKeyCredential', undefined)
  expect(await authenticator.support()).toBe('none')
})
