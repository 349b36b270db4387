import { describe, expect, it } from 'vitest'
import type { OrganisationView } from '../../src/session/session'
import { recipientInSentence, recipientName, sameRecipient } from '../../src/ui/consent/recipient_names'
import { matchingRecipients } from '../../src/ui/consent/recipient_search'

const organisation = (id: string, name: string, team: string): OrganisationView => ({ organisation: id, name, teams: [{ team: 'tea_a', name: team }], roles: [] })
const organisations = [organisation('org_a', 'Base Hospital', 'Emergency'), organisation('org_b', 'City Centre', 'Hand surgery')]
const names = { person: () => null, organisations, threads: [] }
const [ours, theirs] = (['org_a', 'org_b'] as const).map((one) => ({ kind: 'team' as const, organisation: one, team: 'tea_a' }))

describe('a team is one of its organisation', () => {
  it('is found with it, by its own name or the organisation’s', () => {
    expect(matchingRecipients('emerg', [], organisations, null)).toEqual([ours])
    expect(matchingRecipients('hand', [], organisations, null)).toEqual([theirs])
    expect(matchingRecipients('city', [], organisations, null)).toEqual([theirs, { kind: 'organisation', organisation: 'org_b' }, { kind: 'record', organisation: 'org_b' }])
  })

  it('and so is the record that an organisation keeps', () => {
    expect(matchingRecipients('medical rec', [], organisations, null)).toEqual(organisations.map(({ organisation }) => ({ kind: 'record', organisation })))
    expect(recipientInSentence({ kind: 'record', organisation: 'org_a' }, names)).toBe('the medical record of Base Hospital')
  })

  it('is named with it, and is not another organisation’s of the same id', () => {
    expect([ours, theirs].map((one) => recipientName(one!, names))).toEqual(['Emergency, Base Hospital', 'Hand surgery, City Centre'])
    expect(recipientInSentence(ours!, names)).toBe('everyone in Emergency, Base Hospital')
    expect(recipientName({ ...ours!, organisation: 'org_c' }, names)).toBe('a team this device does not know, an organisation this device does not know')
    expect(sameRecipient(ours!, theirs!)).toBe(false)
  })
})
