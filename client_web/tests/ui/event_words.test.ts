import { describe, expect, it } from 'vitest'
import type { ImageView, MessageView } from '../../src/session/session'
import { namesAgainst } from '../../src/ui/images/against'
import { eventWords, gathered, withoutRepeats } from '../../src/ui/threads/event_words'

const said = (body: MessageView['body']) => ({ body }) as MessageView
const title = (words: string) => said({ kind: 'title', title: words })
const consent = (version: number) => said({ kind: 'consent-record', consent: 'con_a', version, change: 'recorded', handedOn: false })
const text = said({ kind: 'text', text: 'same' })

describe('devices beside others', () => {
  const told = (kind: string, from: string, mine: boolean, whose: string) => eventWords({ mine, from: { person: from, name: 'Dr Lin' }, body: { kind, people: [{ person: whose, name: whose === 'lin' ? 'Dr Lin' : 'Dr Sam' }] } } as MessageView)?.words
  it('are told of whose they are, and of nobody who came or left', () => {
    expect(told('another', 'lin', true, 'lin')).toBe('You read this thread on another device too.')
    expect(told('another', 'lin', false, 'lin')).toBe('Dr Lin reads this thread on another device too.')
    expect(told('another', 'lin', false, 'sam')).toBe('Dr Lin added another device of Dr Sam.')
    expect(told('fewer', 'lin', true, 'lin')).toBe('A device of yours that has ended was taken off the list.')
    expect(told('fewer', 'lin', true, 'sam')).toBe('A device of Dr Sam that has ended was taken off the list.')
  })
})

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
  it('does not say of what was handed on that who hands it on has done it', () => {
    const told = (body: object, mine = false) => eventWords({ mine, from: { name: 'Dr Lin' }, body } as MessageView)?.words
    expect(told({ kind: 'title', title: 'Wrist' })).toBe('This thread is called “Wrist”.')
    expect(told({ kind: 'title', title: 'Wrist' }, true)).toBe('This thread is called “Wrist”.')
    expect(told({ kind: 'consent-record', consent: 'con_a', version: 3, change: 'agreed', handedOn: true })).toBe('Dr Lin handed on a consent that was recorded before.')
    expect(told({ kind: 'consent-record', consent: 'con_a', version: 3, change: null, handedOn: false })).toContain('could not verify')
  })
  it('tells of a new device as one, not of somebody who left and came', () => {
    const renewed = { mine: true, body: { kind: 'renewed', people: [{ name: 'Dr Moreau' }] } } as MessageView
    expect(eventWords(renewed)?.words).toBe('You added the new device of Dr Moreau, in place of one that has ended.')
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
  it('says in one line what one change closed, and whom the consent does not cover', () => {
    const closed = (at: number, code = 'person_not_covered') => ({ at, message: `${at}`, mine: true, body: { kind: 'tombstone', disclosure: `dis_${at}`, code, state: 'destroyed', filed: null } }) as unknown as MessageView
    const log = [closed(0), closed(3), text, closed(5), closed(9, 'consent_withdrawn'), closed(2000, 'consent_withdrawn')]
    expect(gathered(log).map(({ message, images }) => [message, images])).toEqual([[log[0], 2], [text, 1], [log[3], 1], [log[4], 1], [log[5], 1]])
    expect(eventWords(closed(0), 2, 'Dr Lin')?.words).toBe('2 images were closed for good. The consent does not cover Dr Lin.')
    expect(eventWords(closed(0))?.words).toBe('An image was closed for good. The consent does not cover somebody in this thread.')
  })
  it('names who is in the way of a closed image, and nobody for an open one', () => {
    const reasons = [{ code: 'person_not_covered', who: 'per_a', remedy: '' }, { code: 'person_not_covered', who: 'per_b', remedy: '' }, { code: 'not_attested', who: 'per_c', remedy: '' }]
    const session = { verdicts: () => [{ reasons }], person: (one: string) => (one === 'per_a' ? { name: 'Dr Lin' } : null) } as unknown as Parameters<typeof namesAgainst>[0]
    const image = (state: string) => ({ state, closedCode: 'person_not_covered', origin: null, consent: 'con_a' }) as unknown as ImageView
    expect(namesAgainst(session, image('destroyed'), 'thr_a')).toBe('Dr Lin and a person this device does not know')
    expect(namesAgainst(session, image('live'), 'thr_a')).toBe('')
  })
  it('never hides what somebody wrote', () => { expect(withoutRepeats([text, text])).toHaveLength(2) })
})
