/** What an administrator sees of their organisation's own people (SPEC S4.7), as the server tells it: nothing is kept on the device. */
import type { Purpose, ThreadKind } from '../protocol/types'
import type { DeviceContext } from './device_context'
import { CLOCK_MARGIN_MS } from './enrolment'
import type { Attempt, DenialDayView, DenialPage, StaffCounts, StaffDevices, StaffMark, StaffPage, StaffView, Standing } from './session'

const ROLE = 'administrator'
const HERE = '/api/administration'

interface Member {
  person: string; display_name: string; roles: string[]; teams: string[]; standing: Standing; waiting: boolean; has_device: boolean
  attestation: { serial: number; valid_from: number; valid_until: number } | null
}
interface Listed { device: string; label: string; created_at: number; confirmed: boolean; invited: boolean; signed_in_on: string | null; revoked_at: number | null }
interface Denied { person: string; display_name: string; at: number; attempt: Attempt; kind: ThreadKind | null; purpose: Purpose | 'none' | null; codes: string[] }

export class Administration {
  constructor(private readonly context: DeviceContext) {}

  /** Whether this person's own organisation attests them the role now. The server asks for itself. */
  get isAdministrator(): boolean {
    const { people, account, clock } = this.context
    const now = clock.now()
    return people.attestations(account.person).some(({ organisation, roles, valid_from, valid_until }) =>
      organisation === account.organisation && roles.includes(ROLE) && valid_from <= now && now < valid_until)
  }

  async counts(): Promise<StaffCounts> {
    const { people, waiting, soon, over, without_device: withoutDevice } = await this.context.transport.get<Omit<StaffCounts, 'withoutDevice'> & { without_device: number }>(HERE)
    return { people, waiting, soon, over, withoutDevice }
  }

  /** `after`: the `next` of the page before, of the same name and mark. */
  async page(name: string, only: StaffMark | null, after: string | null): Promise<StaffPage> {
    const asked = new URLSearchParams({ ...(name === '' ? {} : { q: name }), ...(only === null ? {} : { only }), ...(after === null ? {} : { after }) })
    const { people, next } = await this.context.transport.get<{ people: Member[]; next: string | null }>(`${HERE}/people?${asked}`)
    return { people: people.map(staffView), next }
  }

  /** Devices that may sign in first, then the newest. */
  async member(person: string): Promise<StaffDevices> {
    const told = await this.context.transport.get<{ person: Member; devices: Listed[] }>(`${HERE}/people/${person}`)
    const devices = told.devices.map(({ device, label, created_at: from, confirmed, invited, signed_in_on: signedInOn, revoked_at: revokedAt }) =>
      ({ device, label, setUpAt: from + CLOCK_MARGIN_MS, confirmed, invited, signedInOn, revokedAt, current: device === this.context.account.device }))
    return { person: staffView(told.person), devices: devices.sort((a, b) => Number(a.revokedAt !== null) - Number(b.revokedAt !== null) || b.setUpAt - a.setUpAt) }
  }

  /** For good: it is told so at its next sign-in, and erases itself (S4.6). */
  async revoke(device: string): Promise<void> {
    await this.context.transport.post(`${HERE}/devices/${device}/revoke`, {})
  }

  async denials(after: string | null): Promise<DenialPage> {
    const { denials, next } = await this.context.transport.get<{ denials: Denied[]; next: string | null }>(`${HERE}/denials${after === null ? '' : `?after=${after}`}`)
    return { denials: denials.map(({ display_name: name, ...told }) => ({ name, ...told })), next }
  }

  async denialDays(): Promise<DenialDayView[]> {
    return (await this.context.transport.get<{ days: DenialDayView[] }>(`${HERE}/denials/days`)).days
  }
}

function staffView({ person, display_name: name, roles, teams, standing, attestation: said, waiting, has_device: hasDevice }: Member): StaffView {
  const attestation = said === null ? null : { serial: said.serial, validFrom: said.valid_from, validUntil: said.valid_until }
  return { person, name, roles, teams, standing, attestation, waiting, hasDevice }
}
