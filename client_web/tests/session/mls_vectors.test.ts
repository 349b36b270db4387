/** The MLS working group's vectors (mlswg/mls-implementations), where `shared/data/mls` stands beside the repository. */
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import {
  ciphersuites, decode, getCiphersuiteImpl, joinGroup, mlsMessageDecoder, unsafeTestingAuthenticationService, bytesToBase64,
  type CiphersuiteName,
} from 'ts-mls'

interface Vector {
  cipher_suite: number; external_psks: { psk_id: string; psk: string }[]; key_package: string; signature_priv: string; encryption_priv: string
  init_priv: string; welcome: string; ratchet_tree: string | null; initial_epoch_authenticator: string; epochs: unknown[]
}

const FILE = resolve(import.meta.dirname, '../../../../shared/data/mls/passive-client-welcome.json')
/** X25519 with AES-GCM or ChaCha20-Poly1305, and P-256; the others are slow, or need libraries that InScope does not carry. */
const SUITES = [1, 2, 3]
const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))

const nameOf = (suite: number) => Object.entries(ciphersuites).find(([, number]) => number === suite)![0] as CiphersuiteName

async function join(vector: Vector) {
  const keyPackage = decode(mlsMessageDecoder, bytes(vector.key_package))
  const welcome = decode(mlsMessageDecoder, bytes(vector.welcome))
  if (keyPackage === undefined || !('keyPackage' in keyPackage) || welcome === undefined || !('welcome' in welcome)) throw new Error('not as the vectors say')
  return joinGroup({
    context: {
      cipherSuite: await getCiphersuiteImpl(nameOf(vector.cipher_suite)), authService: unsafeTestingAuthenticationService,
      externalPsks: Object.fromEntries(vector.external_psks.map(({ psk_id, psk }) => [bytesToBase64(bytes(psk_id)), bytes(psk)])),
    },
    welcome: welcome.welcome, keyPackage: keyPackage.keyPackage,
    privateKeys: { initPrivateKey: bytes(vector.init_priv), hpkePrivateKey: bytes(vector.encryption_priv), signaturePrivateKey: bytes(vector.signature_priv) },
  })
}

it.skipIf(!existsSync(FILE)).each(SUITES)('joins as the working group\'s passive client does, suite %i', async (suite) => {
  const vectors = (JSON.parse(readFileSync(FILE, 'utf8')) as Vector[]).filter((vector) => vector.cipher_suite === suite && vector.ratchet_tree === null)
  expect(vectors.length).toBeGreaterThan(0)
  for (const vector of vectors) {
    expect((await join(vector)).keySchedule.epochAuthenticator).toEqual(bytes(vector.initial_epoch_authenticator))
  }
}, 60_000)
