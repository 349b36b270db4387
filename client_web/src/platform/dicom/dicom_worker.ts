/** Reads one DICOM file, in a worker of its own for as long as it is looked at, and paints its frames. The file does not leave it. */
import type { Samples } from './codecs'
import { readDataSet, type DataSet } from './data_set'
import { decodeFrame } from './frames'
import { layoutOf, type Layout, type Limits } from './layout'
import { DicomError, type DicomRefusal } from './refusals'
import { saidIn, type Said } from './said'
import { greys, paddingOf, paint, palette, scaleOf, wholeRange, windowsOf, type Window } from './shading'

/** `open` comes first. `window`: null for a picture that has no shades to choose. */
export type Asked = { ask: 'open'; bytes: Uint8Array<ArrayBuffer>; limits: Limits; now: number } | { ask: 'draw'; frame: number; window: Window | null; inverted: boolean }
/** `windows`: the file's own, then the whole range of values in its first frame; none for colours. */
export interface Opened { said: Said; frames: number; width: number; height: number; windows: Window[] }
export type Answer = Opened | ImageBitmap | { refused: DicomRefusal; what: string }

interface File { data: DataSet; layout: Layout; frame: number; samples: Samples }
let file: File | null = null

addEventListener('message', async ({ data: asked }: MessageEvent<Asked>) => {
  const answer = await (asked.ask === 'open' ? open(asked) : draw(asked)).catch(refusal)
  postMessage(answer, { transfer: answer instanceof ImageBitmap ? [answer] : [] })
})
const refusal = (thrown: unknown): Answer => (thrown instanceof DicomError ? { refused: thrown.code, what: thrown.what } : { refused: 'cannot_be_read', what: '' })

async function open({ bytes, limits, now }: Extract<Asked, { ask: 'open' }>): Promise<Opened> {
  const data = readDataSet(bytes)
  const layout = layoutOf(data, limits)
  const samples = await decodeFrame(data, layout, 0)
  file = { data, layout, frame: 0, samples }
  const windows = isGrey(layout) ? [...windowsOf(data), wholeRange(samples, layout, scaleOf(data, 0), paddingOf(data, layout))] : []
  return { said: saidIn(data, now), frames: layout.frames, width: layout.columns, height: layout.rows, windows }
}
const isGrey = ({ photometric }: Layout) => photometric.startsWith('MONOCHROME')

async function draw({ frame, window, inverted }: Extract<Asked, { ask: 'draw' }>): Promise<ImageBitmap> {
  if (file === null) throw new DicomError('cannot_be_read')
  const { data, layout } = file
  if (frame !== file.frame) Object.assign(file, { samples: await decodeFrame(data, layout, frame), frame })
  const shades = window !== null ? greys(layout, scaleOf(data, frame), window, inverted) : layout.samples === 1 ? palette(data, layout) : null
  return createImageBitmap(paint(file.samples, layout, shades))
}
