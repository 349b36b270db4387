import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blurPixels, boxWithin, cropOf, type Hiding } from '../../src/platform/hiding'

const size = { width: 120, height: 80 }
const point = fc.record({ x: fc.integer({ min: -500, max: 500 }), y: fc.integer({ min: -500, max: 500 }) })

describe('a box', () => {
  it('lies within the picture and is never empty, from wherever to wherever it was drawn', () => {
    fc.assert(fc.property(point, point, (from, to) => {
      const { x, y, width, height } = boxWithin(from, to, size)
      expect(Math.min(x, y)).toBeGreaterThanOrEqual(0)
      expect(Math.min(width, height)).toBeGreaterThanOrEqual(1)
      expect(x + width).toBeLessThanOrEqual(size.width)
      expect(y + height).toBeLessThanOrEqual(size.height)
    }))
  })
  it('holds every pixel between its corners', () => {
    expect(boxWithin({ x: 30, y: 70 }, { x: 10, y: 20 }, size)).toEqual({ x: 10, y: 20, width: 20, height: 50 })
  })
})

describe('blurring', () => {
  const side = fc.integer({ min: 1, max: 60 })
  it('leaves at most 36 colours, whatever was there', () => {
    fc.assert(fc.property(side, side, fc.integer(), (width, height, seed) => {
      const rgba = Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) => ((i + 1) * 2654435761 + seed) >>> 13)
      blurPixels(rgba, { width, height })
      const colours = new Set(Array.from({ length: width * height }, (_, i) => rgba.subarray(4 * i, 4 * i + 4).join()))
      expect(colours.size).toBeLessThanOrEqual(36)
    }))
  })
  it('makes a letter and its mirror image the same', () => {
    const letter = (bars: number[]) => Uint8ClampedArray.from({ length: 4 * 12 * 12 }, (_, i) => (i % 4 === 3 ? 255 : bars.includes(((i >> 2) % 12) % 2) ? 0 : 255))
    const [one, other] = [letter([0]), letter([1])]
    blurPixels(one, { width: 12, height: 12 })
    blurPixels(other, { width: 12, height: 12 })
    expect(one).toEqual(other)
  })
})

it('cuts by the last edge that was drawn', () => {
  const box = { x: 1, y: 2, width: 3, height: 4 }
  const hidings: Hiding[] = [{ how: 'crop', box: { ...box, x: 9 } }, { how: 'crop', box }, { how: 'black', box: { ...box, y: 9 } }]
  expect(cropOf(hidings, size)).toEqual(box)
  expect(cropOf([], size)).toEqual({ x: 0, y: 0, ...size })
})
