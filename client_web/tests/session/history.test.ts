import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { toBase64url } from '../../src/protocol/encoding'
import { toIdentifier, type IdentifierKind } from '../../src/protocol/identifiers'
import { sealedSize } from '../../src/protocol/sealing'
import { ready } from '../../src/protocol/sodium'
import { sign, statementHash, type Envelope } from '../../src/protocol/statements'
import type { Content, ContentBody, DisclosureStatement, HistoryItem, SharedMessage } from '../../src/protocol/types'
import { withoutMarks } from '../../src/session/annotations'
import type { DeviceContext } from '../../src/session/device_context'
import type { MessageEntry } from '../../src/session/entries'
import { asAdvice } from '../../src/session/filings'
import type { Gate } from '../../src/session/gate'
import type { DeviceKey } from '../../src/session/group_crypto'
import { HistoryItems, firstPart, idOf, isOfThisMoment, stillHolds } from '../../src/session/history_items'
import { receiveHistory } from '../../src/session/history_receipt'
import type { Disclosure, Edit, StoredMessage, Thread } from '../../src/session/records'
import { proof, recallable, storedBody, withoutSignedImages } from '../../src/session/stored_message'
import { FailingStorage, NOW, deviceOver, random } from './device'
import { newDevice } from './members'

beforeAll(ready)
const id = (kind: IdentifierKind) => toIdentifier(kind, random(16))
const THREAD = toIdentifier('thread', new Uint8Array(16).fill(1))
const JOINED = { seq: 50, epoch: 9 }
const text = (words: string): ContentBody => ({ kind: 'text', text: words })
let author: DeviceKey
let person: string
let context: DeviceContext
let seq: number

beforeEach(async () => {
  author = newDevice()
  person = id('person')
  seq = 1
  context = await deviceOver(new FailingStorage(), newDevice(), null as never)
  certify(null)
})

function certify(revokedAt: number | null): void {
  const { device: certified, publicKey } = author
  const known = { certificate: { person, device_key: toBase64url(publicKey), valid_until: NOW + 1 }, revokedAt }
  Object.assign(context.people, { ensure: async () => undefined, device: (device: string) => (device === certified ? known : null), ownerOf: () => person })
}

/** What another member says, who is certified too. */
function byAnother<T>(speak: () => T): T {
  const [former, whose, { device: known }] = [author, person, context.people]
  author = newDevice()
  person = id('person')
  certify(null)
  const another = context.people.device
  Object.assign(context.people, { device: (device: string) => another(device) ?? known(device) })
  const spoken = speak()
  author = former
  person = whose
  return spoken
}

function thread(changes: Partial<Thread> = {}): Thread {
  return { thread: THREAD, kind: 'case', purpose: 'direct-care-advice', suite: 3, group: null, head: 60, readSeq: 0, title: '', trouble: null, consents: [], pending: null, createdAt: NOW, joined: JOINED, ...changes }
}

interface Said { stored: StoredMessage; signed: Envelope; disclosures: Disclosure[] }

/** As the author's device sent it, and a device that was there keeps it. */
function say(body: ContentBody, { message = id('message'), disclosures = [] as Disclosure[] } = {}): Said {
  const content: Content = { message, thread: THREAD, epoch: 4, device: author.device, person, at: NOW, log_head: null, body }
  const signed = sign('content', content, author.device, author.secretKey.subarray(0, 32))
  seq += 1
  return { stored: { message, thread: THREAD, seq, at: NOW + 5, person, device: author.device, state: 'sent', error: null, body: storedBody(body), ...proof(body, signed) }, signed, disclosures }
}

