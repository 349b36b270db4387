import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readImageHeader } from '../../src/platform/image_header'
import { forDecoder } from '../../src/platform/pixel_parts'
import { be16, be32, chunk, inWebp, jpegFrame, jpegOf, letters, pngOf, riffChunk, segment, tiff, vp8x, webpOf } from './image_files'

const le24 = (n: number) => [n & 255, (n >> 8) & 255, n >> 16]
const padded = (bytes: number[], length = 64) => new Uint8Array([...bytes, ...Array<number>(Math.max(0, length - bytes.length)).fill(0)])

const png = (width: number, height: number) => padded([0x89, ...letters('PNG\r\n'), 0x1a, 0x0a, ...be32(13), ...letters('IHDR'), ...be32(width), ...be32(height), 8, 2, 0, 0, 0, 0, 0, 0, 0])
const frame = (width: number, height: number, marker = 0xc0) => [0xff, marker, ...be16(17), 8, ...be16(height), ...be16(width), 3]
const jpeg = (...parts: number[][]) => padded([0xff, 0xd8, ...parts.flat()])
const webp = (chunk: string, body: number[]) => padded([...letters('RIFF'), 0, 0, 0, 0, ...letters('WEBP'), ...letters(chunk), 0, 0, 0, 0, ...body])

describe('what a file says it is before it is decoded', () => {
  it('reads PNG, also one that claims more pixels than could ever be decoded', () => {
    expect(readImageHeader(png(640, 480))).toEqual({ mediaType: 'image/png', width: 640, height: 480, moving: false })
    expect(readImageHeader(png(0xffffffff, 0xffffffff))?.width).toBe(0xffffffff)
  })

  it('reads baseline and progressive JPEG', () => {
    expect(readImageHeader(jpeg(frame(900, 1300)))).toEqual({ mediaType: 'image/jpeg', width: 900, height: 1300, moving: false })
    expect(readImageHeader(jpeg(segment(0xe0, letters('JFIF')), frame(10, 20, 0xc2)))).toMatchObject({ width: 10, height: 20 })
  })

  it('takes the size of the picture, not of the thumbnail in its metadata', () => {
    const thumbnail = segment(0xe1, [...letters('Exif'), 0xff, 0xd8, ...frame(16, 12)])
    expect(readImageHeader(jpeg(thumbnail, frame(4000, 3000)))).toMatchObject({ width: 4000, height: 3000 })
  })

  it('does not take a Huffman table for a frame header', () => {
    expect(readImageHeader(jpeg(segment(0xc4, [1, 2, 3, 4, 5, 6, 7, 8]), frame(30, 40)))).toMatchObject({ width: 30, height: 40 })
  })

  it('reads the three kinds of WebP', () => {
    expect(readImageHeader(webp('VP8X', [0, 0, 0, 0, ...le24(799), ...le24(599)]))).toEqual({ mediaType: 'image/webp', width: 800, height: 600, moving: false })
    expect(readImageHeader(webp('VP8 ', [0, 0, 0, 0x9d, 0x01, 0x2a, 0x20, 0x03, 0x58, 0x02]))).toMatchObject({ width: 800, height: 600 })
    const packed = 799 | (599 << 14)
    expect(readImageHeader(webp('VP8L', [0x2f, packed & 255, (packed >> 8) & 255, (packed >> 16) & 255, packed >>> 24]))).toMatchObject({ width: 800, height: 600 })
  })

  it.each([
    ['SVG', letters('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>')],
    ['HTML', letters('<!doctype html><html><body>hello, this is a page and no picture</body></html>')],
    ['GIF', [...letters('GIF89a'), 1, 0, 1, 0]], ['PDF', letters('%PDF-1.7')], ['ZIP', letters('PK\u0003\u0004')], ['nothing', []],
    ['AVIF', [0, 0, 0, 32, ...letters('ftypavif')]],
  ])('refuses %s', (_, bytes) => { expect(readImageHeader(padded(bytes))).toBeNull() })

  it('refuses what is cut short, or has no side', () => {
    expect(readImageHeader(png(640, 480).subarray(0, 20))).toBeNull()
    expect(readImageHeader(new Uint8Array([0xff, 0xd8, 0xff]))).toBeNull()
    expect(readImageHeader(jpeg(segment(0xe0, letters('JFIF'))))).toBeNull()
    expect(readImageHeader(png(0, 480))).toBeNull()
  })

  it('tells what moves: the frames that a decoder would drop without a word', () => {
    expect(readImageHeader(pngOf(40, 30, chunk('gAMA', be32(1)), chunk('acTL', [...be32(2), ...be32(0)])))?.moving).toBe(true)
    expect(readImageHeader(pngOf(40, 30, chunk('IDAT', [1]), chunk('acTL', [...be32(2), ...be32(0)])))?.moving).toBe(false)
    expect(readImageHeader(webpOf(vp8x(40, 30, 2), riffChunk('ANIM', [0, 0, 0, 0, 0, 0]), riffChunk('ANMF', [1])))?.moving).toBe(true)
    expect(readImageHeader(webpOf(vp8x(40, 30), riffChunk('ANMF', [1])))?.moving).toBe(true)
  })

  const wholes = [jpegOf(segment(0xe0, letters('JFIF\0')), segment(0xe1, letters('Exif\0\0and more')), jpegFrame(900, 1300)), pngOf(40, 30, chunk('tEXt', letters('a\0b'))), inWebp(tiff({}))]

  it('reads any bytes without throwing, and no size that is none', () => {
    const changes = fc.array(fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.integer({ min: 0, max: 255 })), { maxLength: 16 })
    fc.assert(fc.property(fc.constantFrom(...wholes), changes, fc.double({ min: 0, max: 1, noNaN: true }), (whole, made, kept) => {
      const changed = whole.slice(0, Math.round(whole.length * kept))
      for (const [at, value] of made) if (changed.length > 0) changed[Math.floor(at * changed.length)] = value
      const header = readImageHeader(changed)
      expect(header === null || (header.width > 0 && header.height > 0)).toBe(true)
      if (header !== null && header.mediaType !== 'image/heic') expect(forDecoder(changed, header.mediaType).reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(whole.length + 12)
    }), { seed: 20260501, numRuns: 5000 })
  })

  it('is done at once with 40 MB of the smallest parts', () => {
    const smallest = { jpeg: [0xff, 0xe1, 0, 2], png: [0, 0, 0, 0, ...letters('teXt'), 0, 0, 0, 0], webp: [...letters('xxxx'), 0, 0, 0, 0] }
    const heads = { jpeg: [0xff, 0xd8], png: [...pngOf(40, 30).subarray(0, 33)], webp: [...webpOf(vp8x(40, 30))] }
    for (const kind of ['jpeg', 'png', 'webp'] as const) {
      const file = new Uint8Array(40 * 2 ** 20)
      file.set(heads[kind])
      const [part, from] = [Uint8Array.from(smallest[kind]), heads[kind].length]
      file.set(part, from)
      const end = from + part.length * Math.floor((file.length - from) / part.length)
      for (let done = part.length; from + done < end; done *= 2) file.copyWithin(from + done, from, Math.min(from + done, end - done))
      const before = performance.now()
      const header = readImageHeader(file)
      expect(header === null).toBe(kind === 'jpeg')
      if (header !== null && header.mediaType !== 'image/heic') forDecoder(file, header.mediaType)
      expect(performance.now() - before).toBeLessThan(2_000)
    }
  })

  it('does not loop or throw on any single changed byte', () => {
    const whole = jpeg(segment(0xe0, letters('JFIF')), frame(900, 1300))
    for (let at = 0; at < whole.length; at += 1) {
      for (const value of [0, 1, 127, 255]) {
        const changed = Uint8Array.from(whole)
        changed[at] = value
        expect(() => readImageHeader(changed)).not.toThrow()
      }
    }
  })
})
