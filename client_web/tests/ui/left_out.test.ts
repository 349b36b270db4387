import { expect, it } from 'vitest'
import type { Scope } from '../../src/protocol/types'
import type { Asked } from '../../src/session/session'
import { leftOut } from '../../src/ui/consent/left_out'

const names = { person: (person: string) => (person === 'per_lin' ? { name: 'Dr Lin', organisationName: 'Coastal' } : null), organisations: [], threads: [] } as never
const asked: Asked = { purposes: ['direct-care-advice', 'teaching'], recipients: [{ kind: 'person', person: 'per_me' }, { kind: 'person', person: 'per_lin' }], imageKinds: ['radiograph', 'photograph'], sensitive: ['intimate'] }
const scope = (purposes: string[], people: string[], image_kinds: string[], sensitive: string[]) =>
  ({ purposes, recipients: people.map((person) => ({ kind: 'person', person })), conditions: { image_kinds, sensitive } }) as unknown as Scope

it('tells what was asked and not agreed to, and nothing of a whole yes', () => {
  expect(leftOut(asked, scope(asked.purposes, ['per_me', 'per_lin'], asked.imageKinds, ['intimate']), names)).toEqual([])
  const left = leftOut(asked, scope(['direct-care-advice'], ['per_me'], ['radiograph'], []), names)
  expect(left).toHaveLength(4)
  expect(left.join()).toMatch(/Teaching.*Dr Lin.*hotograph.*intimate/)
})
