/** People, devices and denials as an administrator sees them: some that need doing something, and many that do not. */
import type { DenialDayView, DenialView, StaffDevices, StaffMark, StaffView } from '@client/session/session'
import { organisations, per, people } from './made_up_people'

const hour = 3_600_000
const day = 24 * hour
const team = organisations[0]!.teams[0]!.team

function member(n: number, name: string, days: number | null, more: Partial<StaffView> = {}): StaffView {
  const now = Date.now()
  const standing = days === null ? 'none' : days <= 0 ? 'over' : days <= 30 ? 'soon' : 'holds'
  const attestation = days === null ? null : { serial: 1 + (n % 3), validFrom: now - 340 * day, validUntil: now + days * day + hour }
  return { person: per(n), name, roles: days === null ? [] : ['intern'], teams: [], standing, attestation, waiting: false, hasDevice: true, ...more }
}

export const madeUpStaff: StaffView[] = [
  member(40, 'Dr Zoe Halloran', null, { waiting: true }),
  member(41, 'Dr Tomasz Wiśniewski', 200, { waiting: true, roles: ['emergency-registrar'], teams: [team] }),
  member(3, people.lin.name, 6, { roles: ['emergency-registrar'], teams: [team] }),
  member(4, people.sam.name, 22),
  member(42, 'Abel Invited-Yesterday', null, { hasDevice: false }),
  member(43, 'Dr Bea Left-in-Spring', -60, { hasDevice: false }),
  member(1, people.me.name, 300, { roles: ['intern', 'administrator'] }),
  ...Array.from({ length: 38 }, (_, n) => member(50 + n, `Nurse Number ${n + 1}`, 90 + n)),
]

const holds: Record<StaffMark, (one: StaffView) => boolean> = {
  waiting: ({ waiting }) => waiting, soon: ({ standing }) => standing === 'soon', over: ({ standing }) => standing === 'over', without_device: ({ hasDevice }) => !hasDevice,
}
export const found = (name: string, only: StaffMark | null) => madeUpStaff.filter((one) => one.name.toLowerCase().includes(name.toLowerCase()) && (only === null || holds[only](one)))
export const counted = (mark: StaffMark) => madeUpStaff.filter(holds[mark]).length

export function devicesOf(person: string, revoked: ReadonlySet<string>): StaffDevices {
  const one = madeUpStaff.find((each) => each.person === person)!
  const listed = (n: number, label: string, ago: number, signedInOn: string | null, more: object = {}) => {
    const id = `dev_${person.slice(-4)}${n}`
    return { device: id, label, setUpAt: Date.now() - ago * day, confirmed: !one.waiting, invited: n !== 4, signedInOn, revokedAt: revoked.has(id) ? Date.now() : null, current: person === people.me.person && n === 1, ...more }
  }
  if (!one.hasDevice) return { person: one, devices: [] }
  const replaced = person === people.sam.person ? [listed(3, 'Safari on iPhone', 200, '2026-11-07', { confirmed: false })] : []
  return { person: one, devices: [listed(1, 'Chrome on Android', 20, '2026-11-26'), listed(2, 'The ward’s old iPad', 300, null, { revokedAt: Date.now() - 90 * day }), ...replaced, ...(person === people.lin.person ? [listed(4, 'Ward 7, desk', 3, '2026-11-27')] : [])] }
}

const denial = (n: number, name: string, more: Partial<DenialView>): DenialView =>
  ({ person: per(4), name, at: Date.now() - n * hour, attempt: 'ask', kind: 'social', purpose: 'none', codes: ['purpose_not_covered', 'social_thread', 'person_not_covered'], ...more })
export const madeUpDenials: DenialView[] = [
  denial(2, people.sam.name, {}),
  denial(5, people.lin.name, { attempt: 'add', kind: 'case', purpose: 'direct-care-advice', codes: ['person_not_covered'] }),
  denial(30, people.lin.name, { attempt: 'open', kind: 'discussion', purpose: 'teaching', codes: ['attestation_lapsed'] }),
  denial(31, people.me.name, { attempt: 'file', kind: 'case', purpose: 'direct-care-advice', codes: ['record_not_covered'] }),
  ...Array.from({ length: 6 }, (_, n) => denial(60 + n, 'Nurse Number 3', { attempt: 'open', kind: 'case', purpose: 'direct-care-advice', codes: ['consent_withdrawn'] })),
]
export const madeUpDenialDays: DenialDayView[] = [
  { day: '2026-11-28', denials: 2, codes: { purpose_not_covered: 1, social_thread: 1, person_not_covered: 2 } },
  { day: '2026-11-27', denials: 2, codes: { attestation_lapsed: 1, record_not_covered: 1 } },
  { day: '2026-11-25', denials: 6, codes: { consent_withdrawn: 6 } },
]
