import type { Attestation } from '@client/protocol/types'
import type { OrganisationView, PersonView } from '@client/session/session'

const id = (prefix: string, n: number) => `${prefix}_${String(n).padStart(22, 'A')}`
export const per = (n: number) => id('per', n)
export const thr = (n: number) => id('thr', n)
export const con = (n: number) => id('con', n)
export const dis = (n: number) => id('dis', n)
export const sub = (n: number) => id('sub', n)
export const img = (n: number) => id('img', n)
export const msg = (n: number) => id('msg', n)
export const base = id('org', 1)
export const city = id('org', 2)

export const organisations: OrganisationView[] = [
  { organisation: base, name: 'Base Hospital', teams: [{ team: id('tea', 1), name: 'Orthopaedics at Base' }], roles: [{ role: 'intern', name: 'intern' }, { role: 'emergency-registrar', name: 'emergency registrar' }] },
  { organisation: city, name: 'City Trauma Centre', teams: [{ team: id('tea', 2), name: 'Hand surgery on call' }], roles: [{ role: 'hand-surgeon', name: 'hand surgeon' }, { role: 'radiologist', name: 'radiologist' }] },
]
function person(n: number, name: string, organisation: OrganisationView, role: string, teams: string[] = [], verified = true): PersonView {
  return { person: per(n), name, organisation: organisation.organisation, organisationName: organisation.name, roles: [role], teams, verified }
}
const [ours, theirs] = organisations as [OrganisationView, OrganisationView]
export const people = {
  me: person(1, 'Dr Ilya Novak', ours, 'intern'),
  amara: person(2, 'Dr Amara Okafor', theirs, 'hand-surgeon', [id('tea', 2)]),
  lin: person(3, 'Dr Lin Wei', ours, 'emergency-registrar', [id('tea', 1)]),
  sam: person(4, 'Dr Sam <b>O’Hara</b>', ours, 'intern'),
  priya: person(5, 'Dr Priya Raman', ours, 'intern', [], false),
  jo: person(6, 'A/Prof. Johanna Lindqvist-Featherstonehaugh', theirs, 'radiologist'),
}

/** As the directory's statements would say it, for the decision. */
export function attestationOf({ person: about, name, organisation, roles, teams }: PersonView): Attestation {
  return {
    organisation, person: about, display_name: name, identity_key: '', roles, teams, registration: null, serial: 1, valid_from: 0, valid_until: Number.MAX_SAFE_INTEGER,
  }
}
