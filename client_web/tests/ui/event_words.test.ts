import { describe, expect, it } from 'vitest'
import type { MessageView } from '../../src/session/session'
import { eventWords, withoutRepeats } from '../../src/ui/threads/event_words'

const said = (body: MessageView['body']) => ({ body }) as MessageView
const title = (words: string) => said({ kind: 'title', title: words })
const consent = (version: number) => said({ kind: 'consent-record', consent: 'con_a', version, change: 'recorded' })
const text = said({ kind: 'text', text: 'same' })

describe('what is said again for newcomers', () => {
  it('is shown once, while a change, and a change back, is shown', () => {
    const log = [title('a'), consent(1), title('a'), consent(2), consent(2), consent(1), title('b'), title('a')]
    expect(withoutRepeats(log)).toEqual([title('a'), consent(1), consent(2), title('b'), title('a')])
  })
  it('tells a refusal as one', () => {
    const refused = { body: { kind: 'consent-record', consent: 'con_a', version: 1, change: 'no_recorded' }, mine: true } as MessageView
    expect(eventWords(refused)?.words).toBe('You recorded that the patient said no.')
  })
  it('says of the patient what the patient did, and of a clinician what they did', () => {
    const told = (change: string, version: number, mine = true) => eventWords({ mine, from: { name: 'Dr Lin' }, body: { kind: 'consent-record', consent: 'con_a', version, change } } as MessageView)?.words
    expect(told('agreed', 1)).toBe('The patient agreed, on their own page. You asked.')
    expect(told('refused', 1, false)).toBe('The patient said no, on their own page. Dr Lin asked.')
    expect(told('less', 2)).toBe('The patient agreed to less, on their own page (version 2).')
    expect(told('taken_back', 3)).toBe('The patient took back their yes, on their own page.')
    expect(told('ended', 2)).toContain('to what was shared without asking')
    expect(told('withdrawn', 2, false)).toBe('Dr Lin withdrew a consent, for the patient.')
  })
  it('names the patient in each sentence where the thread has more than one', () => {
    const told = (change: string) => eventWords({ mine: true, from: { name: 'Dr Lin' }, body: { kind: 'consent-record', consent: 'con_a', version: 2, change, patient: 'Alex Canary' } } as MessageView)?.words
    for (const change of ['agreed', 'refused', 'less', 'taken_back', 'ended', 'withdrawn', 'no_recorded', 'emergency', 'recorded', 'changed']) expect(told(change)).toContain('Alex Canary')
    expect(told('no_recorded')).toBe('You recorded that Alex Canary said no.')
  })
  it('tells where an image was filed, and whether it is still here', () => {
    const filed = { organisationName: 'Base Hospital', at: 0 }
    const tombstone = (state: 'live' | 'destroyed') => ({ mine: true, body: { kind: 'tombstone', disclosure: 'dis_a', code: 'filed', state, filed } }) as MessageView
    expect(eventWords(tombstone('destroyed'))?.words).toBe('An image was filed in the record of Base Hospital. It is no longer here.')
    expect(eventWords(tombstone('live'))?.words).toBe('An image was filed in the record of Base Hospital.')
    const unproven = { mine: true, body: { kind: 'tombstone', disclosure: 'dis_a', code: 'filed_unproven', state: 'destroyed', filed: null } } as unknown as MessageView
    expect(eventWords(unproven)?.words).toContain('shows no proof')
  })
  it('never hides what somebody wrote', () => { expect(withoutRepeats([text, text])).toHaveLength(2) })
})
