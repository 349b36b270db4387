import { describe, expect, it } from 'vitest'
import { leftOver, limitWords } from '../../src/ui/parts/text_limit'

describe('a text that does not fit', () => {
  it('is counted past what the field keeps, a line’s end as one character', () => {
    expect(leftOver(16_000, 0, 'x'.repeat(27_000))).toBe(11_000)
    expect(leftOver(10, 8, 'abc')).toBe(1)
    expect(leftOver(10, 8, 'a\r\n')).toBe(0)
  })
  it('is told with both numbers, a full field with one, and any other not at all', () => {
    expect(limitWords(16_000, 16_000, 11_000)).toBe('Cut to 16,000 characters: 11,000 did not fit.')
    expect(limitWords(120, 120, 0)).toBe('Full: no more than 120 characters fit.')
    expect(limitWords(120, 119, 0)).toBe('')
  })
})