function show(changes: Partial<DisclosureStatement> = {}): Said {
  const [message, disclosure, blob] = [id('message'), id('disclosure'), id('blob')]
  const statement: DisclosureStatement = {
    disclosure, message, thread: THREAD, epoch: 4, purpose: 'direct-care-advice', image: { image: id('image'), subject: id('subject'), kind: 'radiograph', deidentified: true, sensitive: [] }, blob,
    blob_hash: toBase64url(random(32)), sealed_size: sealedSize(1000), key_commitment: toBase64url(random(32)), plaintext_commitment: toBase64url(random(32)),
    consent: id('consent'), version: 1, origin: null, preview_of: null, person, device: author.device, at: NOW, ...changes,
  }
  const envelope = sign('disclosure', statement, author.device, author.secretKey.subarray(0, 32))
  const manifest = {
    disclosure: statement.disclosure, blob, client_half: toBase64url(random(32)), size: 1000, media_type: 'image/jpeg', width: 10, height: 10, statement_hash: toBase64url(statementHash(envelope)),
    taken_at: null, body_site: null, laterality: null, pixel_spacing: null,
  } as const
  const declared: Disclosure = { disclosure: statement.disclosure, thread: THREAD, message, statement, envelope, manifest, state: 'live', closedCode: null }
  return say({ kind: 'images', caption: 'Displaced?', images: [manifest] }, { message, disclosures: [declared] })
}

const keep = (...all: Said[]) => context.records.write(all.flatMap(({ stored, disclosures }): Edit[] => [{ kind: 'message', put: stored }, ...disclosures.map((put): Edit => ({ kind: 'disclosure', put }))]))
const permits: Gate = { verdict: () => ({ thread: THREAD, permit: true, reasons: [] }) } as never
const offered = (gate = permits, since: number | null = null) => new HistoryItems(context, gate).of({ thread: thread(), people: [id('person')], since })
const told = (items: HistoryItem[]) => items.map((item) => (item.kind === 'message' ? item.content.body.kind : item.code))

describe('what may be shared', () => {
  it('is what is kept as it was signed; of the rest it is said that there was something', async () => {
    const [old, kept, image] = [say(text('from before')), say(text('kept')), show()]
    const { signed: _, ...unsigned } = old.stored
    await keep({ ...old, stored: unsigned }, kept, image)
    const items = offered()
    expect(told(items)).toEqual(['not_kept', 'text', 'images'])
    expect(items[1]).toMatchObject({ seq: kept.stored.seq, at: NOW + 5, content: { at: NOW, body: text('kept') }, sig: kept.signed.signatures[0]!.sig })
  })

  it('has no image that has ended, nor its caption, nor any client half of its message', async () => {
    const image = show()
    const [declared] = image.disclosures as [Disclosure]
    for (const [change, code] of [[{ state: 'suspended', closedCode: 'attestation_lapsed' }, 'attestation_lapsed'], [{ state: 'destroyed', closedCode: 'filed', manifest: null }, 'filed']] as [Partial<Disclosure>, string][]) {
      await keep({ ...image, disclosures: [{ ...declared, ...change }] })
      expect(offered()).toMatchObject([{ kind: 'withheld', images: 1, code, person }])
      expect(JSON.stringify(offered())).not.toMatch(/client_half|Displaced/)
    }
  })

  it('has none that the consent would not cover for who is to read it', async () => {
    await keep(show())
    const asked: string[][] = []
    const denies = { verdict: (_: unknown, __: unknown, ___: unknown, joining: string[]) => { asked.push(joining); return { thread: THREAD, permit: false, reasons: [{ code: 'person_not_covered', who: null, remedy: 'ask_patient' }] } } } as never
    expect(told(offered(denies))).toEqual(['person_not_covered'])
    expect(asked[0]).toHaveLength(1)
  })

  it('has of what is drawn on an image what stands, with the image alone', async () => {
    const image = show()
    const draw = (words: string) => say({ kind: 'annotation', disclosure: image.disclosures[0]!.disclosure, marks: [{ kind: 'words', at: { x: 1, y: 1 }, text: words }] })
    await keep(image, draw('first'), draw('second'))
    expect(JSON.stringify(offered())).toMatch(/second/)
    expect(JSON.stringify(offered())).not.toMatch(/first/)
    await keep({ ...image, disclosures: [{ ...image.disclosures[0]!, state: 'suspended', closedCode: 'attestation_lapsed' }] })
    expect(told(offered())).toEqual(['attestation_lapsed'])
  })

  it('begins where it is asked to, and leaves out what is too long for one message', async () => {
    await keep(say(text('"'.repeat(16_384))), { ...say(text('early')), stored: { ...say(text('early')).stored, at: NOW - 5 } })
    expect(told(offered())).toEqual(['text', 'text'])
    expect(told(offered(permits, NOW))).toEqual(['text'])
    const control = say(text('\u0001'.repeat(10_600)))
    await keep(control)
    expect(told(offered(permits, NOW))).toEqual(['text', 'too_large'])
  })

  it('goes in parts of 200 items and 60 KiB', () => {
    const gap = (n: number): HistoryItem => ({ kind: 'withheld', seq: n + 1, at: NOW, message: id('message'), person, images: 0, code: 'not_kept' })
    expect(firstPart(Array.from({ length: 201 }, (_, n) => gap(n)))).toHaveLength(200)
    const long = Array.from({ length: 5 }, (): HistoryItem => item(say(text('x'.repeat(15_000)))))
    expect(firstPart(long)).toHaveLength(3)
    expect(firstPart(long).map(idOf)).toEqual(long.slice(0, 3).map(idOf))
    expect(firstPart([])).toEqual([])
  })
})

