import type { Recipient } from '../../protocol/types'
import type { OrganisationView, PersonView } from '../../session/session'

const most = 12

/** People the directory found, then teams, roles, organisations and their records whose names match; nothing for fewer than 2 letters. */
export function matchingRecipients(query: string, people: PersonView[], organisations: OrganisationView[], me: PersonView | null): Recipient[] {
  const asked = query.trim().toLocaleLowerCase()
  if (asked.length < 2) return []
  const matches = (...names: string[]) => names.some((name) => name.toLocaleLowerCase().includes(asked))
  const everyone = me && matches(me.name) ? [me, ...people] : people
  return [
    ...new Map(everyone.map((one) => [one.person, { kind: 'person' as const, person: one.person }])).values(),
    ...organisations.flatMap(({ organisation, name, teams }) => teams.filter((one) => matches(one.name, `${one.name}, ${name}`)).map(({ team }) => ({ kind: 'team' as const, organisation, team }))),
    ...organisations.flatMap(({ organisation, name, roles }) => roles.filter((one) => matches(one.name, `${one.name}, ${name}`)).map(({ role }) => ({ kind: 'role' as const, organisation, role }))),
    ...organisations.filter(({ name }) => matches(name)).map(({ organisation }) => ({ kind: 'organisation' as const, organisation })),
    ...organisations.filter(({ name }) => matches(`Medical record of ${name}`)).map(({ organisation }) => ({ kind: 'record' as const, organisation })),
  ].slice(0, most)
}
