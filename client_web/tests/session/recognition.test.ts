import { describe, expect, it } from 'vitest'
import { agreement, ENOUGH } from '../../src/session/recognition/agreement'
import { greyOf, type Grey } from '../../src/session/recognition/grey'
import { COMPARED, hashesOf, hashOf, REMEMBERED } from '../../src/session/recognition/image_hash'
import { pack, unpack } from '../../src/session/recognition/packed_hash'
import { cropped, drawn, flat, moved, numbers } from './drawn_pictures'

const best = (remembered: Grey, compared: Grey) => Math.max(...hashesOf(compared, COMPARED).map((one) => agreement(hashOf(remembered, REMEMBERED), one)))
const changed = (grey: Grey, of: (value: number, n: number) => number): Grey => ({ ...grey, values: Float32Array.from(grey.values, of) })
const picture = drawn(1)

/** About its middle, and made `by` times as large. */
const turned = (grey: Grey, degrees: number, by = 1) => {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180) / by, Math.sin((degrees * Math.PI) / 180) / by]
  const [width, height] = [Math.round(grey.width * by), Math.round(grey.height * by)]
  return moved(grey, width, height, (x, y) => [grey.width / 2 + (x - width / 2) * cos - (y - height / 2) * sin, grey.height / 2 + (x - width / 2) * sin + (y - height / 2) * cos])
}
const noise = numbers(77)
const ways: Record<string, Grey> = {
  'itself': picture,
  'made smaller': turned(picture, 0, 0.5),
  'made larger': turned(picture, 0, 1.5),
  'darker and flatter': changed(picture, (value) => 20 + 0.4 * value),
  'with another curve of brightness': changed(picture, (value) => 255 * (value / 255) ** 1.6),
  'noisy': changed(picture, (value) => value + 16 * (noise() - 0.5)),
  'turned by 5°': turned(picture, 5),
  'turned by 90°': turned(picture, 90),
  'mirrored': moved(picture, picture.width, picture.height, (x, y) => [picture.width - 1 - x, y]),
  'a part of it': cropped(picture, 0.6),
  'small within a frame': moved(picture, 900, 600, (x, y) => [(x - 500) * 1.4, (y - 60) * 1.4]),
  'askew': moved(picture, 480, 600, (x, y) => [x * (1 + y / 6000) + 0.04 * y, y * (1 + x / 5000)]),
}

describe('what was seen is recognised', () => {
  it.each(Object.entries(ways))('%s', (_, compared) => { expect(best(picture, compared)).toBeGreaterThan(1.5 * ENOUGH) })
  it('of which it is itself a part', () => { expect(best(cropped(picture, 0.5), picture)).toBeGreaterThan(1.5 * ENOUGH) })
})

describe('another picture is not', () => {
  it.each([2, 3, 4, 5, 6, 7])('picture %i', (seed) => { expect(best(picture, drawn(seed))).toBeLessThan(0.5 * ENOUGH) })
  it('though both bear the same sign in a corner', () => {
    const sign = drawn(99, 110, 70)
    const signed = (grey: Grey) => changed(grey, (value, n) => {
      const [x, y] = [n % grey.width, Math.floor(n / grey.width)]
      return x < sign.width && y < sign.height ? sign.values[y * sign.width + x]! : value
    })
    expect(best(signed(drawn(1)), signed(drawn(2)))).toBeLessThan(ENOUGH)
  })
})

it('finds nothing in what is flat, whatever is compared', () => {
  expect(hashOf(flat(), REMEMBERED).x).toHaveLength(0)
  expect(agreement(hashOf(flat(), REMEMBERED), hashOf(picture, COMPARED))).toBe(0)
})

it('is the same after packing, within a rounding, and at most 8 kB', () => {
  const hash = hashOf(picture, REMEMBERED)
  const bytes = pack(hash)
  expect(bytes.length).toBeLessThan(8_000)
  const again = unpack(bytes)
  expect(again.bits).toEqual(hash.bits)
  hash.x.forEach((x, n) => expect(Math.abs(again.x[n]! - x)).toBeLessThan(1e-4))
  hash.size.forEach((size, n) => expect(again.size[n]! / size).toBeCloseTo(1, 1))
  const compared = hashOf(picture, COMPARED)
  expect(agreement(again, compared) / agreement(hash, compared)).toBeCloseTo(1, 1)
})

it('takes brightness from colours as Rec. 601 does', () => {
  const { values } = greyOf([255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 255, 255, 255, 255], 4, 1)
  expect([...values].map(Math.round)).toEqual([76, 150, 29, 255])
})
