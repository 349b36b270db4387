import { expect, it } from 'vitest'
import { ServerClock } from '../../src/session/clock'

const DAY = 86_400_000

it.each([-DAY, 0, DAY])('tells the server\'s time by a clock that is %i ms wrong', (wrong) => {
  let device = 1_000_000_000 + wrong
  const clock = new ServerClock(() => device)
  clock.hear(1_000_000_000)
  device += 250
  expect(clock.now()).toBe(1_000_000_250)
})

it('is not set back before what the server said', () => {
  let device = 5_000_000
  const clock = new ServerClock(() => device)
  clock.hear(9_000_000)
  device -= DAY
  expect(clock.now()).toBe(9_000_000)
})
