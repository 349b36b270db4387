/** Sealed images on their way to and from the server, part by part (SPEC S7.6). */
import { concat, equalBytes } from '../protocol/encoding'
import { ProtocolError } from '../protocol/failures'
import { blobHash, blobParts, partHash, BLOB_PART_BYTES } from '../protocol/sealing'
import type { Transport } from './transport'
import { isPassing } from './transport'

const MOST_TRIES = 6
const WAIT_MS = 500

export type Progress = (sent: number, total: number) => void

async function trying<T>(task: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await task()
    } catch (error) {
      if (!isPassing(error) || tries === MOST_TRIES) throw error
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS * 2 ** (tries - 1)))
    }
  }
}

/** Uploads every part; a part that failed in passing is sent again, and only that part. */
export function uploadBlob(transport: Transport, blob: string, sealed: Uint8Array, progress?: Progress): Promise<void> {
  return uploadParts(transport, `/api/blobs/${blob}`, sealed, progress)
}

/** `place`: the path under which the parts lie. */
export async function uploadParts(transport: Transport, place: string, sealed: Uint8Array, progress: Progress = () => undefined): Promise<void> {
  let sent = 0
  progress(sent, sealed.length)
  for (const [n, part] of blobParts(sealed).entries()) {
    await trying(() => transport.putBytes(`${place}/parts/${n}`, part))
    sent += part.length
    progress(sent, sealed.length)
  }
}

/** The blob whose hash and size were declared. Throws `not_as_declared` when what came is another one. */
export async function downloadBlob(transport: Transport, blob: string, size: number, declaredHash: Uint8Array): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for (let n = 0; n * BLOB_PART_BYTES < size; n += 1) parts.push(await trying(() => transport.getBytes(`/api/blobs/${blob}/parts/${n}`)))
  const sealed = concat(...parts)
  const same = sealed.length === size && equalBytes(blobHash(parts.map(partHash)), declaredHash)
  if (!same) throw new ProtocolError('not_as_declared', 'seal')
  return sealed
}
