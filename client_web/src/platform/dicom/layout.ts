/** How the pixels of a DICOM picture lie (PS3.3, section C.7.6.3), looked at before any is decoded. */
import { syntaxOf, tag, type DataSet } from './data_set'
import { DicomError } from './refusals'

const photometrics = ['MONOCHROME1', 'MONOCHROME2', 'PALETTE COLOR', 'RGB', 'YBR_FULL', 'YBR_FULL_422', 'YBR_ICT', 'YBR_RCT'] as const
/**
 * `allocated`: bits of one sample's cell, of which `stored` bits, down from bit `high`, are its value. `planar`: all reds, then all greens, then all blues.
 * `swapped`: the bytes of each 16-bit word are in big-endian order.
 */
export interface Layout {
  syntax: string; columns: number; rows: number; frames: number; samples: 1 | 3; photometric: (typeof photometrics)[number]
  planar: boolean; allocated: 8 | 16; stored: number; high: number; signed: boolean; swapped: boolean
}
export interface Limits { mostPixels: number; mostSide: number }

const bigEndian = '1.2.840.10008.1.2.2'
/** Frames of one file: a heart's film has a few hundred. */
const mostFrames = 100_000

/** Throws DicomError. */
export function layoutOf(data: DataSet, { mostPixels, mostSide }: Limits): Layout {
  const number = (of: string, otherwise: number) => data.uint16(of) ?? otherwise
  const [columns, rows] = [number(tag.columns, 0), number(tag.rows, 0)]
  if (columns === 0 || rows === 0) throw new DicomError('cannot_be_read')
  if (columns * rows > mostPixels || Math.max(columns, rows) > mostSide) throw new DicomError('too_many_pixels')
  const [samples, allocated] = [number(tag.samples, 1), number(tag.allocated, 0)]
  const stored = number(tag.stored, allocated)
  const syntax = syntaxOf(data)
  const layout = {
    syntax, columns, rows, frames: Math.min(mostFrames, Math.max(1, data.intString(tag.frames) || 1)), samples, photometric: data.string(tag.photometric) ?? '', planar: number(tag.planar, 0) === 1,
    allocated, stored, high: number(tag.high, stored - 1), signed: number(tag.signed, 0) === 1, swapped: syntax === bigEndian && data.elements[tag.pixels]?.vr !== 'OB',
  }
  if (!isKnown(layout)) throw new DicomError('unknown_pixels', unknown(layout))
  return layout
}

type Claimed = { [name in keyof Layout]: Layout[name] extends number ? number : Layout[name] extends string ? string : Layout[name] }

function isKnown(layout: Claimed): layout is Layout {
  const { samples, photometric, allocated, stored, high } = layout
  return (photometrics as readonly string[]).includes(photometric) && samples === (isGrey(photometric) ? 1 : 3) && (allocated === 8 || (allocated === 16 && samples === 1))
    && stored >= 1 && stored <= allocated && high < allocated && high >= stored - 1 && (samples === 1 || stored === 8)
}
/** One sample a pixel: shades of grey, or a place in a palette. */
const isGrey = (photometric: string) => photometric.startsWith('MONOCHROME') || photometric === 'PALETTE COLOR'

function unknown({ allocated, samples }: Claimed): string {
  if (allocated === 1) return 'pixels of one bit'
  return samples === 3 && allocated > 8 ? 'colours of more than 8 bits' : 'pixels of an unusual kind'
}
