import { beforeAll, expect, it } from 'vitest'
import { toBase64url } from '../../src/protocol/encoding'
import { toIdentifier, type IdentifierKind } from '../../src/protocol/identifiers'
import { ready, sodium } from '../../src/protocol/sodium'
import { sign, type Envelope } from '../../src/protocol/statements'
import type { Attestation } from '../../src/protocol/types'
import { MemoryStorage } from '../../src/node/memory_storage'
import { People } from '../../src/session/people'
import { Records } from '../../src/session/records'
import { SealedStorage } from '../../src/session/sealed_storage'
import { Transport } from '../../src/session/transport'
import { NOW, random } from './device'

beforeAll(ready)
const id = (kind: IdentifierKind) => toIdentifier(kind, random(16))
const DAY = 86_400_000

function newKey() {
  const { publicKey, privateKey } = sodium().crypto_sign_keypair()
  return { publicKey: toBase64url(publicKey), raw: publicKey, seed: privateKey.subarray(0, 32) }
}

/** Two organisations of which the first vouches for the second, and a directory that answers as it is told. */
function setUp() {
  const [own, other] = [{ organisation: id('organisation'), ...newKey() }, { organisation: id('organisation'), ...newKey() }]
  const known = [own, other].map(({ organisation, publicKey }) => ({ organisation, name: `Hospital ${organisation.slice(4, 6)}`, key: publicKey, teams: [], roles: [] }))
  const organisations = sign('organisations', { organisation: own.organisation, serial: 1, issued_at: NOW, organisations: known }, own.organisation, own.seed)
  const answer = { people: [] as unknown[], organisations: [organisations] as Envelope[] }
  const storage = new MemoryStorage()
  const newPeople = () => {
    const records = new Records(new SealedStorage(storage, new Uint8Array(32).fill(3), random))
    const transport = new Transport(async () => ({ status: 200, bytes: async () => new TextEncoder().encode(JSON.stringify(answer)) }))
    return { people: new People({ organisation: own.organisation, organisationKey: own.publicKey, organisationName: 'Own' }, transport, records), records }
  }
  return { own, other, answer, newPeople }
}

function newPerson(signer: { organisation: string; seed: Uint8Array }, changes: Partial<Attestation> = {}) {
  const [person, device, identity, deviceKey] = [id('person'), id('device'), newKey(), newKey()]
  const attestation: Attestation = {
    organisation: signer.organisation, person, display_name: 'Dr Example', identity_key: identity.publicKey, roles: ['surgeon'], teams: [], registration: null,
    serial: 1, valid_from: NOW - DAY, valid_until: NOW + DAY, ...changes,
  }
  const certificate = {
    device, person, device_key: deviceKey.publicKey, identity_key: identity.publicKey, created_at: NOW - DAY, valid_until: NOW + DAY, label: 'phone',
  }
  const told = {
    person, attestations: [sign('attestation', attestation, signer.organisation, signer.seed)] as Envelope[],
    devices: [{ device: sign('device', certificate, person, identity.seed) } as { device: Envelope; revoked_at?: number }],
  }
  return { person, device, deviceKey, identity, attestation, certificate, told }
}

it('knows people of its own organisation and of those it vouches for', async () => {
  const { own, other, answer, newPeople } = setUp()
  const [colleague, specialist] = [newPerson(own), newPerson(other)]
  answer.people = [colleague.told, specialist.told]
  const { people } = newPeople()
  await people.ensure([colleague.person, specialist.person])
  for (const each of [colleague, specialist]) {
    expect(people.view(each.person)).toMatchObject({ name: 'Dr Example', verified: true })
    expect(people.isAttested(each.device, NOW)).toBe(true)
    expect(await people.isCertified(each.device, each.deviceKey.raw)).toBe(true)
  }
})

it('takes no attestation from an organisation that nobody vouched for, or under another key', async () => {
  const { own, answer, newPeople } = setUp()
  const stranger = newPerson({ organisation: id('organisation'), ...newKey() })
  const forged = newPerson({ organisation: own.organisation, seed: newKey().seed })
  answer.people = [stranger.told, forged.told]
  const { people } = newPeople()
  await people.ensure([stranger.person, forged.person])
  for (const each of [stranger, forged]) {
    expect(people.attestations(each.person)).toEqual([])
    expect(people.view(each.person).verified).toBe(false)
    expect(await people.isCertified(each.device, each.deviceKey.raw)).toBe(false)
  }
})

