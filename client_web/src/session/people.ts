/**
 * Who is who: the organisations that this device's own organisation vouches for (S3.7), their attestations (S3.6) and the
 * certificates of devices. Everything here was verified against the pinned key; what does not verify is as if it were not there.
 */
import { isAttested, standing } from '../protocol/attestations'
import { equalBytes, fromBase64url, toBase64url } from '../protocol/encoding'
import { parseEnvelope, statementHash, verify, type Envelope } from '../protocol/statements'
import type { Attestation, DeviceCertificate, Gateway, KnownOrganisation, Organisations, RecipientPerson } from '../protocol/types'
import type { Edit, PersonRecord, Records } from './records'
import type { OrganisationView, PersonView } from './session'
import type { Transport } from './transport'

const MOST_AT_ONCE = 200

export interface KnownDevice { certificate: DeviceCertificate; revokedAt: number | null }
interface Known { attestations: Attestation[]; devices: KnownDevice[] }
interface Statements {
  people: { person: string; attestations: unknown[]; devices: { device: unknown; revoked_at?: number | null }[] }[]
  organisations: unknown[]
}

function attempt<T>(read: () => T): T | null {
  try {
    return read()
  } catch {
    return null
  }
}

/** The device certificates of a person that verify under an identity key which an organisation attested for them. */
function certifiedDevices(record: PersonRecord, attestations: Attestation[]): KnownDevice[] {
  const keys = [...new Set(attestations.map(({ identity_key }) => identity_key))]
  return record.devices.flatMap(({ device, revoked_at }) => {
    const certificates = keys.flatMap((key) => attempt(() => verify(device, 'device', record.person, fromBase64url(key))) ?? [])
    return certificates.slice(0, 1).filter(({ person, identity_key }) => person === record.person && keys.includes(identity_key))
      .map((certificate) => ({ certificate, revokedAt: revoked_at }))
  })
}

export class People {
  private organisationsStatement: Organisations | null = null
  private readonly known = new Map<string, Known>()
  private readonly owners = new Map<string, string>()

  constructor(
    private readonly own: { organisation: string; organisationKey: string; organisationName: string },
    private readonly transport: Transport,
    private readonly records: Records,
  ) {}

  /** Reads again what was stored. */
  load(): void {
    const kept = this.records.get('organisations', this.own.organisation)
    if (kept !== null) this.organisationsStatement = attempt(() => this.verifyOrganisations(kept.envelope))
    for (const record of this.records.all('person')) this.learn(record)
  }

  clear(): void {
    this.organisationsStatement = null
    this.known.clear()
    this.owners.clear()
  }

  /** Fetches the statements about people and devices that are not known yet. */
  async ensure(people: string[], devices: string[] = []): Promise<void> {
    await this.refresh(people.filter((person) => !this.known.has(person)), devices.filter((device) => !this.owners.has(device)))
  }

  /** Fetches the newest statements about these people and the owners of these devices. */
  async refresh(people: string[], devices: string[] = []): Promise<void> {
    for (let i = 0; i < Math.max(people.length, devices.length); i += MOST_AT_ONCE) {
      const asked = { people: people.slice(i, i + MOST_AT_ONCE), devices: devices.slice(i, i + MOST_AT_ONCE) }
      await this.take(await this.transport.post<Statements>('/api/directory/statements', asked))
    }
  }

  /** What was told of a person by another way than the directory. */
  hear(person: string, attestations: unknown[]): Promise<void> {
    return this.take({ people: [{ person, attestations, devices: [] }], organisations: [] })
  }

  private async take(answer: Statements): Promise<void> {
    const edits: Edit[] = answer.organisations.flatMap((envelope) => this.takeOrganisations(envelope))
    for (const each of answer.people) {
      const record = this.merged(each)
      this.learn(record)
      edits.push({ kind: 'person', put: record })
    }
    if (edits.length > 0) await this.records.write(edits)
  }

  /** An attestation that was seen stays: the server cannot bring an older one back by leaving the newest out. */
  private merged({ person, attestations, devices }: Statements['people'][number]): PersonRecord {
    const former = this.records.get('person', person)
    const readable = attestations.flatMap((value) => attempt(() => parseEnvelope(value)) ?? []).filter((envelope) => this.readAttestation(envelope) !== null)
    const unseen = (former?.attestations ?? []).filter((old) => !readable.some((one) => equalBytes(statementHash(one), statementHash(old))))
    const current = devices.flatMap(({ device, revoked_at }) =>
      attempt(() => ({ device: parseEnvelope(device), revoked_at: revoked_at ?? null })) ?? [])
    const hashes = current.map(({ device }) => toBase64url(statementHash(device)))
    const gone = (former?.devices ?? []).filter(({ device }) => !hashes.includes(toBase64url(statementHash(device))))
    return { person, attestations: [...readable, ...unseen], devices: [...current, ...gone] }
  }