/** As somebody who holds it would share it. */
function item({ stored, signed, disclosures }: Said, changes: Partial<SharedMessage> = {}): SharedMessage {
  const payload = (envelope: Envelope) => JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(envelope.payload.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0)))) as never
  const statements = disclosures.map(({ envelope }) => ({ statement: payload(envelope), sig: envelope.signatures[0]!.sig }))
  return { kind: 'message', seq: stored.seq!, at: stored.at, content: payload(signed), sig: signed.signatures[0]!.sig, statements, ...changes }
}

describe('what waits to be sent', () => {
  it('is for this epoch, and holds while its images are live', async () => {
    const image = show()
    await keep(image)
    const body: ContentBody = { kind: 'history', to: [{ kind: 'person', person }], items: [item(image)] }
    expect(isOfThisMoment({ body, disclosures: [] })).toBe(true)
    expect(stillHolds(context.records, { body })).toBe(true)
    await keep({ ...image, disclosures: [{ ...image.disclosures[0]!, state: 'destroyed', manifest: null }] })
    expect(stillHolds(context.records, { body })).toBe(false)
    expect(stillHolds(context.records, { body: text('x') })).toBe(true)
  })

  it('and what a device keeps of an image’s message goes with the image', async () => {
    const image = show()
    await keep(image)
    const [edit] = withoutSignedImages(context, image.disclosures[0]!)
    expect(JSON.stringify(image.stored)).toContain('signedImages')
    expect(JSON.stringify(edit)).not.toContain('signedImages')
    await context.records.write([edit!])
    expect(withoutSignedImages(context, image.disclosures[0]!)).toEqual([])
    expect(told(offered())).toEqual(['not_kept'])
  })
})

const SHARER = 'per_AAAAAAAAAAAAAAAAAAAAAA'
const entry = { thread: THREAD, seq: 70, at: NOW + 9, device: 'dev_sharer', epoch: 9, message: toIdentifier('message', new Uint8Array(16).fill(2)), mls: '', kind: 'message', disclosures: [] } as MessageEntry

async function receive(items: HistoryItem[], at = thread(), to = context.account.person) {
  const content = { person: SHARER, body: { kind: 'history', to: [{ kind: 'person', person: to }], items } } as unknown as Content
  const receipt = await receiveHistory(context, at, entry, content)
  await context.records.write(receipt.edits)
  return { ...receipt, shown: context.records.messagesOf(THREAD).map(({ body }) => (body.kind === 'unverifiable' || body.kind === 'withheld' ? body.code : body.kind)) }
}

const tombstone = (disclosure: string, state: 'destroyed' | 'suspended' | 'live', n: number): Edit => (
  { kind: 'message', put: { message: `t${n}`, thread: THREAD, seq: 60 + n, at: NOW, person: '', device: '', state: 'sent', error: null, body: { kind: 'tombstone', disclosure, state, code: 'taken_out' } } })

