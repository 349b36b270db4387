import { describe, expect, it } from 'vitest'
import { jpegSegments, pngChunks, webpChunks } from '../../src/platform/image_parts'
import { forDecoder, pixelsAlone } from '../../src/platform/pixel_parts'
import { chunk, inWebp, jpegFrame, jpegOf, letters, pngOf, riffChunk, segment, tiff, vp8x, webpOf } from './image_files'

const together = (parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]))
const names = (parts: Iterable<{ name: string }>) => [...parts].map(({ name }) => name)
const text = letters('Dr Somebody’s camera')
const jpeg = jpegOf(segment(0xe0, text), segment(0xe1, text), segment(0xe2, text), segment(0xdb, text), segment(0xed, text), segment(0xee, text), segment(0xfe, text), jpegFrame(40, 30), segment(0xc4, text))
const png = pngOf(40, 30, ...['acTL', 'eXIf', 'iCCP', 'tEXt', 'zTXt', 'iTXt', 'tIME', 'pHYs', 'fcTL', 'PLTE', 'caNy'].map((name) => chunk(name, text)))

describe('what a decoder is given', () => {
  it('of a JPEG: tables, frame, colours and scans', () => {
    const kept = together(forDecoder(jpeg, 'image/jpeg'))
    expect(names(jpegSegments(kept))).toEqual(['e0', 'e2', 'db', 'ee', 'c0', 'c4'])
    expect([...kept.subarray(-5)]).toEqual([1, 2, 3, 0xff, 0xd9])
  })

  it('of a PNG: pixels and colours, up to its end', () => {
    const kept = together(forDecoder(Uint8Array.from([...png, ...text]), 'image/png'))
    expect(names(pngChunks(kept))).toEqual(['IHDR', 'iCCP', 'PLTE', 'IDAT', 'IEND'])
    expect(kept.length).toBeLessThan(png.length)
  })

  it('of a WebP: no chunk that has another name than those of pixels and colours', () => {
    const whole = webpOf(vp8x(40, 30, 0x2c), riffChunk('ICCP', text), riffChunk('ALPH', text), riffChunk('VP8 ', text), riffChunk('EXIF', text), riffChunk('XMP ', text), riffChunk('caNy', text))
    const [kept] = forDecoder(whole, 'image/webp') as [Uint8Array]
    expect(names(webpChunks(kept))).toEqual(['VP8X', 'ICCP', 'ALPH', 'VP8 ', 'xxxx', 'xxxx', 'xxxx'])
    expect(names(webpChunks(together(forDecoder(inWebp(tiff({})), 'image/webp'))))).not.toContain('EXIF')
  })
})

describe('what is sent of an encoded picture', () => {
  it('has no profile, application segment or comment in a JPEG', () => { expect(names(jpegSegments(pixelsAlone(jpeg, 'image/jpeg')))).toEqual(['e0', 'db', 'c0', 'c4']) })
  it('has no profile, text or time in a PNG', () => { expect(names(pngChunks(pixelsAlone(png, 'image/png')))).toEqual(['IHDR', 'PLTE', 'IDAT', 'IEND']) })
})
