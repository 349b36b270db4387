import type { Recipient } from '../../protocol/types'
import type { OrganisationView, PersonView, ThreadView } from '../../session/session'

/** Where names for a consent's recipients come from: identifiers mean nothing to a reader. */
export interface Names { person: (person: string) => PersonView | null; organisations: OrganisationView[]; threads: ThreadView[] }

export const sameRecipient = (a: Recipient, b: Recipient) => recipientKey(a) === recipientKey(b)

export function recipientKey(recipient: Recipient): string {
  switch (recipient.kind) {
    case 'person': return `person ${recipient.person}`
    case 'team': return `team ${recipient.organisation} ${recipient.team}`
    case 'organisation': return `organisation ${recipient.organisation}`
    case 'role': return `role ${recipient.organisation} ${recipient.role}`
    case 'group': return `group ${recipient.thread}`
    case 'record': return `record ${recipient.organisation}`
  }
}

export const recipientKindWords: Record<Recipient['kind'], string> = {
  person: 'Person', team: 'Everyone in a team', organisation: 'Everyone at an organisation', role: 'Whoever holds a role', group: 'Everyone in one thread', record: 'To be filed there',
}

export function recipientName(recipient: Recipient, names: Names): string {
  switch (recipient.kind) {
    case 'person': return names.person(recipient.person)?.name ?? 'a person this device does not know'
    case 'team': return `${teamName(recipient.organisation, recipient.team, names.organisations)}, ${organisationName(recipient.organisation, names.organisations)}`
    case 'organisation': return organisationName(recipient.organisation, names.organisations)
    case 'role': return `${roleName(recipient.organisation, recipient.role, names.organisations)}, ${organisationName(recipient.organisation, names.organisations)}`
    case 'group': return names.threads.find((thread) => thread.thread === recipient.thread)?.title ?? 'another thread'
    case 'record': return `Medical record of ${organisationName(recipient.organisation, names.organisations)}`
  }
}

/** As part of a sentence: a group is never mistaken for one person. */
export function recipientInSentence(recipient: Recipient, names: Names): string {
  const name = recipientName(recipient, names)
  switch (recipient.kind) {
    case 'person': return name
    case 'team': return `everyone in ${name}`
    case 'organisation': return `everyone at ${name}`
    case 'role': return `whoever is ${name}`
    case 'group': return `everyone in the thread “${name}”`
    case 'record': return `the ${name.charAt(0).toLowerCase()}${name.slice(1)}`
  }
}

export function organisationName(organisation: string, all: OrganisationView[]): string {
  return all.find((one) => one.organisation === organisation)?.name ?? 'an organisation this device does not know'
}
/** As its own organisation is said to call it: another organisation's team of the same id is another team. */
export function teamName(organisation: string, team: string, all: OrganisationView[]): string {
  return all.find((one) => one.organisation === organisation)?.teams.find((one) => one.team === team)?.name ?? 'a team this device does not know'
}
/** A role's code is made of words, so it can stand in for a missing name. */
export function roleName(organisation: string, role: string, all: OrganisationView[]): string {
  const known = all.find((one) => one.organisation === organisation)?.roles.find((one) => one.role === role)?.name
  return known ?? role.replaceAll('-', ' ')
}

/** "Orthopaedic registrar, Base Hospital": who somebody is, in one line. */
export function standing(person: PersonView, all: OrganisationView[]): string {
  const roles = person.roles.map((role) => roleName(person.organisation, role, all))
  return [...roles.map((role, i) => (i === 0 ? role.charAt(0).toUpperCase() + role.slice(1) : role)), person.organisationName].join(', ')
}
