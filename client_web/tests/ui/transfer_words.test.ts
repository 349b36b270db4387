import { expect, it } from 'vitest'
import { fullPictureWords, leftWords, notBegun, sizeWords, standWords } from '../../src/ui/images/transfer_words'

const half = { done: 262_000, total: 524_000, waits: null, held: false }

it('says how much and how long still', () => {
  expect(sizeWords(half)).toBe('262 of 524 kB')
  expect(sizeWords({ ...half, total: 5_240_000 })).toBe('262 of 5,240 kB')
  expect(leftWords(half, 262_000, 8_000)).toBe('a few seconds left')
  expect(leftWords(half, 262_000, 33_000)).toBe('about 30 seconds left')
  expect(leftWords(half, 262_000, 170_000)).toBe('about 3 minutes left')
})

it('does not guess', () => {
  expect(leftWords(half, 262_000, 500)).toBe('')
  expect(leftWords(half, 0, 60_000)).toBe('')
  expect(leftWords(notBegun, 0, 0)).toBe('')
})

it('says calmly why it waits', () => {
  expect(standWords(half, 'Sending, encrypted.')).toBe('Sending, encrypted.')
  expect(standWords({ ...half, waits: 'unreachable' }, 'Sending')).toBe('Line lost. It goes on by itself.')
  expect(standWords({ ...half, waits: 'unreachable', held: true }, 'Sending')).toBe('Paused. What has arrived is kept.')
  expect(standWords({ ...half, waits: 'server_busy' }, 'Sending')).toMatch(/ It goes on by itself\.$/)
})

it('says what the picture costs that a preview stands for', () => {
  expect(fullPictureWords(1_200_000, null)).toBe('Show the full picture (1.2 MB)')
  expect(fullPictureWords(1_200_000, 30_000)).toBe('Show the full picture (1.2 MB, about 40\u00a0s)')
  expect(fullPictureWords(196_700, 30_000)).toBe('Show the full picture (197 kB, a few seconds)')
  expect(fullPictureWords(6_000_000, 30_000)).toBe('Show the full picture (6.0 MB, about 3\u00a0min)')
})
