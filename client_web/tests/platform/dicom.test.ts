/** What is read of a DICOM file before it is painted. `INSCOPE_FUZZ_INPUTS`: how many foreign files, instead of a short round. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readDataSet } from '../../src/platform/dicom/data_set'
import { decodeFrame } from '../../src/platform/dicom/frames'
import { layoutOf } from '../../src/platform/dicom/layout'
import { DicomError } from '../../src/platform/dicom/refusals'
import { saidIn, type Said } from '../../src/platform/dicom/said'
import { greys, paddingOf, palette, scaleOf, wholeRange, windowsOf, type Window } from '../../src/platform/dicom/shading'
import { anyBytes, mutated } from '../protocol/mutations'
import { dicomOf } from './dicom_file'

const now = Date.UTC(2026, 4, 1)
const limits = { mostPixels: 1_000_000, mostSide: 4_000 }
const right = [dicomOf('plain'), dicomOf('rle'), dicomOf('plain', 'PALETTE COLOR')]

/** As the worker does; whatever it throws, the worker says to be damaged. */
async function read(bytes: Uint8Array): Promise<{ said: Said; windows: Window[]; shades: Uint32Array; pixels: number }> {
  const data = readDataSet(bytes)
  const layout = layoutOf(data, limits)
  const samples = await decodeFrame(data, layout, 0)
  const scale = scaleOf(data, 0)
  const windows = [...windowsOf(data), wholeRange(samples, layout, scale, paddingOf(data, layout))]
  const shades = layout.photometric === 'PALETTE COLOR' ? palette(data, layout) : greys(layout, scale, windows[0]!, false)
  return { said: saidIn(data, now), windows, shades, pixels: samples.length }
}

test.each(right.map((bytes, n) => [['plain', 'run-length coded', 'in a palette'][n], bytes] as const))('reads a picture %s', async (_, bytes) => {
  const { said, windows, shades, pixels } = await read(bytes)
  expect(said).toMatchObject({ names: ['Canary^Alex'], birthDate: '1961-02-03', bodySite: 'knee' })
  expect([windows[0], shades.length, pixels]).toEqual([{ center: 128, width: 256, how: 'LINEAR', words: '' }, 256, 16])
})

test('reads any bytes or refuses them, and what it reads is within bounds', async () => {
  const foreign = fc.oneof(anyBytes(), ...right.map(mutated), ...right.map((bytes) => mutated(bytes).chain(mutated)))
  let readable = 0
  await fc.assert(fc.asyncProperty(foreign, async (bytes) => {
    const found = await read(bytes).catch((thrown: unknown) => { expect(thrown).toBeInstanceOf(Error); return null })
    if (found === null) return
    readable += 1
    expect(found.pixels).toBeLessThanOrEqual(3 * limits.mostPixels)
    for (const { center, width } of found.windows) expect(Number.isFinite(center) && width > 0).toBe(true)
    expect(found.said.takenAt === null || found.said.takenAt <= now).toBe(true)
  }), { seed: 20261128, numRuns: Number(process.env.INSCOPE_FUZZ_INPUTS ?? 2_000) })
  expect(readable).toBeGreaterThan(100)
})

test('what is no DICOM file is refused in words of our own', async () => {
  await expect(read(new Uint8Array(200))).rejects.toBeInstanceOf(DicomError)
})