it('takes organisations only from its own organisation\'s statement', async () => {
  const { own, answer, newPeople } = setUp()
  const rogue = { organisation: id('organisation'), ...newKey() }
  const claimed = [{ organisation: own.organisation, name: 'Own', key: own.publicKey, teams: [], roles: [] }, { organisation: rogue.organisation, name: 'Rogue', key: rogue.publicKey, teams: [], roles: [] }]
  answer.organisations = [sign('organisations', { organisation: own.organisation, serial: 9, issued_at: NOW, organisations: claimed }, own.organisation, rogue.seed)]
  const insider = newPerson(rogue)
  answer.people = [insider.told]
  const { people } = newPeople()
  await people.ensure([insider.person])
  expect(people.attestations(insider.person)).toEqual([])
})

it('refuses a device that another identity key certified', async () => {
  const { own, answer, newPeople } = setUp()
  const victim = newPerson(own)
  const impostor = newKey()
  const device = id('device')
  const fake = { ...victim.certificate, device, device_key: impostor.publicKey, identity_key: impostor.publicKey }
  answer.people = [{ ...victim.told, devices: [...victim.told.devices, { device: sign('device', fake, victim.person, impostor.seed) }] }]
  const { people } = newPeople()
  await people.ensure([victim.person])
  expect(people.ownerOf(device)).toBeNull()
  expect(people.ownerOf(victim.device)).toBe(victim.person)
})

it('lets the higher serial stand, also when the server leaves it out later and after a restart', async () => {
  const { own, answer, newPeople } = setUp()
  const one = newPerson(own)
  const later = sign('attestation', { ...one.attestation, serial: 2, roles: ['retired'] }, own.organisation, own.seed)
  answer.people = [{ ...one.told, attestations: [...one.told.attestations, later] }]
  const { people } = newPeople()
  await people.ensure([one.person])
  expect(people.view(one.person).roles).toEqual(['retired'])
  answer.people = [one.told]
  await people.refresh([one.person])
  expect(people.view(one.person).roles).toEqual(['retired'])
  const { people: restarted, records } = newPeople()
  await records.load()
  restarted.load()
  expect(restarted.view(one.person).roles).toEqual(['retired'])
})

it('counts a device as attested only within the times, and not once it was revoked', async () => {
  const { own, answer, newPeople } = setUp()
  const [one, revoked] = [newPerson(own), newPerson(own)]
  answer.people = [one.told, { ...revoked.told, devices: [{ ...revoked.told.devices[0]!, revoked_at: NOW }] }]
  const { people } = newPeople()
  await people.ensure([one.person, revoked.person])
  expect([NOW - DAY - 1, NOW - DAY, NOW + DAY - 1, NOW + DAY].map((now) => people.isAttested(one.device, now))).toEqual([false, true, true, false])
  expect([NOW - 1, NOW].map((now) => people.isAttested(revoked.device, now))).toEqual([true, false])
})

it('says that a device has ended when it was revoked, ran out or was replaced, and not while an attestation only waits to be renewed', async () => {
  const { own, answer, newPeople } = setUp()
  const [standing, revoked, replaced] = [newPerson(own, { valid_until: NOW + 1 }), newPerson(own), newPerson(own)]
  const another = newKey()
  const next = sign('attestation', { ...replaced.attestation, serial: 2, identity_key: another.publicKey }, own.organisation, own.seed)
  const device = { ...replaced.certificate, device: id('device'), identity_key: another.publicKey }
  const told = { ...replaced.told, attestations: [next, ...replaced.told.attestations], devices: [...replaced.told.devices, { device: sign('device', device, replaced.person, another.seed) }] }
  answer.people = [standing.told, { ...revoked.told, devices: [{ ...revoked.told.devices[0]!, revoked_at: NOW }] }, told]
  const { people } = newPeople()
  await people.ensure([standing.person, revoked.person, replaced.person])
  const ended = (device: string, now = NOW) => people.hasEnded(device, now)
  expect([ended(standing.device), ended(revoked.device), ended(replaced.device), ended(device.device)]).toEqual([false, true, true, false])
  expect([ended(standing.device, standing.attestation.valid_until), ended(standing.device, standing.certificate.valid_until)]).toEqual([false, true])
  expect(people.activeDevices(replaced.person, NOW)).toEqual([device.device])
  expect(await people.isCertified(replaced.device, replaced.deviceKey.raw)).toBe(true)
})
