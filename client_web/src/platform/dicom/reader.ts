/** A DICOM file that is being looked at: its worker reads and paints it, within a time, and is ended with it. */
import { startDecoder } from '../decoder_script'
import { encodeAfresh, inTime, IntakeError, longest, mostBytes, mostPixels, mostSide, onCanvas, type CleanImage } from '../image_intake'
import { DicomError } from './refusals'
import type { Window } from './shading'
import type { Answer, Asked, Opened } from './dicom_worker'

export type { Opened, Window }
/** Decoded by our own code, several times as slow as the browser's. */
const patience = 3

export interface DicomPicture extends Opened {
  /** Throws DicomError. The bitmap is the caller's to close. */
  draw(frame: number, window: Window | null, inverted: boolean): Promise<ImageBitmap>
  /** Pixels as they are drawn, encoded afresh: nothing of the file comes along. */
  take(frame: number, window: Window | null, inverted: boolean): Promise<CleanImage>
  close(): void
}

/** Throws DicomError. `limit`: milliseconds for each thing that the browser decodes by itself. */
export async function openDicom(file: Blob, limit = longest): Promise<DicomPicture> {
  if (file.size > mostBytes) throw new DicomError('file_too_large')
  const bytes = new Uint8Array(await file.arrayBuffer().catch(() => { throw new DicomError('cannot_be_read') }))
  const worker = startDecoder('dicom')
  const ask = asker(worker, patience * limit)
  const close = () => worker.terminate()
  try {
    const opened = (await ask({ ask: 'open', bytes, limits: { mostPixels, mostSide }, now: Date.now() }, [bytes.buffer])) as Opened
    const draw: DicomPicture['draw'] = async (frame, window, inverted) => (await ask({ ask: 'draw', frame, window, inverted })) as ImageBitmap
    return { ...opened, draw, close, take: async (...how) => encodeAfresh(onCanvas(await draw(...how)), 'image/png') }
  } catch (thrown) { close(); throw thrown }
}

/** One after the other: the worker answers in turn. What takes too long ends the worker. */
function asker(worker: Worker, limit: number) {
  let before: Promise<unknown> = Promise.resolve()
  return (asked: Asked, transfer: Transferable[] = []): Promise<Answer> => {
    const answered = before.then(() => inTime(limit, (stopped) => answerOf(worker, asked, transfer, stopped)).catch(asDicom))
    before = answered.catch(() => undefined)
    return answered
  }
}
const asDicom = (thrown: unknown): never => { throw thrown instanceof IntakeError ? new DicomError('takes_too_long') : thrown }

function answerOf(worker: Worker, asked: Asked, transfer: Transferable[], stopped: AbortSignal): Promise<Answer> {
  stopped.addEventListener('abort', () => worker.terminate())
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Answer>) => ('refused' in data ? reject(new DicomError(data.refused, data.what)) : resolve(data))
    worker.onerror = () => reject(new DicomError('not_loaded'))
    worker.postMessage(asked, transfer)
  })
}
