import { beforeAll, describe, expect, it } from 'vitest'
import { buildAuthenticatedData } from '../../src/protocol/authenticated_data'
import { toBase64url, toUtf8 } from '../../src/protocol/encoding'
import { toIdentifier, type IdentifierKind } from '../../src/protocol/identifiers'
import { sealedSize } from '../../src/protocol/sealing'
import { ready } from '../../src/protocol/sodium'
import { sign, statementHash } from '../../src/protocol/statements'
import type { Content, ContentBody, DisclosureStatement, ImageManifest } from '../../src/protocol/types'
import { isDeclaredMedia, readContent, type Sender } from '../../src/session/content'
import type { MessageEntry } from '../../src/session/entries'
import { NOW, random } from './device'
import { newDevice } from './members'

beforeAll(ready)
const id = (kind: IdentifierKind) => toIdentifier(kind, random(16))
const PURPOSE = 'direct-care-advice'

function newImage(changes: { statement?: Partial<DisclosureStatement>; manifest?: Partial<ImageManifest>; body?: ContentBody; content?: Partial<Content> } = {}) {
  const key = newDevice()
  const sender: Sender = { device: key.device, person: id('person'), key: key.publicKey }
  const [message, thread, disclosure, blob] = [id('message'), id('thread'), id('disclosure'), id('blob')]
  const seed = key.secretKey.subarray(0, 32)
  const statement: DisclosureStatement = {
    disclosure, message, thread, epoch: 4, purpose: PURPOSE, image: { image: id('image'), subject: id('subject'), kind: 'radiograph', deidentified: true, sensitive: [] }, blob,
    blob_hash: toBase64url(random(32)), sealed_size: sealedSize(1000), key_commitment: toBase64url(random(32)), plaintext_commitment: toBase64url(random(32)),
    consent: id('consent'), version: 1, origin: null, preview_of: null, person: sender.person, device: sender.device, at: NOW, ...changes.statement,
  }
  const envelope = sign('disclosure', statement, key.device, seed)
  const manifest: ImageManifest = {
    disclosure, blob, client_half: toBase64url(random(32)), size: 1000, media_type: 'image/jpeg', width: 10, height: 10, statement_hash: toBase64url(statementHash(envelope)),
    taken_at: null, body_site: null, laterality: null, pixel_spacing: null, ...changes.manifest,
  }
  const body: ContentBody = changes.body ?? { kind: 'images', caption: '', images: [manifest] }
  const content: Content = { message, thread, epoch: 4, device: sender.device, person: sender.person, at: NOW, log_head: null, body, ...changes.content }
  const entry: MessageEntry = {
    kind: 'message', thread, seq: 9, at: NOW, device: sender.device, epoch: 4, message, mls: '', disclosures: [{ disclosure, statement: envelope }],
  }
  const plaintext = toUtf8(JSON.stringify(sign('content', content, key.device, seed)))
  return { sender, entry, plaintext, statement, envelope, data: buildAuthenticatedData({ message, hashes: [statementHash(envelope)] }), seed }
}

function read({ entry, sender, plaintext, data }: ReturnType<typeof newImage>) {
  return readContent(entry, sender, plaintext, data, PURPOSE)
}

it('reads a message whose statement, authenticated data and manifest agree', () => {
  const made = newImage()
  expect(read(made).disclosures).toMatchObject([{ statement: made.statement, state: 'live', message: made.entry.message }])
})

