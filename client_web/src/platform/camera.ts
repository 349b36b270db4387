/**
 * The device's camera, straight into memory. A photograph is a frame of the live view, asked for at up to 4K: what was seen is what is
 * sent, in every browser alike, and no photograph is ever made that a camera's own software could file, name or keep. A phone's
 * camera app behind a file field would leave one in the gallery; `ImageCapture.takePhoto` has more pixels on some phones, but hands over a
 * finished file, refocuses and may flash after the shutter.
 */
export type CameraRefusal = 'refused' | 'none' | 'in_use' | 'unavailable'
export const cameraRefusalWords: Record<CameraRefusal, string> = {
  refused: 'The camera is not allowed here. Allow it for this page in the browser’s settings, or choose a file instead.',
  none: 'No camera was found. Choose a file instead.',
  in_use: 'The camera is in use by another program or window. Close that and try again, or choose a file instead.',
  unavailable: 'This browser gives no access to a camera. Choose a file instead.',
}
export class CameraError extends Error {
  constructor(readonly code: CameraRefusal) { super(code) }
}

/** `others`: how many more cameras there are. `lit`: whether the torch is on; null where there is none. */
export interface Camera { stream: MediaStream; others: number; lit: boolean | null; device: string }

const finest = { width: { ideal: 3840 }, height: { ideal: 2160 } }
/** By the name of the DOMException (Media Capture and Streams, section 10.2). */
const refusals: Record<string, CameraRefusal> = {
  NotAllowedError: 'refused', SecurityError: 'refused', NotFoundError: 'none', OverconstrainedError: 'none', NotReadableError: 'in_use', AbortError: 'in_use',
}

/** The camera that looks away from the user, or the one named. Throws CameraError. The caller closes it. */
export async function openCamera(device?: string): Promise<Camera> {
  const which = device === undefined ? { facingMode: { ideal: 'environment' } } : { deviceId: { exact: device } }
  if (!navigator.mediaDevices) throw new CameraError('unavailable')
  const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...which, ...finest } }).catch((thrown: unknown) => {
    throw new CameraError(refusals[thrown instanceof DOMException ? thrown.name : ''] ?? 'unavailable')
  })
  const track = trackOf(stream)
  const torch = (track.getCapabilities?.() as { torch?: boolean } | undefined)?.torch === true
  return { stream, others: (await cameras()).length - 1, lit: torch ? false : null, device: track.getSettings().deviceId ?? '' }
}

/** The one after it in the browser's own order, round and round. */
export async function nextCamera({ device }: Camera): Promise<string | undefined> {
  const all = await cameras()
  return all[(all.indexOf(device) + 1) % all.length]
}

export async function light({ stream }: Camera, lit: boolean): Promise<void> {
  await trackOf(stream).applyConstraints({ advanced: [{ torch: lit } as MediaTrackConstraintSet] })
}

export function closeCamera({ stream }: Camera): void {
  for (const track of stream.getTracks()) track.stop()
}

/** It was unplugged, or taken away by the system or in the browser's settings; not called after `closeCamera`. */
export const whenLost = ({ stream }: Camera, lost: () => void) => trackOf(stream).addEventListener('ended', lost)

const trackOf = (stream: MediaStream) => stream.getVideoTracks()[0] as MediaStreamTrack
const cameras = async () => (await navigator.mediaDevices.enumerateDevices().catch(() => [])).filter(({ kind }) => kind === 'videoinput').map(({ deviceId }) => deviceId)
