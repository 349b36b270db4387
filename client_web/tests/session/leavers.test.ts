import { expect, it } from 'vitest'
import { turnOf } from '../../src/session/leavers'

const people = ['ines', 'amara', 'theo', 'lena']

it('is the turn of each who stays, one after the other', () => {
  expect(people.map((one) => turnOf(one, people, ['amara'], 0))).toEqual([0, null, 500, 1000])
  expect(turnOf('lena', people, ['amara'], 1)).toBe(1500)
})
it('is that of the first where everybody leaves', () => {
  expect(people.map((one) => turnOf(one, people, people, 0))).toEqual([0, null, null, null])
})
it('is nobody’s where nobody leaves, nor of who is not in it', () => {
  expect(turnOf('ines', people, [], 0)).toBeNull()
  expect(turnOf('omar', people, ['amara'], 0)).toBeNull()
})
it('comes within seconds in the largest thread too', () => {
  const many = Array.from({ length: 300 }, (_, n) => `p${n}`)
  expect(turnOf('p299', many, ['p0'], 1)).toBe(10_500)
})
