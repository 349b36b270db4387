import { describe, expect, it } from 'vitest'
import type { MessageView } from '../../src/session/session'
import { eventWords, withoutRepeats } from '../../src/ui/threads/event_words'

const said = (body: MessageView['body']) => ({ body }) as MessageView
const title = (words: string) => said({ kind: 'title', title: words })
const consent = (version: number) => said({ kind: 'consent-record', consent: 'con_a', version, decision: 'given' })
const text = said({ kind: 'text', text: 'same' })

describe('what is said again for newcomers', () => {
  it('is shown once, while a change, and a change back, is shown', () => {
    const log = [title('a'), consent(1), title('a'), consent(2), consent(2), consent(1), title('b'), title('a')]
    expect(withoutRepeats(log)).toEqual([title('a'), consent(1), consent(2), title('b'), title('a')])
  })
  it('tells a refusal as one', () => {
    const refused = { body: { kind: 'consent-record', consent: 'con_a', version: 1, decision: 'refused' }, mine: true } as MessageView
    expect(eventWords(refused)?.words).toBe('You recorded that the patient said no.')
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
