/** The colours of DICOM pictures (PS3.3, section C.7.6.3.1.2) as bytes of red, green and blue in turn. */
import type { Decoded } from './codecs'
import type { Layout } from './layout'

export function asRgb({ samples, planar, converted }: Decoded, { photometric }: Layout): Uint8Array {
  const inTurn = planar ? interleaved(samples as Uint8Array) : (samples as Uint8Array)
  return photometric.startsWith('YBR_FULL') && !converted ? fromYbr(inTurn) : inTurn
}

function interleaved(planes: Uint8Array): Uint8Array {
  const [out, pixels] = [new Uint8Array(planes.length), planes.length / 3]
  for (let n = 0; n < planes.length; n += 1) out[(n % pixels) * 3 + Math.floor(n / pixels)] = planes[n] as number
  return out
}

/** Two pixels share their colour difference: Y, Y, CB, CR. */
export function expanded422(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array((bytes.length / 2) * 3)
  for (let from = 0, to = 0; from + 3 < bytes.length; from += 4, to += 6) {
    const [first, second, blue, red] = bytes.subarray(from, from + 4) as unknown as [number, number, number, number]
    out.set([first, blue, red, second, blue, red], to)
  }
  return out
}

function fromYbr(samples: Uint8Array): Uint8Array {
  const out = new Uint8ClampedArray(samples.length)
  for (let at = 0; at + 2 < samples.length; at += 3) {
    const [light, blue, red] = [samples[at] as number, (samples[at + 1] as number) - 128, (samples[at + 2] as number) - 128]
    out[at] = light + 1.402 * red
    out[at + 1] = light - 0.344136 * blue - 0.714136 * red
    out[at + 2] = light + 1.772 * blue
  }
  return new Uint8Array(out.buffer)
}
