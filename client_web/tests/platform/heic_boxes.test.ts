import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readExif } from '../../src/platform/exif'
import { heicExif, readHeic } from '../../src/platform/heic_boxes'
import { readImageHeader } from '../../src/platform/image_header'
import { be16, be32, letters, tiff } from './image_files'

const box = (type: string, ...body: (readonly number[])[]) => [...be32(8 + body.flat().length), ...letters(type), ...body.flat()]
const full = (type: string, version: number, ...body: (readonly number[])[]) => box(type, [version, 0, 0, 0], ...body)
const size = (width: number, height: number) => full('ispe', 0, be32(width), be32(height))
const named = (...brands: string[]) => box('ftyp', letters(brands[0]!), be32(0), letters(brands.join('')))
const exif = tiff({ moment: '2025:03:09 14:05:06', offset: '+00:00', orientation: 6 })

/** A file with tiles, a whole picture, and an EXIF item that lies where `iloc` says. */
function heic({ brands = ['heic', 'mif1'], properties = [size(512, 512), size(4032, 3024)], version = 1, method = 0 } = {}): Uint8Array {
  const build = (at: number) => {
    const item = version < 2 ? be16(7) : be32(7)
    const place = full('iloc', version, [0x44, 0], version < 2 ? be16(1) : be32(1), item, version === 0 ? [] : be16(method), be16(0), be16(1), be32(at), be32(exif.length + 10))
    const items = full('iinf', 0, be16(2), full('infe', 2, be16(1), be16(0), letters('hvc1'), [0]), full('infe', 2, be16(7), be16(0), letters('Exif'), [0]))
    return [...named(...brands), ...full('meta', 0, items, box('iprp', box('ipco', ...properties)), place)]
  }
  const head = build(0).length
  return new Uint8Array([...build(head + 8), ...box('mdat', be32(6), letters('Exif\0\0'), [...exif])])
}

describe('what a HEIC file says of itself', () => {
  it('is as large as the largest picture in it', () => {
    expect(readImageHeader(heic())).toEqual({ mediaType: 'image/heic', width: 4032, height: 3024, moving: false, wide: false })
    expect(readHeic(heic({ properties: [size(60_000, 60_000), size(10, 10)] }))).toMatchObject({ width: 60_000, height: 60_000 })
  })

  it('is no picture without a size', () => { expect(readImageHeader(heic({ properties: [] }))).toBeNull() })

  it('is told from AVIF, which has the same boxes, and from a film', () => {
    expect(readHeic(heic({ brands: ['avif', 'mif1', 'miaf'] }))).toBeNull()
    expect(readHeic(heic({ brands: ['mif1', 'heic'] }))).not.toBeNull()
    expect(readHeic(heic({ brands: ['qt  '] }))).toBeNull()
    expect(readHeic(heic({ brands: ['hevc', 'heic', 'msf1'] }))?.moving).toBe(true)
  })

  it('tells the colours of Display P3, by profile and by code', () => {
    const wide = (...body: (readonly number[])[]) => readHeic(heic({ properties: [size(9, 9), box('colr', ...body)] }))?.wide
    expect(wide(letters('prof'), [...'Display P3'].flatMap((letter) => [0, letter.charCodeAt(0)]))).toBe(true)
    expect(wide(letters('prof'), letters('sRGB IEC61966-2.1'))).toBe(false)
    expect(wide(letters('nclx'), be16(12), be16(13), be16(6), [0x80])).toBe(true)
    expect(wide(letters('nclx'), be16(1), be16(13), be16(6), [0x80])).toBe(false)
  })

  it.each([0, 1, 2])('has its EXIF where version %i of the list of places says; which way is up is said elsewhere', (version) => {
    expect(heicExif(heic({ version }))).toEqual(exif)
    expect(readExif(heic({ version }), Date.now())).toEqual({ orientation: 1, takenAt: Date.UTC(2025, 2, 9, 14, 5, 6) })
  })

  it('has no EXIF that lies elsewhere than in the file', () => { expect(heicExif(heic({ method: 1 }))).toBeNull() })

  it('reads any bytes without throwing', () => {
    const whole = heic()
    const changes = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 12 })
    fc.assert(fc.property(changes, fc.nat(whole.length), (made, length) => {
      const changed = Uint8Array.from(whole)
      for (const [at, value] of made) changed[at] = value
      const cut = changed.subarray(0, length)
      const found = heicExif(cut)
      expect(readHeic(cut) === null || (found?.length ?? 0) <= length).toBe(true)
      readExif(cut, Date.now())
    }), { seed: 20260501, numRuns: 5000 })
  })
})
