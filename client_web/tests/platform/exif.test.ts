import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readExif } from '../../src/platform/exif'
import { inJpeg, inPng, inWebp, tiff } from './image_files'

const now = Date.UTC(2026, 4, 1)
const taken = Date.UTC(2025, 2, 9, 8, 35, 6)
const said = { moment: '2025:03:09 14:05:06', offset: '+05:30' }

describe('what is read of EXIF', () => {
  it.each([['JPEG', inJpeg], ['PNG', inPng], ['WebP', inWebp]])('finds it in %s, in both byte orders', (_, wrap) => {
    for (const little of [true, false]) expect(readExif(wrap(tiff({ ...said, orientation: 6 }, little)), now)).toEqual({ orientation: 6, takenAt: taken })
  })

  it('takes a moment without an offset as local time', () => {
    expect(readExif(inJpeg(tiff({ moment: said.moment })), now).takenAt).toBe(new Date(2025, 2, 9, 14, 5, 6).getTime())
  })

  it('subtracts what lies east and adds what lies west', () => {
    expect(readExif(inJpeg(tiff({ ...said, offset: '-05:30' })), now).takenAt).toBe(taken + 11 * 3_600_000)
  })

  it.each(['0000:00:00 00:00:00', '2025:02:31 10:00:00', '2025:13:01 10:00:00', '2025:01:01 25:00:00', '2025-01-01 10:00:00', '    :  :     :  :  ', '1903:01:01 00:00:00'])('does not take %s for a moment', (moment) => {
    expect(readExif(inJpeg(tiff({ moment, offset: '+00:00' })), now).takenAt).toBeNull()
  })

  it('does not believe a camera that is ahead of time', () => {
    const exif = inJpeg(tiff(said))
    expect(readExif(exif, taken - 1).takenAt).toBeNull()
    expect(readExif(exif, taken).takenAt).toBe(taken)
  })

  it('leaves a picture as it lies where the orientation is none', () => {
    for (const orientation of [0, 9, 0xffff]) expect(readExif(inJpeg(tiff({ orientation })), now).orientation).toBe(1)
    expect(readExif(inJpeg(new Uint8Array()), now)).toEqual({ orientation: 1, takenAt: null })
  })

  it('reads any bytes without throwing, and only what it may say', () => {
    const whole = tiff({ ...said, orientation: 3 })
    const change = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 12 })
    fc.assert(fc.property(change, fc.nat(whole.length), fc.constantFrom(inJpeg, inPng, inWebp), (changes, length, wrap) => {
      const changed = Uint8Array.from(whole)
      for (const [at, value] of changes) changed[at] = value
      const { orientation, takenAt } = readExif(wrap(changed.subarray(0, length)), now)
      expect([1, 2, 3, 4, 5, 6, 7, 8]).toContain(orientation)
      expect(takenAt === null || (Number.isSafeInteger(takenAt) && takenAt <= now)).toBe(true)
    }), { seed: 20260501, numRuns: 2000 })
  })
})