  private takeOrganisations(value: unknown): Edit[] {
    const envelope = attempt(() => parseEnvelope(value))
    const statement = envelope === null ? null : attempt(() => this.verifyOrganisations(envelope))
    if (envelope === null || statement === null || statement.serial < (this.organisationsStatement?.serial ?? 0)) return []
    this.organisationsStatement = statement
    return [{ kind: 'organisations', put: { id: this.own.organisation, envelope } }]
  }

  private verifyOrganisations(envelope: Envelope): Organisations {
    const statement = verify(envelope, 'organisations', this.own.organisation, fromBase64url(this.own.organisationKey))
    if (statement.organisation !== this.own.organisation || statement.organisations[0]?.key !== this.own.organisationKey) throw new Error('of another organisation')
    return statement
  }

  private organisation(id: string): KnownOrganisation | null {
    return this.organisationsStatement?.organisations.find(({ organisation }) => organisation === id) ?? null
  }

  private keyOf(organisation: string): Uint8Array | null {
    if (organisation === this.own.organisation) return fromBase64url(this.own.organisationKey)
    const known = this.organisation(organisation)
    return known === null ? null : fromBase64url(known.key)
  }

  /** What an organisation that is known signs of its records gateway (S12.1), or null. */
  gateway(envelope: Envelope): Gateway | null {
    const signer = envelope.signatures[0]!.keyid
    const key = this.keyOf(signer)
    const gateway = key === null ? null : attempt(() => verify(envelope, 'gateway', signer, key))
    return gateway !== null && gateway.organisation === signer ? gateway : null
  }

  private readAttestation(envelope: Envelope): Attestation | null {
    const signer = envelope.signatures[0]!.keyid
    const key = this.keyOf(signer)
    const attestation = key === null ? null : attempt(() => verify(envelope, 'attestation', signer, key))
    return attestation !== null && attestation.organisation === signer ? attestation : null
  }

  private learn(record: PersonRecord): void {
    const attestations = record.attestations.flatMap((envelope) => this.readAttestation(envelope) ?? []).filter(({ person }) => person === record.person)
    const devices = certifiedDevices(record, attestations)
    this.known.set(record.person, { attestations, devices })
    for (const { certificate } of devices) this.owners.set(certificate.device, record.person)
  }

  ownerOf(device: string): string | null {
    return this.owners.get(device) ?? null
  }

  device(device: string): KnownDevice | null {
    const owner = this.known.get(this.owners.get(device) ?? '')
    return owner?.devices.find(({ certificate }) => certificate.device === device) ?? null
  }

  /** Whether this key is certified for this device; asks the directory about a device that is not known. Not a question of time. */
  async isCertified(device: string, key: Uint8Array): Promise<boolean> {
    await this.ensure([], [device])
    const known = this.device(device)
    return known !== null && equalBytes(fromBase64url(known.certificate.device_key), key)
  }

  /** S3.6, and not revoked. */
  isAttested(device: string, now: number): boolean {
    const known = this.device(device)
    if (known === null || (known.revokedAt !== null && known.revokedAt <= now)) return false
    return isAttested(known.certificate, this.attestations(known.certificate.person), now)
  }

  /**
   * Whether it is over for good: revoked, past its certificate's time, or of an identity key in whose place its person's organisations attest another.
   * What only waits for an attestation to be renewed has not ended.
   */
  hasEnded(device: string, now: number): boolean {
    const known = this.device(device)
    if (known === null) return false
    const { certificate, revokedAt } = known
    const keys = this.attestations(certificate.person).map(({ identity_key }) => identity_key)
    return (revokedAt !== null && revokedAt <= now) || certificate.valid_until <= now || (keys.length > 0 && !keys.includes(certificate.identity_key))
  }

  /** Those that are attested now and not revoked. */
  activeDevices(person: string, now: number): string[] {
    const devices = this.known.get(person)?.devices.map(({ certificate }) => certificate.device) ?? []
    return devices.filter((device) => this.isAttested(device, now))
  }

  attestations(person: string): Attestation[] {
    return standing(this.known.get(person)?.attestations ?? [], person)
  }

  /** Also those that a later one has made void. */
  everAttested(person: string): Attestation[] {
    return this.known.get(person)?.attestations ?? []
  }

  asRecipient(person: string): RecipientPerson {
    return { person, attestations: this.attestations(person) }
  }

  /** By the attestation of one organisation, one's own where it has one: a role or team belongs to who says it. */
  view(person: string): PersonView {
    const attestations = this.attestations(person)
    const first = attestations.find(({ organisation }) => organisation === this.own.organisation) ?? attestations[0]
    if (first === undefined) return { person, name: '', organisation: '', organisationName: '', roles: [], teams: [], verified: false }
    const { organisation, display_name: name, roles, teams } = first
    return { person, name, organisation, organisationName: this.organisationName(organisation), roles, teams, verified: true }
  }

  organisationName(organisation: string): string {
    return this.organisation(organisation)?.name ?? (organisation === this.own.organisation ? this.own.organisationName : '')
  }

  isKnown(person: string): boolean {
    return this.known.has(person)
  }

  organisations(): OrganisationView[] {
    return (this.organisationsStatement?.organisations ?? []).map(({ organisation, name, teams, roles }) => ({ organisation, name, teams, roles }))
  }
}
