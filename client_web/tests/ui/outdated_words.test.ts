import { expect, it } from 'vitest'
import type { OutdatedView, PersonView, ThreadView } from '../../src/session/session'
import { outdatedWords, readersOf } from '../../src/ui/threads/outdated_words'

const person = (name: string) => ({ person: `per_${name}`, name }) as PersonView
const outdated = (more: Partial<OutdatedView>): OutdatedView => ({ person: person('Dr Moreau'), ended: true, fresh: false, reads: false, ...more })

it('says that they cannot read it, and offers their new device where there is one', () => {
  expect(outdatedWords(outdated({ fresh: true }), false)).toEqual({ sentence: 'Dr Moreau’s device here has ended: they cannot read this thread, and no image can be sent in it. They have a new device.', act: 'Add their new device' })
  expect(outdatedWords(outdated({}), false).act).toBe('')
})
it('offers to take off what has ended beside a device that reads', () => {
  expect(outdatedWords(outdated({ reads: true }), false).act).toBe('Take it off')
  expect(outdatedWords(outdated({ reads: true, ended: false, fresh: true }), true).act).toBe('Add it')
})
it('counts as readers only whose device reads', () => {
  const members = ['a', 'b', 'c'].map(person)
  const thread = { people: members, outdated: [outdated({ person: members[1]! }), outdated({ person: members[2]!, reads: true })] } as ThreadView
  expect(readersOf(thread).map(({ name }) => name)).toEqual(['a', 'c'])
})
