import { describe, expect, it } from 'vitest'
import { labelLines, labelStart } from '../../src/ui/images/marks'

describe('the label of a mark', () => {
  const long = '127 pixels, not calibrated'

  it.each([0, 10, 190, 196, 300, 390])('begins on the screen of a phone wherever the mark is (%s)', (x) => {
    const start = labelStart(x, long, 390)
    expect(start).toBeGreaterThanOrEqual(4)
    expect(start + long.length * 8.6).toBeLessThanOrEqual(390)
  })

  it('stands beside the mark where there is room', () => {
    expect(labelStart(100, 'edge', 1000)).toBe(108)
    expect(labelStart(900, 'edge', 1000)).toBeCloseTo(900 - 8 - 4 * 8.6)
  })

  it('begins at the edge where it is longer than the picture', () => {
    expect(labelStart(50, 'x'.repeat(80), 390)).toBe(4)
  })
})

describe('the lines of a label', () => {
  it.each([
    ['fracture?', 390, ['fracture?']],
    ['', 390, []],
    ['104 pixels, not calibrated', 150, ['104 pixels, not', 'calibrated']],
    ['1: a lucency at the neck', 120, ['1: a lucency', 'at the neck']],
  ])('%j at %d', (text, width, lines) => { expect(labelLines(text, width)).toEqual(lines) })

  it('breaks a word that is longer than the picture is wide', () => {
    const lines = labelLines('x'.repeat(80), 390)
    expect(lines.join('')).toBe('x'.repeat(80))
    expect(Math.max(...lines.map((line) => line.length * 8.6))).toBeLessThan(390)
  })
})
