import { describe, expect, it } from 'vitest'
import type { ConsentView, MessageView } from '../../src/session/session'
import type { Scope } from '../../src/protocol/types'
import { inProposedOrder } from '../../src/ui/consent/coverage'
import { patientNames, patientsOf, withPatients } from '../../src/ui/consent/thread_patients'

const consent = (id: string, at: number, more: Partial<Scope> = {}, record: Partial<ConsentView['record']> | null = null): ConsentView =>
  ({ consent: id, record, scope: { subject: 'sub_a', decision: 'given', purposes: ['direct-care-advice'], recorded_at: at, ...more } }) as ConsentView
const order = (all: ConsentView[], permitted: string[]) => inProposedOrder(all, 'direct-care-advice', (one) => permitted.includes(one.consent)).map((one) => one.consent)

describe('which consent is proposed for a thread', () => {
  it('is the one that permits, whatever was recorded since about something else', () => {
    const teaching = { purposes: ['teaching' as const] }
    expect(order([consent('no to teaching', 3, { ...teaching, decision: 'refused' }), consent('teaching', 2, teaching), consent('advice', 1)], ['advice'])).toEqual(['advice', 'teaching', 'no to teaching'])
  })
  it('is a no to the same, of the same patient, that came later', () => {
    expect(order([consent('yes', 1), consent('no', 2, { decision: 'refused' })], ['yes'])).toEqual(['no', 'yes'])
    expect(order([consent('no', 1, { decision: 'refused' }), consent('yes', 2)], ['yes'])).toEqual(['yes', 'no'])
    expect(order([consent('yes', 1), consent('no to all', 2, { decision: 'refused', purposes: [] })], ['yes'])).toEqual(['no to all', 'yes'])
  })
  it('is not another patient’s no', () => {
    expect(order([consent('yes', 1), consent('no', 2, { decision: 'refused', subject: 'sub_b' })], ['yes'])).toEqual(['yes', 'no'])
  })
  it('is the newest of equals, and one that covers too few before a no', () => {
    expect(order([consent('old', 1), consent('new', 2)], ['old', 'new'])).toEqual(['new', 'old'])
    expect(order([consent('no', 3, { decision: 'refused', subject: 'sub_b' }), consent('too few', 1)], [])).toEqual(['too few', 'no'])
  })
})

describe('the patients of a thread', () => {
  const alex = { patientName: 'Alex Canary', recordNumber: 'RN-1' }
  const said = { body: { kind: 'consent-record', consent: 'b', version: 1, change: 'no_recorded' } } as MessageView
  const patient = (all: ConsentView[]) => { const { body } = withPatients([said], all)[0]!; return body.kind === 'consent-record' ? body.patient : null }

  it('are told apart in the log only where there is more than one', () => {
    expect(patient([consent('a', 1, {}, alex), consent('b', 2, {}, alex)])).toBeUndefined()
    expect(patient([consent('a', 1, {}, alex), consent('b', 2, { subject: 'sub_b' }, { patientName: 'Robin Finch' })])).toBe('Robin Finch')
    expect(patient([consent('a', 1, {}, alex), consent('b', 2, { subject: 'sub_b' })])).toBe('a patient whose name this device does not know')
  })
  it('are told apart by their record numbers where they share a name', () => {
    const two = patientsOf([consent('a', 1, {}, alex), consent('b', 2, { subject: 'sub_b' }, { ...alex, recordNumber: 'RN-2' })])
    expect([...patientNames(two).values()]).toEqual(['Alex Canary (RN-1)', 'Alex Canary (RN-2)'])
  })
})
