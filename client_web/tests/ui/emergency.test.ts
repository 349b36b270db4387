import { expect, it } from 'vitest'
import { leftWords } from '../../src/ui/consent/emergency'

const minute = 60_000
it.each([
  [24 * 60 - 5, 'about 24 hours left'], [24 * 60, 'about 24 hours left'], [22 * 60 + 20, 'about 22 hours left'], [2 * 60, 'about 2 hours left'],
  [119, '119 minutes left'], [1, '1 minute left'], [0.5, 'less than a minute left'], [0, ''],
])('%d minutes before an emergency’s end there are %s', (minutes, words) => { expect(leftWords(minutes * minute, 0)).toBe(words) })
