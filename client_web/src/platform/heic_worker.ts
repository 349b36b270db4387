/**
 * Decodes one HEIC picture with libheif, in a worker of its own that is ended afterwards: it can be stopped whatever the file asks for,
 * and everything that it held is gone with it. libheif turns the picture upright (`irot`, `imir`).
 */
import libheif, { type MainModule } from 'libheif-js/libheif-wasm/libheif.js'
import address from 'libheif-js/libheif-wasm/libheif.wasm?url'

export interface HeicAsked { bytes: Uint8Array<ArrayBuffer>; mostPixels: number; colorSpace: PredefinedColorSpace }
export type HeicAnswer = ImageBitmap | 'not_loaded' | 'not_read'

addEventListener('message', async ({ data }: MessageEvent<HeicAsked>) => {
  const binary = await loaded().catch(() => null)
  const answer: HeicAnswer = binary === null ? 'not_loaded' : await decoded(binary, data).catch(() => 'not_read' as const)
  postMessage(answer, { transfer: typeof answer === 'string' ? [] : [answer] })
})

async function loaded(): Promise<ArrayBuffer | null> {
  const answer = await fetch(address)
  return answer.ok ? answer.arrayBuffer() : null
}

async function decoded(wasmBinary: ArrayBuffer, { bytes, mostPixels, colorSpace }: HeicAsked): Promise<ImageBitmap> {
  const heif = libheif({ wasmBinary })
  bound(heif, mostPixels)
  const context = heif.heif_context_alloc()
  if (heif.heif_context_read_from_memory(context, bytes).code !== heif.heif_error_code.heif_error_Ok) throw new Error('not read')
  const handle = heif.heif_js_context_get_primary_image_handle(context)
  if (!handle || handle.code) throw new Error('no picture')
  if (heif.heif_image_handle_get_width(handle) * heif.heif_image_handle_get_height(handle) > mostPixels) throw new Error('too large')
  return createImageBitmap(pixelsOf(heif, handle, colorSpace))
}

/** `max_image_size_pixels` of libheif's security limits, the first 64-bit field after the version: it holds for what a file assembles from tiles as well. */
function bound(heif: MainModule, mostPixels: number): void {
  const limits = heif._heif_get_global_security_limits() / 4
  heif.HEAPU32[limits + 2] = mostPixels
  heif.HEAPU32[limits + 3] = 0
}

function pixelsOf(heif: MainModule, handle: Parameters<MainModule['heif_js_decode_image2']>[0], colorSpace: PredefinedColorSpace): ImageData {
  const image = heif.heif_js_decode_image2(handle, heif.heif_colorspace.heif_colorspace_RGB, heif.heif_chroma.heif_chroma_interleaved_RGBA)
  const plane = image?.channels?.find(({ id }: { id: unknown }) => id === heif.heif_channel.heif_channel_interleaved)
  if (!plane) throw new Error('not decoded')
  const { width, height, stride, data } = plane as { width: number; height: number; stride: number; data: Uint8Array }
  const pixels = new ImageData(width, height, { colorSpace })
  for (let y = 0; y < height; y += 1) pixels.data.set(data.subarray(y * stride, y * stride + width * 4), y * width * 4)
  return pixels
}
