import { expect, it } from 'vitest'
import { broughtWords } from '../../src/ui/devices/offer_words'

it('says how far another device is in one’s threads', () => {
  expect(broughtWords({ here: 12, all: 30, underWay: true })).toContain('12 of 30 threads')
  expect(broughtWords({ here: 12, all: 30, underWay: false })).toBe('It is in 12 of 30 threads of this device.')
  expect(broughtWords({ here: 1, all: 1, underWay: false })).toBe('It is in your one thread.')
  expect(broughtWords({ here: 30, all: 30, underWay: true })).toBe('It is in all of your 30 threads.')
})
