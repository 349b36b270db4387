import { startDecoder } from './decoder_script'
import type { HeicAnswer, HeicAsked } from './heic_worker'

/** Upright. `stopped` ends the work at once; it is then never answered. */
export function decodeHeic(asked: HeicAsked, stopped: AbortSignal): Promise<HeicAnswer> {
  const worker = startDecoder('heic')
  stopped.addEventListener('abort', () => worker.terminate())
  return new Promise<HeicAnswer>((resolve) => {
    worker.addEventListener('message', ({ data }: MessageEvent<HeicAnswer>) => resolve(data))
    worker.addEventListener('error', () => resolve('not_loaded'))
    worker.postMessage(asked, [asked.bytes.buffer])
  }).finally(() => worker.terminate())
}
