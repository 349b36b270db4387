/** Window and level (PS3.3, section C.11.2): which of the values that a detector measured are told apart on a screen, and how brightly each is shown. */
import type { Samples } from './codecs'
import { tag, type DataSet } from './data_set'
import type { Layout } from './layout'
import { DicomError } from './refusals'

/** In the values' own units (Hounsfield units of a CT). `words`: what the file calls it. */
export interface Window { center: number; width: number; how: 'LINEAR' | 'LINEAR_EXACT' | 'SIGMOID'; words: string }
/** A pixel's colour by the value that is stored for it: 0xffBBGGRR, 2^stored of them. */
export type Shades = Uint32Array
export interface Scale { slope: number; intercept: number }

/** Of one frame: a value is slope × stored + intercept (PS3.3, C.11.1). */
export function scaleOf(data: DataSet, frame: number): Scale {
  const from = holding(data, frame, tag.valueTransformation, tag.slope)
  return { slope: finite(from?.floatString(tag.slope), 1) || 1, intercept: finite(from?.floatString(tag.intercept), 0) }
}

/** Those that the file proposes, in its order. */
export function windowsOf(data: DataSet): Window[] {
  const from = holding(data, 0, tag.frameVoi, tag.windowCenter)
  const how = from?.string(tag.windowFunction)
  return Array.from({ length: Math.min(8, from?.numStringValues(tag.windowCenter) ?? 0) }, (_, n): Window => ({
    center: finite(from?.floatString(tag.windowCenter, n), NaN), width: finite(from?.floatString(tag.windowWidth, n), NaN),
    how: how === 'LINEAR_EXACT' || how === 'SIGMOID' ? how : 'LINEAR', words: (from?.string(tag.windowWords, n) ?? '').slice(0, 24),
  })).filter(({ center, width }) => Number.isFinite(center) && width > 0)
}

/** An element of the picture itself or, of an enhanced one, in the groups for this frame or for all (PS3.3, C.7.6.16). */
function holding(data: DataSet, frame: number, group: string, element: string): DataSet | undefined {
  const inGroup = (of: string, n: number) => data.elements[of]?.items?.[n]?.dataSet?.elements[group]?.items?.[0]?.dataSet
  return [data, inGroup(tag.perFrame, frame), inGroup(tag.shared, 0)].find((one) => one?.elements[element] !== undefined)
}
const finite = (value: number | undefined, otherwise: number) => (value !== undefined && Number.isFinite(value) ? value : otherwise)

/** From the least to the greatest value that occurs, what was filled in round the picture aside (PS3.3, C.7.5.1.1.2). */
export function wholeRange(samples: Samples, layout: Layout, { slope, intercept }: Scale, padding: number | null): Window {
  const { stored, high } = layout
  const [mask, shift] = [2 ** stored - 1, high + 1 - stored]
  const occurs = new Uint8Array(mask + 1)
  for (const cell of samples) occurs[(cell >> shift) & mask] = 1
  let [least, most] = [Infinity, -Infinity]
  for (let place = 0; place <= mask; place += 1) {
    const value = signedValue(place, layout)
    if (occurs[place] === 0 || value === padding) continue
    least = Math.min(least, value * slope + intercept)
    most = Math.max(most, value * slope + intercept)
  }
  if (least > most) [least, most] = [0, 1]
  return { center: (least + most) / 2, width: most - least || 1, how: 'LINEAR_EXACT', words: '' }
}
const signedValue = (place: number, { stored, signed }: Layout) => (signed && place >= 2 ** (stored - 1) ? place - 2 ** stored : place)

export function paddingOf(data: DataSet, { signed }: Layout): number | null {
  return (signed ? data.int16(tag.padding) : data.uint16(tag.padding)) ?? null
}

/** Brightness, 0 to 1, of a value (C.11.2.1.2 and C.11.2.1.3). */
export function brightness(value: number, { center, width, how }: Window): number {
  if (how === 'SIGMOID') return 1 / (1 + Math.exp((-4 * (value - center)) / width))
  const part = how === 'LINEAR' && width > 1 ? (value - (center - 0.5)) / (width - 1) + 0.5 : (value - center) / width + 0.5
  return Math.min(1, Math.max(0, part))
}

export function greys(layout: Layout, { slope, intercept }: Scale, window: Window, inverted: boolean): Shades {
  const dark = (layout.photometric === 'MONOCHROME1') !== inverted
  return Uint32Array.from({ length: 2 ** layout.stored }, (_, place) => {
    const light = brightness(signedValue(place, layout) * slope + intercept, window)
    return 0xff000000 + 0x010101 * Math.round(255 * (dark ? 1 - light : light))
  })
}

/** PALETTE COLOR (PS3.3, C.7.6.3.1.5 and C.7.6.3.1.6): a value below the first or above the last entry has that one's colour. Throws DicomError. */
export function palette(data: DataSet, layout: Layout): Shades {
  const channels = tag.palette.map((of, n) => channel(data, layout, of, tag.paletteData[n] as string))
  return Uint32Array.from({ length: 2 ** layout.stored }, (_, place) => {
    const [red, green, blue] = channels.map((entry) => entry(signedValue(place, layout))) as [number, number, number]
    return 0xff000000 + blue * 0x10000 + green * 0x100 + red
  })
}

function channel(data: DataSet, { signed }: Layout, descriptor: string, entries: string): (value: number) => number {
  const [length, bits] = [data.uint16(descriptor, 0) || 65_536, data.uint16(descriptor, 2)]
  const first = (signed ? data.int16(descriptor, 1) : data.uint16(descriptor, 1)) ?? 0
  const element = data.elements[entries]
  if (element === undefined) throw new DicomError('unknown_pixels', 'a palette of an unusual kind')
  // Entries of 8 bits may come in words of 16 all the same.
  const wide = element.length >= 2 * length
  if (!wide && element.length < length) throw new DicomError('cannot_be_read')
  return (value) => {
    const at = Math.min(length - 1, Math.max(0, value - first))
    const entry = wide ? (data.uint16(entries, at) ?? 0) : (data.byteArray[element.dataOffset + at] as number)
    return bits === 16 && wide ? entry >> 8 : entry & 255
  }
}

/** Opaque. `shades`: of a picture without colours of its own. */
export function paint(samples: Samples, { columns, rows, stored, high }: Layout, shades: Shades | null): ImageData {
  const image = new ImageData(columns, rows)
  const pixels = new Uint32Array(image.data.buffer)
  const [mask, shift] = [2 ** stored - 1, high + 1 - stored]
  if (shades) for (let n = 0; n < pixels.length; n += 1) pixels[n] = shades[((samples[n] as number) >> shift) & mask] as number
  else for (let n = 0; n < pixels.length; n += 1) pixels[n] = 0xff000000 + (samples[3 * n + 2] as number) * 0x10000 + (samples[3 * n + 1] as number) * 0x100 + (samples[3 * n] as number)
  return image
}
