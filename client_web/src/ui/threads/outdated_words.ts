import type { OutdatedView, ThreadView } from '../../session/session'

/** What is to be said of a member whose devices here are not those that they have now. `act`: the press that puts it right, or empty where none can yet. */
export function outdatedWords({ person: { name }, fresh, reads }: OutdatedView, mine: boolean): { sentence: string; act: string } {
  if (mine) return fresh ? { sentence: 'Another device of yours is not in this thread.', act: 'Add it' } : { sentence: 'A device of yours in this thread has ended. No image can be sent here while it is on the list.', act: 'Take it off' }
  if (reads && fresh) return { sentence: `${name} has another device, which is not in this thread.`, act: 'Add it' }
  if (reads) return { sentence: `A device of ${name} in this thread has ended. No image can be sent here while it is on the list.`, act: 'Take it off' }
  const stopped = `${name}’s device here has ended: they cannot read this thread, and no image can be sent in it.`
  return fresh ? { sentence: `${stopped} They have a new device.`, act: 'Add their new device' } : { sentence: `${stopped} Once they have a new device, you can add it here.`, act: '' }
}

/** Who can read what is written now. */
export function readersOf({ people, outdated }: ThreadView): ThreadView['people'] {
  return people.filter(({ person }) => outdated.every((one) => one.reads || one.person.person !== person))
}