describe('what disagrees is not shown', () => {
  it.each<[string, Partial<DisclosureStatement>]>([
    ['another disclosure', { disclosure: 'dis_AAAAAAAAAAAAAAAAAAAAAA' }], ['another blob', { blob: 'blb_AAAAAAAAAAAAAAAAAAAAAA' }],
    ['another message', { message: 'msg_AAAAAAAAAAAAAAAAAAAAAA' }], ['another thread', { thread: 'thr_AAAAAAAAAAAAAAAAAAAAAA' }],
    ['another epoch', { epoch: 5 }], ['another purpose', { purpose: 'teaching' }], ['another author', { person: 'per_AAAAAAAAAAAAAAAAAAAAAA' }],
    ['another size', { sealed_size: 24 }],
  ])('a statement about %s', (_, statement) => {
    expect(() => read(newImage({ statement }))).toThrow(expect.objectContaining({ code: 'not_as_declared' }))
  })

  it('a manifest of another statement', () => {
    const made = newImage({ manifest: { statement_hash: toBase64url(new Uint8Array(32)) } })
    expect(() => read(made)).toThrow(expect.objectContaining({ code: 'not_as_declared' }))
  })

  it('authenticated data that declares another statement', () => {
    const made = newImage()
    const data = buildAuthenticatedData({ message: made.entry.message, hashes: [new Uint8Array(32)] })
    expect(() => read({ ...made, data })).toThrow(expect.objectContaining({ code: 'not_as_declared' }))
  })

  it('an image that was not declared, and a declaration without an image', () => {
    const made = newImage()
    const undeclared = buildAuthenticatedData({ message: made.entry.message, hashes: [] })
    expect(() => read({ ...made, data: undeclared })).toThrow(expect.objectContaining({ code: 'not_as_declared' }))
    expect(() => read({ ...made, entry: { ...made.entry, disclosures: [] } })).toThrow(expect.objectContaining({ code: 'not_as_declared' }))
    expect(() => read(newImage({ body: { kind: 'text', text: 'no image here' } }))).toThrow(expect.objectContaining({ code: 'not_as_declared' }))
  })

  it('a preview without its picture', () => {
    expect(() => read(newImage({ statement: { preview_of: 'dis_AAAAAAAAAAAAAAAAAAAAAA' } }))).toThrow(expect.objectContaining({ code: 'not_as_declared' }))
  })

  it('a statement signed by another device than the message', () => {
    const made = newImage()
    const other = newDevice()
    const statement = sign('disclosure', made.statement, other.device, other.secretKey.subarray(0, 32))
    const disclosures = [{ disclosure: made.statement.disclosure, statement }]
    expect(() => read({ ...made, entry: { ...made.entry, disclosures } })).toThrow(expect.objectContaining({ code: 'wrong_signer' }))
  })
})

describe('who wrote it, and when', () => {
  it.each<[string, Partial<Content>]>([
    ['another message id', { message: 'msg_AAAAAAAAAAAAAAAAAAAAAA' }], ['another thread', { thread: 'thr_AAAAAAAAAAAAAAAAAAAAAA' }], ['another epoch', { epoch: 3 }],
    ['another person', { person: 'per_AAAAAAAAAAAAAAAAAAAAAA' }], ['another device', { device: 'dev_AAAAAAAAAAAAAAAAAAAAAA' }],
  ])('refuses content with %s', (_, content) => {
    expect(() => read(newImage({ content }))).toThrow(expect.objectContaining({ name: 'ProtocolError' }))
  })

  it('refuses content under another key than the sender\'s leaf', () => {
    const made = newImage()
    expect(() => read({ ...made, sender: { ...made.sender, key: newDevice().publicKey } })).toThrow(expect.objectContaining({ code: 'bad_signature' }))
  })
})

it('lets only bytes of the declared kind and size near a decoder', () => {
  const manifest = (media_type: ImageManifest['media_type'], size: number) => ({ media_type, size }) as ImageManifest
  const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)
  const webp = toUtf8('RIFF\0\0\0\0WEBPVP8 ')
  expect(isDeclaredMedia(jpeg, manifest('image/jpeg', 4))).toBe(true)
  expect(isDeclaredMedia(webp, manifest('image/webp', webp.length))).toBe(true)
  expect(isDeclaredMedia(jpeg, manifest('image/jpeg', 5))).toBe(false)
  expect(isDeclaredMedia(jpeg, manifest('image/png', 4))).toBe(false)
  expect(isDeclaredMedia(toUtf8('<svg xmlns='), manifest('image/webp', 11))).toBe(false)
})
