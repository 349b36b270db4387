/** The package of a filing: what this device seals to a records gateway (SPEC S12.4, S12.5). */
import { concat, toUtf8, uint32 } from './encoding'
import { malformed } from './failures'
import { pad } from './sealing'
import type { Envelope } from './statements'
import { sodium } from './sodium'
import type { ImageManifest } from './types'

/** The manifest of S7.4, without what leads to the image's key. */
export type Picture = Pick<ImageManifest, 'size' | 'media_type' | 'width' | 'height' | 'taken_at' | 'body_site' | 'laterality' | 'pixel_spacing'>
/** A message as this device shows it. `signed`: its author's own content statement, or null. */
export interface Advice { message: string; person: string; at: number; text: string; signed: Envelope | null }
export interface CertifiedDevice { device: Envelope; revoked_at: number | null }
export interface Described { person: string; attestations: Envelope[]; devices: CertifiedDevice[] }
/** `consents`: every version, oldest first; `record`: the full record that the newest commits to (S5.2). */
export interface FilingDocument {
  filing: string; image_key: string; picture: Picture; caption: string; disclosure: Envelope; advice: Advice[]; consents: Envelope[]; record: string
  people: Described[]
}

const MOST_DOCUMENT = 8 * 2 ** 20

export function documentBytes(document: FilingDocument): Uint8Array {
  const bytes = toUtf8(JSON.stringify(document))
  if (bytes.length > MOST_DOCUMENT) throw malformed('a document over 8 MiB')
  return bytes
}

/** Document and image in one, padded to a bucket (S7.3). Throws `too_large`. */
export function joinPackage(written: Uint8Array, image: Uint8Array): Uint8Array {
  return pad(concat(uint32(written.length), written, image))
}

/** libsodium's sealed box, with the secret key of the pair that it would draw: 32 fresh random bytes. */
export function sealPackage(sealingKey: Uint8Array, plain: Uint8Array, ephemeral: Uint8Array): Uint8Array {
  const library = sodium()
  const publicKey = library.crypto_scalarmult_base(ephemeral)
  const nonce = library.crypto_generichash(24, concat(publicKey, sealingKey), null)
  return concat(publicKey, library.crypto_box_easy(plain, nonce, sealingKey, ephemeral))
}
