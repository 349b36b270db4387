/** Compressed frames of DICOM pictures (PS3.5, section 8.2): JPEG by the browser, the others by packages. Runs in the worker. */
import charls from '@cornerstonejs/codec-charls/decodewasmjs'
import charlsBinary from '@cornerstonejs/codec-charls/decodewasm?url'
import openjpeg from '@cornerstonejs/codec-openjpeg/decodewasmjs'
import openjpegBinary from '@cornerstonejs/codec-openjpeg/decodewasm?url'
import { Decoder } from '@cornerstonejs/jpeg-lossless-decoder-js'
import { jpegSegments } from '../image_parts'
import { forDecoder } from '../pixel_parts'
import { codedSize } from './coded_size'
import type { Layout } from './layout'
import { DicomError } from './refusals'
import { decodeRle } from './rle'

export type Samples = Uint8Array | Uint16Array
/** `converted`: whatever the data set says, these colours are red, green and blue already. */
export interface Decoded { samples: Samples; planar: boolean; converted: boolean }
type Decode = (bytes: Uint8Array, layout: Layout) => Decoded | Promise<Decoded>

/** By transfer syntax (PS3.6, table A-1); those that are missing here are not compressed. */
const decoders: Record<string, Decode> = {
  '1.2.840.10008.1.2.5': (bytes, layout) => ({ samples: sixteen(decodeRle(bytes, layout), layout), planar: true, converted: false }),
  '1.2.840.10008.1.2.4.50': sized(jpeg), '1.2.840.10008.1.2.4.51': sized(jpeg),
  '1.2.840.10008.1.2.4.57': sized(losslessJpeg), '1.2.840.10008.1.2.4.70': sized(losslessJpeg),
  '1.2.840.10008.1.2.4.80': sized(jpegLs), '1.2.840.10008.1.2.4.81': sized(jpegLs),
  '1.2.840.10008.1.2.4.90': sized(jpeg2000), '1.2.840.10008.1.2.4.91': sized(jpeg2000),
}
export const isCompressed = ({ syntax }: Layout) => syntax in decoders

/** Throws DicomError, and whatever a decoder throws. */
export async function decodeCompressed(bytes: Uint8Array, layout: Layout): Promise<Decoded> {
  const decoded = await (decoders[layout.syntax] as Decode)(bytes, layout)
  if (decoded.samples.length !== layout.columns * layout.rows * layout.samples) throw new DicomError('cannot_be_read')
  return decoded
}

/** What is coded must be of the size that was checked, before a decoder makes room for it. */
function sized(decode: Decode): Decode {
  return (bytes, layout) => {
    const size = codedSize(bytes)
    if (size?.width !== layout.columns || size.height !== layout.rows || size.components !== layout.samples || size.precision > layout.allocated) throw new DicomError('cannot_be_read')
    return decode(bytes, layout)
  }
}

const sixteen = (bytes: Uint8Array, { allocated }: Layout): Samples => (allocated === 8 ? bytes : new Uint16Array(bytes.buffer))

async function jpeg(bytes: Uint8Array, layout: Layout): Promise<Decoded> {
  if (codedSize(bytes)?.precision !== 8) throw new DicomError('unknown_coding', 'JPEG of 12 bits')
  const parts = forDecoder(bytes, 'image/jpeg')
  if (layout.samples === 3 && !saysColours(bytes)) parts.splice(1, 0, adobe(layout.photometric === 'RGB' ? 0 : 1))
  const bitmap = await createImageBitmap(new Blob(parts as Uint8Array<ArrayBuffer>[], { type: 'image/jpeg' }), { colorSpaceConversion: 'none' })
  const { width, height } = bitmap
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
  if (context === null) throw new DicomError('cannot_be_read')
  context.drawImage(bitmap, 0, 0)
  bitmap.close()
  return { samples: withoutAlpha(context.getImageData(0, 0, width, height).data, layout.samples), planar: false, converted: true }
}
/** JFIF and Adobe's APP14 tell a decoder how colours are coded. Where neither is there, the data set's word is put in their place. */
const saysColours = (bytes: Uint8Array) => [...jpegSegments(bytes)].some(({ name }) => name === 'e0' || name === 'ee')
const adobe = (transform: 0 | 1) => Uint8Array.of(0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, transform)

function withoutAlpha(rgba: Uint8ClampedArray, samples: 1 | 3): Uint8Array {
  const out = new Uint8Array((rgba.length / 4) * samples)
  for (let from = 0, to = 0; from < rgba.length; from += 4) for (let n = 0; n < samples; n += 1, to += 1) out[to] = rgba[from + n] as number
  return out
}

function losslessJpeg(bytes: Uint8Array): Decoded {
  const own = bytes.slice()
  return { samples: new Decoder().decode(own.buffer, 0, own.length) as Samples, planar: false, converted: false }
}

const silent = { print: () => undefined, printErr: () => undefined }

async function jpegLs(bytes: Uint8Array, layout: Layout): Promise<Decoded> {
  const decoder = new (await charls({ wasmBinary: await fetched(charlsBinary), ...silent })).JpegLSDecoder()
  return { samples: run(decoder, bytes, layout), planar: decoder.getInterleaveMode() === 0, converted: false }
}

/** OpenJPEG undoes the transforms that JPEG 2000 itself makes (YBR_ICT, YBR_RCT). */
async function jpeg2000(bytes: Uint8Array, layout: Layout): Promise<Decoded> {
  const decoder = new (await openjpeg({ wasmBinary: await fetched(openjpegBinary), ...silent })).J2KDecoder()
  return { samples: run(decoder, bytes, layout), planar: false, converted: false }
}

/** Above 8 bits a codec answers with words of 16. */
function run(decoder: Codec, bytes: Uint8Array, { columns, rows, samples }: Layout): Samples {
  decoder.getEncodedBuffer(bytes.length).set(bytes)
  decoder.decode()
  const decoded = decoder.getDecodedBuffer().slice()
  return decoded.length > columns * rows * samples ? new Uint16Array(decoded.buffer) : decoded
}

async function fetched(address: string): Promise<ArrayBuffer> {
  const answer = await fetch(address).catch(() => null)
  if (!answer?.ok) throw new DicomError('not_loaded')
  return answer.arrayBuffer()
}
