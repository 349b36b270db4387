/** One frame of a DICOM picture: found (PS3.5, annex A.4), decoded, and as red, green and blue where it has colours. */
import { readEncapsulatedImageFrame, readEncapsulatedPixelDataFromFragments, type Element } from 'dicom-parser'
import { decodeCompressed, isCompressed, type Decoded, type Samples } from './codecs'
import { asRgb, expanded422 } from './colours'
import { tag, type DataSet } from './data_set'
import type { Layout } from './layout'
import { DicomError } from './refusals'

/** Of one sample a pixel: cells as they are stored. Of three: bytes of red, green and blue in turn. Throws DicomError. */
export async function decodeFrame(data: DataSet, layout: Layout, frame: number): Promise<Samples> {
  try {
    const decoded = isCompressed(layout) ? await decodeCompressed(encapsulated(data, layout, frame), layout) : native(data, layout, frame)
    return layout.samples === 1 ? decoded.samples : asRgb(decoded, layout)
  } catch (thrown) { throw thrown instanceof DicomError ? thrown : new DicomError('cannot_be_read') }
}

/** Frames share one element: each has a fragment, or the table of offsets says where each begins. A single frame has all fragments. */
function encapsulated(data: DataSet, { frames }: Layout, frame: number): Uint8Array {
  const element = data.elements[tag.pixels] as Element
  const { fragments = [], basicOffsetTable = [] } = element
  const read = (first: number, count: number) => readEncapsulatedPixelDataFromFragments(data, element, first, count) as Uint8Array
  if (fragments.length === 0) throw new DicomError('cannot_be_read')
  if (frames === 1) return read(0, fragments.length)
  if (fragments.length === frames) return read(frame, 1)
  if (basicOffsetTable.length !== frames) throw new DicomError('cannot_be_read')
  return readEncapsulatedImageFrame(data, element, frame) as Uint8Array
}

function native(data: DataSet, layout: Layout, frame: number): Decoded {
  const { dataOffset, length } = data.elements[tag.pixels] as Element
  const subsampled = layout.photometric === 'YBR_FULL_422'
  const size = layout.columns * layout.rows * (subsampled ? 2 : layout.samples) * (layout.allocated / 8)
  if (length < (frame + 1) * size || dataOffset + (frame + 1) * size > data.byteArray.length) throw new DicomError('cannot_be_read')
  const bytes = (data.byteArray as Uint8Array).slice(dataOffset + frame * size, dataOffset + (frame + 1) * size)
  if (layout.swapped) swap(bytes)
  if (subsampled) return { samples: expanded422(bytes), planar: false, converted: false }
  return { samples: layout.allocated === 8 ? bytes : new Uint16Array(bytes.buffer), planar: layout.planar, converted: false }
}

function swap(bytes: Uint8Array): void {
  for (let at = 0; at + 1 < bytes.length; at += 2) [bytes[at], bytes[at + 1]] = [bytes[at + 1] as number, bytes[at] as number]
}
