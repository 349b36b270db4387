import type { PicturePreview } from '../session/platform'
import type { ImageFormat } from './image_header'
import { bitmapOf, canvasFor, encode } from './image_intake'

/** On the long side. */
export const previewSide = 640
/** Beyond it the seal's smallest bucket would not hold it (SPEC S7.3). */
export const mostPreviewBytes = 60_000
const qualities = [0.85, 0.7, 0.55, 0.4, 0.25]

/** A small rendition of a picture's own pixels. Null where it cannot be that small. */
export async function previewOf(bytes: Uint8Array, mediaType: ImageFormat): Promise<PicturePreview | null> {
  const bitmap = await bitmapOf(bytes, mediaType)
  const by = Math.min(1, previewSide / Math.max(bitmap.width, bitmap.height))
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * by))) as [number, number]
  const canvas = canvasFor(width, height, (context) => {
    context.imageSmoothingQuality = 'high'
    context.drawImage(bitmap, 0, 0, width, height)
  })
  bitmap.close()
  try {
    for (const quality of qualities) {
      const small = await encode(canvas, 'image/jpeg', quality)
      if (small.length <= mostPreviewBytes) return { bytes: small, mediaType: 'image/jpeg', width, height }
    }
    return null
  } finally { canvas.width = canvas.height = 0 }
}