describe('what comes', () => {
  it('is written down as its author’s, at the author’s time, with who shared it', async () => {
    const image = show()
    const { shown, code } = await receive([item(say(text('Hello'))), item(image)])
    expect([shown, code]).toEqual([['text', 'images'], null])
    expect(context.records.messagesOf(THREAD)).toMatchObject([{ at: NOW, person, sharedBy: SHARER }, { signedImages: {}, sharedBy: SHARER }])
    expect(context.records.get('disclosure', image.disclosures[0]!.disclosure)).toMatchObject({ state: 'live', manifest: { client_half: expect.any(String) } })
  })

  it('is nothing for others, and nothing where it is not known when this device joined', async () => {
    const { joined: _, ...older } = thread()
    expect((await receive([item(say(text('Hello')))], thread(), person)).edits).toEqual([])
    expect((await receive([item(say(text('Hello')))], older)).edits).toEqual([])
  })

  it('leaves what is known as it is, and lets what was withheld be shared later', async () => {
    const hello = say(text('Hello'))
    const gap: HistoryItem = { kind: 'withheld', seq: 3, at: NOW, message: hello.stored.message, person, images: 0, code: 'not_kept' }
    expect((await receive([gap])).shown).toEqual(['not_kept'])
    expect((await receive([gap])).edits).toEqual([])
    expect((await receive([item(hello)])).shown).toEqual(['text'])
    expect((await receive([item(hello), gap])).edits).toEqual([])
  })

  it.each<[string, 'destroyed' | 'suspended' | 'live', object]>([
    ['ended', 'destroyed', { state: 'destroyed', closedCode: 'taken_out', manifest: null }], ['was closed for now', 'suspended', { state: 'suspended', closedCode: 'taken_out' }], ['was opened again', 'live', { state: 'live', closedCode: null }],
  ])('counts that an image %s before it came', async (_, state, expected) => {
    const image = show()
    const { disclosure } = image.disclosures[0]!
    await context.records.write([tombstone(disclosure, 'suspended', 1), tombstone(disclosure, state, 2)])
    await receive([item(image)])
    expect(context.records.get('disclosure', disclosure)).toMatchObject(expected)
    expect(context.records.get('message', image.stored.message)?.signedImages === undefined).toBe(state === 'destroyed')
  })

  it('is not drawn on an image that this device does not have', async () => {
    const drawn = say({ kind: 'annotation', disclosure: id('disclosure'), marks: [{ kind: 'words', at: { x: 1, y: 1 }, text: 'here' }] })
    expect((await receive([item(drawn)])).shown).toEqual([])
  })

  it('brings back what this device forgot when it was taken out of the thread, where it was, and of no other statement', async () => {
    const image = show()
    const [held] = image.disclosures as [Disclosure]
    const drawn = say({ kind: 'annotation', disclosure: held.disclosure, marks: [{ kind: 'words', at: { x: 1, y: 1 }, text: 'here' }] })
    const left = async (closedCode: string) => {
      await keep(image, drawn)
      const edits = [...withoutMarks(context, held), ...withoutSignedImages(context, held)]
      await context.records.write([...(closedCode === 'removed' ? recallable(context, edits) : edits), { kind: 'disclosure', put: { ...held, state: 'destroyed', closedCode, manifest: null } }])
    }
    await left('taken_out')
    expect((await receive([item(image), item(drawn)])).edits).toEqual([])
    await left('removed')
    const other = sign('disclosure', { ...held.statement, version: 2 }, author.device, author.secretKey.subarray(0, 32))
    await context.records.write([{ kind: 'disclosure', put: { ...held, envelope: other, state: 'destroyed', closedCode: 'removed', manifest: null } }])
    expect((await receive([item(image)])).code).toBe('not_as_declared')
    await left('removed')
    await receive([item(image, { seq: 40, at: 1 }), item(drawn)])
    expect(context.records.get('disclosure', held.disclosure)).toMatchObject({ state: 'live', manifest: { client_half: expect.any(String) } })
    expect(context.records.get('message', image.stored.message)).toEqual(image.stored)
    expect(context.records.get('message', drawn.stored.message)).toEqual(drawn.stored)
  })

  it('brings back of what was forgotten that very content, and nothing else by its id', async () => {
    const image = show()
    const [held] = image.disclosures as [Disclosure]
    const draw = (words: string, message: string) => say({ kind: 'annotation', disclosure: held.disclosure, marks: [{ kind: 'words', at: { x: 1, y: 1 }, text: words }] }, { message })
    const drawn = draw('here', id('message'))
    await keep(image, drawn)
    await context.records.write([...recallable(context, [...withoutMarks(context, held), ...withoutSignedImages(context, held)]), { kind: 'disclosure', put: { ...held, state: 'destroyed', closedCode: 'removed', manifest: null } }])
    const { message } = drawn.stored
    const forgotten = [message, image.stored.message].map((one) => context.records.get('message', one))
    const claims = [
      byAnother(() => say(text('I agreed to operate'), { message })), byAnother(() => draw('there', message)), byAnother(() => say(text('of another'), { message: image.stored.message })),
      draw('there', message), say(text('Hello'), { message }), say(text('Hello'), { message: image.stored.message }),
    ]
    for (const claim of claims) expect((await receive([item(claim)])).code).toBe('malformed')
    expect([message, image.stored.message].map((one) => context.records.get('message', one))).toEqual(forgotten)
    expect((await receive([item(image), item(drawn)])).code).toBeNull()
    expect([message, image.stored.message].map((one) => context.records.get('message', one))).toEqual([drawn.stored, image.stored])
  })

  it('undoes no taking back, and takes the place of nothing that was emptied because its image ended', async () => {
    const image = show()
    const { disclosure } = image.disclosures[0]!
    const draw = (marks: []) => say({ kind: 'annotation', disclosure, marks })
    const takenBack = draw([])
    await keep(image, takenBack)
    const { message } = takenBack.stored
    expect((await receive([item(byAnother(() => say(text('It is fine'), { message })))])).code).toBe('malformed')
    expect((await receive([item(say(text('It is fine'), { message }))])).edits).toEqual([])
    expect(context.records.get('message', message)).toEqual(takenBack.stored)
    await context.records.write(withoutMarks(context, image.disclosures[0]!))
    expect(context.records.get('message', message)).not.toHaveProperty('forgotten')
    expect((await receive([item(say(text('It is fine'), { message }))])).edits).toEqual([])
  })

  it('is shown beside what another author shared by its id, and goes on as it was signed', async () => {
    const hello = say(text('Hello'))
    const image = show()
    const claims = [hello, image].map(({ stored: { message } }) => byAnother(() => say(text('ok'), { message })))
    expect((await receive(claims.map((one) => item(one)))).shown).toEqual(['text', 'text'])
    expect((await receive([item(hello), item(image)])).shown).toEqual(['text', 'text', 'text', 'images'])
    expect((await receive([item(hello), item(image)])).edits).toEqual([])
    expect(context.records.messagesOf(THREAD).map((one) => one.person)).toEqual([...claims, hello, image].map(({ stored }) => stored.person))
    const rows = context.records.messagesOf(THREAD).filter(({ body }) => body.kind === 'text').map((one) => asAdvice(one, null))
    expect(rows.filter(({ message }) => message === hello.stored.message)).toMatchObject([{ text: 'ok' }, { person, text: 'Hello' }])
    const again = new Set(offered().map(idOf))
    expect(again.size).toBe(4)
    expect(offered().filter((one) => one.kind === 'message' && one.content.message === hello.stored.message)).toMatchObject([{ content: { body: text('Hello') } }, { content: { body: text('ok') } }])
    const kept = context.records.get('disclosure', image.disclosures[0]!.disclosure)!
    await context.records.write([...withoutSignedImages(context, kept), { kind: 'disclosure', put: { ...kept, state: 'destroyed', closedCode: 'filed', manifest: null } }])
    expect(JSON.stringify(context.records.messagesOf(THREAD))).not.toContain('signedImages')
    expect(offered().filter(({ kind }) => kind === 'withheld')).toMatchObject([{ message: image.stored.message, person, images: 1, code: 'filed' }])
  })

  it('also in one sharing, and where the other one was shared in another thread', async () => {
    const hello = say(text('Hello'))
    const { message } = hello.stored
    const claim = byAnother(() => say(text('ok'), { message }))
    expect((await receive([item(claim), item(hello)])).shown).toEqual(['text', 'text'])
    const later = say(text('Later'))
    await context.records.write([{ kind: 'message', put: { ...byAnother(() => say(text('ok'), { message: later.stored.message })).stored, thread: 'thr_other', sharedBy: SHARER } }])
    expect((await receive([item(later)])).code).toBeNull()
    expect((await receive([])).shown).toHaveLength(3)
  })

  it('leaves the place of what was withheld to its author', async () => {
    const hello = say(text('Hello'))
    const { message } = hello.stored
    const gap: HistoryItem = { kind: 'withheld', seq: 3, at: NOW, message, person, images: 0, code: 'not_kept' }
    const claim = byAnother(() => say(text('ok'), { message }))
    expect((await receive([{ ...gap, person: claim.stored.person }])).shown).toEqual(['not_kept'])
    expect((await receive([gap])).shown).toEqual(['not_kept', 'not_kept'])
    await receive([item(claim), item(hello)])
    expect(context.records.messagesOf(THREAD).map(({ body }) => body)).toEqual([text('ok'), text('Hello')])
  })

  it('is not by the id of what the log brought, nor of the message that brings it', async () => {
    const hello = say(text('Hello'))
    await keep(hello)
    const gap: HistoryItem = { kind: 'withheld', seq: 3, at: NOW, message: hello.stored.message, person: SHARER, images: 0, code: 'not_kept' }
    expect((await receive([gap])).code).toBe('malformed')
    expect((await receive([item(byAnother(() => say(text('ok'), { message: hello.stored.message })))])).code).toBe('malformed')
    expect((await receive([item(hello)])).edits).toEqual([])
    const { edits, code } = await receive([item(say(text('ok'), { message: entry.message }))])
    expect([code, edits]).toMatchObject(['malformed', [{ put: { message: `${THREAD}:70:0`, state: 'unverifiable' } }]])
    expect(context.records.get('message', hello.stored.message)).toEqual(hello.stored)
  })

  it('takes the place of no message and no image of another thread', async () => {
    const elsewhere = say(text('Elsewhere'))
    const image = show()
    await context.records.write([
      { kind: 'message', put: { ...elsewhere.stored, thread: 'thr_other', body: { kind: 'text', text: 'as it is' } } }, { kind: 'disclosure', put: { ...image.disclosures[0]!, thread: 'thr_other', message: 'another' } },
    ])
    const { shown, code } = await receive([item(elsewhere), item(image), { kind: 'withheld', seq: 3, at: NOW, message: elsewhere.stored.message, person, images: 1, code: 'taken_out' }])
    expect([shown, code]).toEqual([['malformed', 'not_as_declared', 'malformed'], 'malformed'])
    expect(context.records.get('message', elsewhere.stored.message)).toMatchObject({ thread: 'thr_other', body: { text: 'as it is' } })
    expect(context.records.get('disclosure', image.disclosures[0]!.disclosure)).toMatchObject({ thread: 'thr_other' })
  })

  it('names two images by one disclosure, or a preview of what is not beside it, to nobody', async () => {
    const alone = show({ preview_of: id('disclosure') })
    expect((await receive([item(alone)])).shown).toEqual(['not_as_declared'])
  })

  it('is by a device that somebody certified, and that had not ended', async () => {
    const hello = say(text('Hello'))
    certify(NOW)
    expect((await receive([item(hello)])).shown).toEqual(['wrong_signer'])
    certify(NOW + 1)
    author = newDevice()
    expect((await receive([item(hello), item(say(text('by nobody')))])).shown).toEqual(['wrong_signer', 'text', 'wrong_signer'])
  })

  it('is of before this device joined, also what is withheld', async () => {
    const gap: HistoryItem = { kind: 'withheld', seq: JOINED.seq, at: NOW, message: id('message'), person, images: 0, code: 'not_kept' }
    expect((await receive([item(say(text('x')), { seq: JOINED.seq }), gap])).edits).toEqual([])
    expect((await receive([item(say(text('x')))], thread({ joined: { seq: 50, epoch: 4 } }))).shown).toEqual(['malformed'])
    expect(context.records.messagesOf(THREAD)).toMatchObject([{ person: SHARER, state: 'unverifiable', body: { code: 'malformed' } }])
  })
})
