/** What of a picture its recognition looks at (SPEC S13.1): brightness alone, small. */
import { greyOf, type Grey } from '../session/recognition/grey'

const longest = 1024

export function greyPixels(picture: ImageBitmap | HTMLCanvasElement): Grey {
  const by = Math.min(1, longest / Math.max(picture.width, picture.height))
  const [width, height] = [picture.width, picture.height].map((side) => Math.max(1, Math.round(side * by))) as [number, number]
  const canvas = document.createElement('canvas')
  Object.assign(canvas, { width, height })
  const context = canvas.getContext('2d', { willReadFrequently: true })!
  context.imageSmoothingQuality = 'high'
  context.drawImage(picture, 0, 0, width, height)
  const grey = greyOf(context.getImageData(0, 0, width, height).data, width, height)
  canvas.width = canvas.height = 0
  return grey
}
