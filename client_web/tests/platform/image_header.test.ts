import { describe, expect, it } from 'vitest'
import { readImageHeader } from '../../src/platform/image_header'

const ascii = (text: string) => [...text].map((letter) => letter.charCodeAt(0))
const be16 = (n: number) => [n >> 8, n & 255]
const be32 = (n: number) => [...be16(n >>> 16), ...be16(n & 0xffff)]
const le24 = (n: number) => [n & 255, (n >> 8) & 255, n >> 16]
const padded = (bytes: number[], length = 64) => new Uint8Array([...bytes, ...Array<number>(Math.max(0, length - bytes.length)).fill(0)])

const png = (width: number, height: number) => padded([0x89, ...ascii('PNG\r\n'), 0x1a, 0x0a, ...be32(13), ...ascii('IHDR'), ...be32(width), ...be32(height), 8, 2, 0, 0, 0, 0, 0, 0, 0])
const frame = (width: number, height: number, marker = 0xc0) => [0xff, marker, ...be16(17), 8, ...be16(height), ...be16(width), 3]
const segment = (marker: number, body: number[]) => [0xff, marker, ...be16(body.length + 2), ...body]
const jpeg = (...parts: number[][]) => padded([0xff, 0xd8, ...parts.flat()])
const webp = (chunk: string, body: number[]) => padded([...ascii('RIFF'), 0, 0, 0, 0, ...ascii('WEBP'), ...ascii(chunk), 0, 0, 0, 0, ...body])

describe('what a file says it is before it is decoded', () => {
  it('reads PNG, also one that claims more pixels than could ever be decoded', () => {
    expect(readImageHeader(png(640, 480))).toEqual({ mediaType: 'image/png', width: 640, height: 480 })
    expect(readImageHeader(png(0xffffffff, 0xffffffff))?.width).toBe(0xffffffff)
  })

  it('reads baseline and progressive JPEG', () => {
    expect(readImageHeader(jpeg(frame(900, 1300)))).toEqual({ mediaType: 'image/jpeg', width: 900, height: 1300 })
    expect(readImageHeader(jpeg(segment(0xe0, ascii('JFIF')), frame(10, 20, 0xc2)))).toMatchObject({ width: 10, height: 20 })
  })

  it('takes the size of the picture, not of the thumbnail in its metadata', () => {
    const thumbnail = segment(0xe1, [...ascii('Exif'), 0xff, 0xd8, ...frame(16, 12)])
    expect(readImageHeader(jpeg(thumbnail, frame(4000, 3000)))).toMatchObject({ width: 4000, height: 3000 })
  })

  it('does not take a Huffman table for a frame header', () => {
    expect(readImageHeader(jpeg(segment(0xc4, [1, 2, 3, 4, 5, 6, 7, 8]), frame(30, 40)))).toMatchObject({ width: 30, height: 40 })
  })

  it('reads the three kinds of WebP', () => {
    expect(readImageHeader(webp('VP8X', [0, 0, 0, 0, ...le24(799), ...le24(599)]))).toEqual({ mediaType: 'image/webp', width: 800, height: 600 })
    expect(readImageHeader(webp('VP8 ', [0, 0, 0, 0x9d, 0x01, 0x2a, 0x20, 0x03, 0x58, 0x02]))).toMatchObject({ width: 800, height: 600 })
    const packed = 799 | (599 << 14)
    expect(readImageHeader(webp('VP8L', [0x2f, packed & 255, (packed >> 8) & 255, (packed >> 16) & 255, packed >>> 24]))).toMatchObject({ width: 800, height: 600 })
  })

  it.each([
    ['SVG', ascii('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>')],
    ['HTML', ascii('<!doctype html><html><body>hello, this is a page and no picture</body></html>')],
    ['GIF', [...ascii('GIF89a'), 1, 0, 1, 0]], ['PDF', ascii('%PDF-1.7')], ['ZIP', ascii('PK\u0003\u0004')], ['nothing', []],
    ['AVIF', [0, 0, 0, 32, ...ascii('ftypavif')]],
  ])('refuses %s', (_, bytes) => { expect(readImageHeader(padded(bytes))).toBeNull() })

  it('refuses what is cut short, or has no side', () => {
    expect(readImageHeader(png(640, 480).subarray(0, 20))).toBeNull()
    expect(readImageHeader(new Uint8Array([0xff, 0xd8, 0xff]))).toBeNull()
    expect(readImageHeader(jpeg(segment(0xe0, ascii('JFIF'))))).toBeNull()
    expect(readImageHeader(png(0, 480))).toBeNull()
  })

  it('does not loop or throw on any single changed byte', () => {
    const whole = jpeg(segment(0xe0, ascii('JFIF')), frame(900, 1300))
    for (let at = 0; at < whole.length; at += 1) {
      for (const value of [0, 1, 127, 255]) {
        const changed = Uint8Array.from(whole)
        changed[at] = value
        expect(() => readImageHeader(changed)).not.toThrow()
      }
    }
  })
})
